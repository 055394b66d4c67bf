/* Random programs over random spaces against an interpreter that does one element at a time with
 * the reference's ops: dtypes, strides, in-place outputs, chains, cuts at any place. */
#include "unit/kernel/element_cases.h"

enum { CASES = 400, BYTES = 1 << 17, INPUTS = 4, OUTPUTS = 3, CODES = 24, REGISTERS = 16 };

static const uint8_t dtype_bytes[] = {4, 8, 2, 2, 4, 8, 1, 1};

/* Ops of one right value; the first EXACT_I64 of them are in the domain of integers. */
static const uint8_t exact_ops[] = {
    ELEMENT_ADD,  ELEMENT_MUL, ELEMENT_SUB, ELEMENT_MUL_ADD, ELEMENT_MAX, ELEMENT_MIN,
    ELEMENT_RELU, ELEMENT_NEG, ELEMENT_ABS, ELEMENT_COPY,    ELEMENT_LE,  ELEMENT_WHERE,
    ELEMENT_ADD,  ELEMENT_MUL, ELEMENT_SUB, ELEMENT_SQUARE,  ELEMENT_DIV, ELEMENT_RECIPROCAL,
};
enum { EXACT_I64 = 16 };

/* A program with all that it points to, its operands and their memory. */
typedef struct program_case {
    element_program p;
    uint8_t in_dtype[INPUTS], out_register[OUTPUTS], out_dtype[OUTPUTS];
    double constant[INPUTS];
    element_code code[CODES];
    element_space space;
    int64_t count;
    element_view in[INPUTS], out[OUTPUTS];
    int in_place[OUTPUTS]; /* the input that an output lies over, or -1 */
    uint64_t draws, number;
} program_case;

static _Alignas(64) char in_memory[INPUTS][BYTES], saved[INPUTS][BYTES];
static _Alignas(64) char got[OUTPUTS][BYTES], want[OUTPUTS][BYTES];
static _Alignas(64) char scratch[ELEMENT_SCRATCH_BYTES];

static int64_t draw(program_case *c, int64_t n)
{
    return (int64_t)rng_below((rng){21, c->number}, c->draws++, (uint64_t)n);
}

static void draw_space(program_case *c)
{
    c->space.axes = (int)draw(c, 5);
    c->count = 1;
    for (int a = c->space.axes - 1; a >= 0; a--) {
        int64_t most = 3000 / c->count;
        c->space.size[a] = 1 + draw(c, draw(c, 2) ? (most < 6 ? most : 6) : most);
        c->count *= c->space.size[a];
    }
}

/* Row-major over the axes in some order, some axes repeated, `apart` elements from one to the
 * next. */
static void draw_strides(program_case *c, int64_t *stride, bool repeats, int64_t apart)
{
    int first = c->space.axes && draw(c, 4) == 0 ? (int)draw(c, c->space.axes) : -1;
    int64_t step = apart;
    if (first >= 0)
        stride[first] = step, step *= c->space.size[first];
    for (int a = c->space.axes - 1; a >= 0; a--) {
        if (a == first)
            continue;
        bool repeat = repeats && draw(c, 4) == 0;
        stride[a] = repeat ? 0 : step;
        step *= repeat ? 1 : c->space.size[a];
    }
}

static void fill_input(program_case *c, int i)
{
    int t = c->in_dtype[i];
    for (int64_t k = 0; k < BYTES / dtype_bytes[t]; k++) {
        double x = (double)rng_below((rng){22, c->number}, (uint64_t)(i * BYTES + k), 64) / 8 - 4;
        if (t == STINT_F64)
            ((double *)in_memory[i])[k] = x;
        else
            element_ref.store[ELEMENT_F64][t](1, in_memory[i] + k * dtype_bytes[t], &x);
    }
}

