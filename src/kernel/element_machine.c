/* The interpreter of element-wise programs: what is decided once a call.
 *
 * Constants and operands of stride 0 are spread over their registers; inputs of the domain's
 * own dtype are read where they lie; the last instruction that writes an output's register
 * writes the output, unless an input that lies there is read later on. */
#include "kernel/element_machine.h"

#include "kernel/element_place.h"

#include <assert.h>
#include <string.h>

const uint8_t element_bytes[ELEMENT_DTYPES] = {
#define X(name, type, bytes, text) bytes,
    STINT_DTYPE_LIST(X)
#undef X
};

static const uint8_t domain_dtype[ELEMENT_DOMAINS] = {STINT_F32, STINT_F64, STINT_I64};

static uint64_t bit(int r)
{
    return (uint64_t)1 << r;
}

/* The value at `one` all over register r. */
static void fill(const machine *m, int r, const void *one)
{
    int64_t n = m->first_only & bit(r) ? ELEMENT_WHOLE : m->room;
    place_fill((size_t)m->width, n, machine_slot(m, r), one);
}

static void fill_constants(const machine *m)
{
    const element_program *p = m->p;
    for (int i = 0; i < p->constants; i++) {
        double v = p->constant[i];
        if (p->domain == ELEMENT_F32)
            fill(m, p->inputs + i, &(float){(float)v});
        else if (p->domain == ELEMENT_F64)
            fill(m, p->inputs + i, &v);
        else
            fill(m, p->inputs + i, &(int64_t){(int64_t)v});
    }
}

/* Does the code read register r after instruction k? */
static bool read_after(const element_program *p, int r, int k)
{
    for (int i = k + 1; i < p->codes; i++) {
        const element_code *c = &p->code[i];
        int operands = element_ops[c->op].operands;
        if (c->a == r || (operands > 1 && c->b == r) || (operands > 2 && c->c == r))
            return true;
    }
    return false;
}

static bool lies_under_output(const machine *m, int input)
{
    for (int o = 0; o < m->p->outputs; o++)
        if (m->out[o].at == m->in[input].at)
            return true;
    return false;
}

static void bind_inputs(machine *m)
{
    const element_program *p = m->p;
    uint64_t outputs = 0;
    for (int o = 0; o < p->outputs; o++)
        outputs |= bit(p->out_register[o]);
    for (int i = 0; i < p->inputs; i++) {
        bool even = machine_is_even(m, m->in_step[i], m->in[i].stride);
        m->held[i] = NULL;
        if (even && m->in[i].stride == 0)
            m->how[i] = SPREAD;
        else if (!even)
            m->how[i] = m->in_step[i] != 0 || (m->written & bit(i)) ? LOADED : REPEATED;
        else if (m->in[i].stride != 1 || p->in_dtype[i] != domain_dtype[p->domain] ||
                 (m->written & bit(i)) || ((outputs & bit(i)) && lies_under_output(m, i)))
            m->how[i] = LOADED;
        else
            m->how[i] = IN_PLACE;
        if (m->how[i] == SPREAD && !(m->written & bit(i)))
            m->spread |= bit(i);
    }
    for (int r = p->inputs; r < p->inputs + p->constants; r++)
        if (m->written & bit(r))
            m->spread_again = true;
        else
            m->spread |= bit(r);
}

/* The step whose last instruction is `code`. */
static machine_step *step_of(machine *m, int code)
{
    int s = m->steps - 1;
    while (m->step[s].code > code)
        s--;
    return &m->step[s];
}

static void bind_outputs(machine *m)
{
    const element_program *p = m->p;
    int8_t last[ELEMENT_MOST_REGISTERS];
    for (int i = 0; i < p->codes; i++)
        last[p->code[i].out] = (int8_t)i;
    for (int o = 0; o < p->outputs; o++) {
        int r = p->out_register[o];
        if (m->out[o].stride != 1 || !machine_is_even(m, m->out_step[o], 1) ||
            p->out_dtype[o] != domain_dtype[p->domain] || !(m->written & bit(r)))
            continue;
        bool safe = true;
        for (int i = 0; i < p->inputs && safe; i++)
            safe =
                m->how[i] != IN_PLACE || m->in[i].at != m->out[o].at || !read_after(p, i, last[r]);
        machine_step *s = step_of(m, last[r]);
        if (safe && s->direct < 0) {
            s->direct = (int8_t)o;
            m->direct |= bit(o);
        }
    }
}

static void bind_code(machine *m)
{
    const element_program *p = m->p;
    m->steps = p->codes;
    for (int i = 0; i < p->codes; i++) {
        const element_code *c = &p->code[i];
        assert(c->out < p->registers && c->a < p->registers);
        assert(c->b < p->registers && c->c < p->registers);
        m->written |= bit(c->out);
        element_fn *vectors = m->kernels->op[p->domain][c->op];
        m->step[i] = (machine_step){
            (uint8_t)i, (uint8_t)i, 0,
            -1,         !vectors,   vectors ? vectors : element_ref.op[p->domain][c->op]};
        assert(m->step[i].run);
    }
}