static void draw_operands(program_case *c)
{
    for (int i = 0; i < c->p.inputs; i++) {
        static const uint8_t own[] = {STINT_F32, STINT_F64, STINT_I64};
        c->in_dtype[i] = draw(c, 2) ? own[c->p.domain] : (uint8_t)draw(c, ELEMENT_DTYPES);
        c->in[i].at = in_memory[i];
        draw_strides(c, c->in[i].stride, draw(c, 2), 1 + (draw(c, 4) == 0 ? draw(c, 3) : 0));
        fill_input(c, i);
    }
    bool taken[INPUTS] = {0};
    for (int o = 0; o < c->p.outputs; o++) {
        c->out_register[o] = (uint8_t)draw(c, c->p.registers);
        c->out_dtype[o] = draw(c, 2) ? STINT_F32 : (uint8_t)draw(c, ELEMENT_DTYPES);
        c->in_place[o] = -1;
        c->out[o].at = got[o];
        draw_strides(c, c->out[o].stride, false, 1 + (draw(c, 4) == 0 ? draw(c, 3) : 0));
        int i = c->p.inputs ? (int)draw(c, c->p.inputs) : 0;
        bool spans = c->p.inputs > 0 && !taken[i];
        for (int a = 0; a < c->space.axes; a++)
            spans &= c->space.size[a] == 1 || c->in[i].stride[a] != 0;
        if (spans && draw(c, 2)) {
            taken[i] = true;
            c->in_place[o] = i;
            c->out[o] = c->in[i];
            while (dtype_bytes[c->out_dtype[o]] != dtype_bytes[c->in_dtype[i]])
                c->out_dtype[o] = (uint8_t)draw(c, ELEMENT_DTYPES);
        }
    }
}

static void draw_program(program_case *c)
{
    c->p = (element_program){.domain = (element_domain)(draw(c, 2) ? 0 : draw(c, 3)),
                             .inputs = (int)draw(c, INPUTS + 1),
                             .constants = 1 + (int)draw(c, INPUTS),
                             .codes = (int)draw(c, CODES),
                             .outputs = 1 + (int)draw(c, OUTPUTS),
                             .in_dtype = c->in_dtype,
                             .constant = c->constant,
                             .code = c->code,
                             .out_register = c->out_register,
                             .out_dtype = c->out_dtype};
    for (int k = 0; k < c->p.constants; k++)
        c->constant[k] = (double)draw(c, 5) - 2;
    /* a temporary is written before it is read; now and then an operand is written too */
    int ready = c->p.inputs + c->p.constants;
    for (int k = 0; k < c->p.codes; k++) {
        bool grows = draw(c, 2) && ready < REGISTERS;
        uint8_t last = k ? c->code[k - 1].out : 0;
        uint8_t operand[3];
        for (int j = 0; j < 3; j++)
            operand[j] = draw(c, 3) ? (uint8_t)draw(c, ready) : last; /* chains are likely */
        int ops = c->p.domain == ELEMENT_I64 ? EXACT_I64 : (int)sizeof exact_ops;
        c->code[k] = (element_code){exact_ops[draw(c, ops)], 0, operand[0], operand[1], operand[2]};
        int own = c->p.inputs + c->p.constants;
        bool any = draw(c, 16) == 0 || (ready == own && !grows);
        c->code[k].out = (uint8_t)(grows ? ready++
                                   : any ? draw(c, ready)
                                         : own + draw(c, ready - own));
    }
    c->p.registers = ready;
}

/* One value through the whole program. */
static void run_one(const program_case *c, const int64_t *index, char memory[][BYTES])
{
    const element_program *p = &c->p;
    double r[REGISTERS];
    for (int i = 0; i < p->inputs; i++) {
        int64_t at = 0;
        for (int a = 0; a < c->space.axes; a++)
            at += index[a] * c->in[i].stride[a];
        const char *from = saved[i] + at * dtype_bytes[p->in_dtype[i]];
        element_convert *load = element_ref.load[p->domain][p->in_dtype[i]];
        if (load)
            load(1, &r[i], from);
        else
            memcpy(&r[i], from, dtype_bytes[p->in_dtype[i]]);
    }
    for (int k = 0; k < p->constants; k++) {
        double v = p->constant[k];
        if (p->domain == ELEMENT_F64)
            r[p->inputs + k] = v;
        else
            element_ref.store[ELEMENT_F64][p->domain == ELEMENT_F32 ? STINT_F32 : STINT_I64](
                1, &r[p->inputs + k], &v);
    }
    for (const element_code *k = p->code; k < p->code + p->codes; k++)
        element_ref.op[p->domain][k->op](1, &r[k->out], &r[k->a], &r[k->b], &r[k->c]);
    for (int o = 0; o < p->outputs; o++) {
        int64_t at = 0;
        for (int a = 0; a < c->space.axes; a++)
            at += index[a] * c->out[o].stride[a];
        element_convert *store = element_ref.store[p->domain][p->out_dtype[o]];
        char *to = memory[o] + at * dtype_bytes[p->out_dtype[o]];
        if (store)
            store(1, to, &r[p->out_register[o]]);
        else
            memcpy(to, &r[p->out_register[o]], dtype_bytes[p->out_dtype[o]]);
    }
}