void machine_bind(machine *m, const element_program *p, int64_t elements, int64_t longest,
                  void *scratch)
{
    assert(p->registers <= ELEMENT_MOST_REGISTERS && p->codes <= ELEMENT_MOST_CODE);
    assert(p->outputs <= ELEMENT_MOST_REGISTERS && p->inputs + p->constants <= p->registers);
    m->p = p;
    m->kernels = element_kernels();
    m->scratch = scratch;
    m->width = p->domain == ELEMENT_F32 ? 4 : 8;
    m->block = ELEMENT_BLOCK;
    m->slot_bytes = m->block * m->width;
    m->written = m->spread = m->first_only = m->direct = 0;
    m->spread_again = false;
    bind_code(m);
    bind_inputs(m);
    if (elements >= MACHINE_CHAIN_ELEMENTS && p->domain == ELEMENT_F32 && m->kernels->chain)
        machine_find_chains(m);
    bind_outputs(m);
    m->room = machine_padded(longest < m->block ? longest : m->block);
    fill_constants(m);
}

/* n values of an input into its register; what is not whole is padded. */
static void load(const machine *m, int i, int64_t n, char *to)
{
    int dtype = m->p->in_dtype[i];
    size_t bytes = element_bytes[dtype];
    element_convert *convert = element_load_of(m->kernels, m->p->domain, dtype);
    int64_t stride = m->in[i].stride, whole = machine_padded(n);
    const char *at = m->in[i].at;
    bool even = machine_is_even(m, m->in_step[i], stride);
    _Alignas(64) char raw[MACHINE_BLOCK * 8];
    if (!even || stride != 1 || n != whole || !convert) {
        char *packed = convert ? raw : to;
        if (even)
            place_gather(bytes, n, packed, at, stride);
        else
            place_gather_lines(bytes, n / m->line, m->line, packed, at, m->in_step[i], stride);
        memset(packed + (size_t)n * bytes, 0, (size_t)(whole - n) * bytes);
        at = packed;
    }
    if (convert)
        convert(whole, to, at);
}

static void spread(machine *m, int i, char *to)
{
    const char *at = m->in[i].at;
    if (m->held[i] == at)
        return;
    int dtype = m->p->in_dtype[i];
    element_convert *convert = element_load_of(m->kernels, m->p->domain, dtype);
    _Alignas(64) char value[ELEMENT_WHOLE * 8];
    if (convert) {
        place_gather(element_bytes[dtype], ELEMENT_WHOLE, to, at, 0);
        convert(ELEMENT_WHOLE, value, to);
        at = value;
    }
    fill(m, i, at);
    if (m->spread & bit(i))
        m->held[i] = m->in[i].at;
}

static void repeat(machine *m, int i, int64_t n, char *to)
{
    if (m->held[i] == m->in[i].at && m->held_elements[i] >= n)
        return;
    load(m, i, n, to);
    m->held[i] = m->in[i].at;
    m->held_elements[i] = n;
}

static void store(const machine *m, int o, int64_t n, const char *from)
{
    int dtype = m->p->out_dtype[o];
    element_convert *convert = element_store_of(m->kernels, m->p->domain, dtype);
    int64_t stride = m->out[o].stride, whole = machine_padded(n);
    char *at = m->out[o].at;
    _Alignas(64) char raw[MACHINE_BLOCK * 8];
    bool even = machine_is_even(m, m->out_step[o], stride);
    if (convert && even && stride == 1 && n == whole) {
        convert(n, at, from);
        return;
    }
    if (convert) {
        convert(whole, raw, from);
        from = raw;
    }
    if (even)
        place_scatter(element_bytes[dtype], n, at, stride, from);
    else
        place_scatter_lines(element_bytes[dtype], n / m->line, m->line, at, m->out_step[o], stride,
                            from);
}

void machine_run(machine *m, int64_t n)
{
    const element_program *p = m->p;
    int64_t whole = machine_padded(n);
    const char *at[ELEMENT_MOST_REGISTERS];
    if (m->spread_again)
        fill_constants(m);
    for (int r = 0; r < p->registers; r++)
        at[r] = machine_slot(m, r);
    for (int i = 0; i < p->inputs; i++) {
        if (m->how[i] == IN_PLACE && n == whole)
            at[i] = m->in[i].at;
        else if (m->how[i] == SPREAD)
            spread(m, i, machine_slot(m, i));
        else if (m->how[i] == REPEATED)
            repeat(m, i, n, machine_slot(m, i));
        else
            load(m, i, n, machine_slot(m, i));
    }
    for (const machine_step *s = m->step, *end = s + m->steps; s < end; s++) {
        const element_code *c = &p->code[s->code], *last = &p->code[s->last];
        char *out = machine_slot(m, last->out);
        if (s->direct >= 0 && n == whole)
            out = m->out[s->direct].at;
        if (!s->links)
            s->run(s->any_n ? n : whole, out, at[c->a], at[c->b], at[c->c]);
        else
            machine_run_chain(m, s, whole, out, at);
        at[last->out] = out;
    }
    for (int o = 0; o < p->outputs; o++)
        if (n != whole || !(m->direct & bit(o)))
            store(m, o, n, at[p->out_register[o]]);
}