static void run_slowly(const program_case *c)
{
    for (int64_t e = 0; e < c->count; e++) {
        int64_t index[STINT_AXES], rest = e;
        for (int a = c->space.axes - 1; a >= 0; a--) {
            index[a] = rest % c->space.size[a];
            rest /= c->space.size[a];
        }
        run_one(c, index, want);
    }
}

/* The whole in one call, or in parts cut anywhere. */
static void run_in_parts(program_case *c, bool parts)
{
    if (!parts && c->space.axes == 1 && c->count <= ELEMENT_BLOCK) {
        element_span in[INPUTS], out[OUTPUTS];
        for (int i = 0; i < c->p.inputs; i++)
            in[i] = (element_span){c->in[i].at, c->in[i].stride[0]};
        for (int o = 0; o < c->p.outputs; o++)
            out[o] = (element_span){c->out[o].at, c->out[o].stride[0]};
        element_run(&c->p, c->count, in, out, scratch);
        return;
    }
    for (int64_t begin = 0, end; begin < c->count; begin = end) {
        end = parts ? begin + 1 + draw(c, c->count - begin) : c->count;
        element_run_space(&c->p, &c->space, begin, end, c->in, c->out, scratch);
    }
}

/* Memory is equal byte by byte, but that a NaN is a NaN. */
static void assert_same(const program_case *c, int o, const char *class_name, const char *a)
{
    int t = c->out_dtype[o], bytes = dtype_bytes[t];
    for (int64_t k = 0; k < BYTES; k += bytes) {
        if (memcmp(a + k, want[o] + k, (size_t)bytes) == 0)
            continue;
        double x = 0, y = 0;
        if (t == STINT_F64) {
            memcpy(&x, a + k, 8), memcpy(&y, want[o] + k, 8);
        } else {
            element_ref.load[ELEMENT_F64][t](1, &x, a + k);
            element_ref.load[ELEMENT_F64][t](1, &y, want[o] + k);
        }
        if (!same_f64(x, y))
            fail_msg("%s, case %d, output %d of dtype %d, element %d: %.9g is not %.9g", class_name,
                     (int)c->number, o, t, (int)(k / bytes), x, y);
    }
}

static void check(program_case *c, const element_class *k, bool parts)
{
    for (int i = 0; i < c->p.inputs; i++)
        memcpy(in_memory[i], saved[i], BYTES);
    memset(got, 0x55, sizeof got);
    element_kernels_use(k);
    run_in_parts(c, parts);
    for (int o = 0; o < c->p.outputs; o++)
        assert_same(c, o, k->name, c->out[o].at);
}

static void programs_are_what_their_ops_are(void **state)
{
    (void)state;
    const element_class *classes[ISAS + 1] = {&element_ref};
    int n = 1 + element_classes(classes + 1);
    for (int number = 0; number < CASES; number++) {
        program_case c = {.number = (uint64_t)number};
        draw_space(&c);
        draw_program(&c);
        draw_operands(&c);
        for (int i = 0; i < c.p.inputs; i++)
            memcpy(saved[i], in_memory[i], BYTES);
        memset(want, 0x55, sizeof want);
        for (int o = 0; o < c.p.outputs; o++)
            if (c.in_place[o] >= 0)
                memcpy(want[o], saved[c.in_place[o]], BYTES);
        run_slowly(&c);
        for (int k = 0; k < n; k++) {
            check(&c, classes[k], false);
            check(&c, classes[k], true);
        }
    }
    element_kernels_use(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(programs_are_what_their_ops_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
