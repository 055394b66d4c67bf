#include "graph/lower.h"

#include "base/mem.h"

#include <assert.h>
#include <string.h>

/* A group's element-wise members as one program.
 *
 * Code is written for values numbered as they come: inputs, constants and results of
 * instructions.  Then each gets a register; a result's is free again after its last use, unless
 * it is stored, since outputs are written when the program is done. */

enum { VALUES_MOST = 128 };

typedef enum value_kind { VALUE_INPUT, VALUE_CONSTANT, VALUE_RESULT } value_kind;

typedef struct value {
    value_kind kind;
    int place; /* among those of its kind; the register, for results */
    int last;  /* the code that reads it last; CODES for outputs */
} value;

typedef struct writer {
    lowering *l;
    const program_request *q;
    element_domain domain;
    value values[VALUES_MOST];
    int n;
    step_view in[ELEMENT_MOST_REGISTERS], out[ELEMENT_MOST_REGISTERS];
    uint8_t in_dtype[ELEMENT_MOST_REGISTERS], out_dtype[ELEMENT_MOST_REGISTERS];
    uint8_t out_register[ELEMENT_MOST_REGISTERS];
    int out_value[ELEMENT_MOST_REGISTERS];
    double constant[ELEMENT_MOST_REGISTERS];
    int inputs, constants, outputs;
    struct {
        uint8_t op;
        int out, a, b, c; /* values, -1 = none */
    } code[ELEMENT_MOST_CODE];
    int codes;
    bool full;
} writer;

static int value_add(writer *w, value_kind kind, int place)
{
    if (w->n == VALUES_MOST) {
        w->full = true;
        return 0;
    }
    w->values[w->n] = (value){.kind = kind, .place = place, .last = -1};
    return w->n++;
}

static int constant_value(writer *w, double x)
{
    for (int i = 0; i < w->n; i++)
        if (w->values[i].kind == VALUE_CONSTANT &&
            ir_same_constant(w->constant[w->values[i].place], x))
            return i;
    if (w->constants == ELEMENT_MOST_REGISTERS) {
        w->full = true;
        return 0;
    }
    w->constant[w->constants] = x;
    return value_add(w, VALUE_CONSTANT, w->constants++);
}

static bool same_view(const step_view *a, const step_view *b)
{
    return a->buffer == b->buffer && a->dtype == b->dtype && a->offset == b->offset &&
           memcmp(a->stride, b->stride, sizeof a->stride) == 0;
}

static int input_value(writer *w, const step_view *v)
{
    for (int i = 0; i < w->n; i++)
        if (w->values[i].kind == VALUE_INPUT && v->buffer >= 0 &&
            same_view(&w->in[w->values[i].place], v))
            return i;
    if (w->inputs == ELEMENT_MOST_REGISTERS) {
        w->full = true;
        return 0;
    }
    w->in[w->inputs] = *v;
    w->in_dtype[w->inputs] = v->dtype;
    return value_add(w, VALUE_INPUT, w->inputs++);
}

static int emit(writer *w, element_op op, int a, int b, int c)
{
    if (w->codes == ELEMENT_MOST_CODE) {
        w->full = true;
        return 0;
    }
    int out = value_add(w, VALUE_RESULT, -1);
    w->code[w->codes].op = (uint8_t)op;
    w->code[w->codes].out = out;
    w->code[w->codes].a = a;
    w->code[w->codes].b = b;
    w->code[w->codes].c = c;
    w->codes++;
    return out;
}

static bool is_member(const writer *w, int32_t i)
{
    const ir_node *n = &w->l->r->nodes.at[i];
    return n->group >= 0 && ir_group_of(w->l->r, i) == w->q->group && n->before == w->q->before &&
           (ir_op(n)->kind == OP_KIND_ELEMENT);
}

static int operand_value(writer *w, ir_operand o)
{
    const ir_node *n = &w->l->r->nodes.at[o.root];
    if (n->constant)
        return constant_value(w, n->value);
    if (o.root == w->q->given || is_member(w, o.root))
        return n->register_;
    step_view v = view_of(w->l, o.view, w->l->buffer[o.root], w->q->map);
    return input_value(w, &v);
}

/* A product that only one sum of this program reads: they are one instruction. */
static bool is_deferred(const writer *w, const ir_node *n, int32_t i)
{
    if (n->of->op != OP_MUL || n->readers != 1 || n->buffer || i == w->q->result ||
        (n->of->dtype != STINT_F32 && n->of->dtype != STINT_F64))
        return false;
    int32_t reader = w->l->r->readers.at[n->reader];
    return is_member(w, reader) && w->l->r->nodes.at[reader].of->op == OP_ADD;
}

static int write_sum(writer *w, const ir_node *n)
{
    ir *r = w->l->r;
    for (int k = 0; k < 2; k++) {
        ir_operand o = ir_operand_of(r, n, k), other = ir_operand_of(r, n, 1 - k);
        const ir_node *product = &r->nodes.at[o.root];
        if (product->constant || !is_member(w, o.root) || !is_deferred(w, product, o.root))
            continue;
        const ir_node *second = &r->nodes.at[other.root];
        int c;
        if (!second->constant && is_member(w, other.root) && is_deferred(w, second, other.root))
            c = emit(w, ELEMENT_MUL, operand_value(w, ir_operand_of(r, second, 0)),
                     operand_value(w, ir_operand_of(r, second, 1)), -1);
        else
            c = operand_value(w, other);
        return emit(w, ELEMENT_MUL_ADD, operand_value(w, ir_operand_of(r, product, 0)),
                    operand_value(w, ir_operand_of(r, product, 1)), c);
    }
    return emit(w, ELEMENT_ADD, operand_value(w, ir_operand_of(r, n, 0)),
                operand_value(w, ir_operand_of(r, n, 1)), -1);
}

/* Narrow floats are rounded as they would be in memory. */
static int rounded(writer *w, const node *of, int x)
{
    if (of->dtype == STINT_BF16)
        return emit(w, ELEMENT_ROUND_BF16, x, -1, -1);
    if (of->dtype == STINT_F16)
        return emit(w, ELEMENT_ROUND_F16, x, -1, -1);
    if (of->dtype == STINT_F32 && w->domain == ELEMENT_F64)
        return emit(w, ELEMENT_ROUND_F32, x, -1, -1);
    return x;
}

static int write_member(writer *w, int32_t i)
{
    ir *r = w->l->r;
    const ir_node *n = &r->nodes.at[i];
    const node *of = n->of;
    if (n->constant)
        return constant_value(w, n->value);
    if (of->op == OP_ADD)
        return rounded(w, of, write_sum(w, n));
    if (of->op == OP_CAST && of->dtype == STINT_BOOL)
        return emit(w, ELEMENT_NE, operand_value(w, ir_operand_of(r, n, 0)), constant_value(w, 0),
                    -1);
    if (ir_op(n)->code == ELEMENT_COPY) /* assign reads its second operand alone */
        return rounded(w, of, operand_value(w, ir_operand_of(r, n, of->op == OP_ASSIGN)));
    int in[3] = {-1, -1, -1};
    for (int k = 0; k < n->operands; k++)
        in[k] = operand_value(w, ir_operand_of(r, n, k));
    return rounded(w, of, emit(w, (element_op)ir_op(n)->code, in[0], in[1], in[2]));
}

static void add_output(writer *w, int value, const step_view *v)
{
    if (w->outputs == ELEMENT_MOST_REGISTERS) {
        w->full = true;
        return;
    }
    w->out_value[w->outputs] = value;
    w->out_dtype[w->outputs] = v->dtype;
    w->out[w->outputs++] = *v;
}

static const stint_dtype domain_dtype[] = {STINT_F32, STINT_F64, STINT_I64};

static void write_members(writer *w)
{
    ir *r = w->l->r;
    step_view none = {.buffer = -1, .dtype = (uint8_t)domain_dtype[w->domain]};
    if (w->q->given >= 0)
        r->nodes.at[w->q->given].register_ = (int16_t)input_value(w, &none);
    for (int32_t i = r->groups.at[w->q->group].first; i >= 0; i = r->nodes.at[i].next) {
        ir_node *n = &r->nodes.at[i];
        bool wanted = i == w->q->given || n->constant || is_member(w, i);
        if (!wanted || (i != w->q->given && is_deferred(w, n, i)))
            continue;
        if (i != w->q->given)
            n->register_ = (int16_t)write_member(w, i);
        if (n->buffer && w->q->result < 0) {
            step_view v = view_of(w->l, n->of, w->l->buffer[i], w->q->map);
            add_output(w, n->register_, &v);
        }
    }
    if (w->q->result >= 0) {
        const ir_node *n = &r->nodes.at[w->q->result];
        ir_operand o = ir_operand_of(r, n, 0);
        add_output(w, operand_value(w, o), &none);
    }
}

/* ---- registers */

static void find_last_uses(writer *w)
{
    for (int i = 0; i < w->codes; i++) {
        int in[] = {w->code[i].a, w->code[i].b, w->code[i].c};
        for (int k = 0; k < 3; k++)
            if (in[k] >= 0)
                w->values[in[k]].last = i;
    }
    for (int i = 0; i < w->outputs; i++)
        w->values[w->out_value[i]].last = w->codes;
}

static int register_of(const writer *w, int v)
{
    if (v < 0)
        return 0;
    const value *x = &w->values[v];
    int base = x->kind == VALUE_INPUT ? 0 : x->kind == VALUE_CONSTANT ? w->inputs : 0;
    return base + x->place;
}

/* Temporaries in order of code; a register that a code reads for the last time may be the one
 * that it writes. */
static int give_registers(writer *w, element_code *code)
{
    bool taken[VALUES_MOST + ELEMENT_MOST_REGISTERS] = {0};
    int base = w->inputs + w->constants, most = base;
    for (int i = 0; i < w->codes; i++) {
        int in[] = {w->code[i].a, w->code[i].b, w->code[i].c};
        code[i].op = w->code[i].op;
        code[i].a = (uint8_t)register_of(w, in[0]);
        code[i].b = (uint8_t)register_of(w, in[1]);
        code[i].c = (uint8_t)register_of(w, in[2]);
        for (int k = 0; k < 3; k++)
            if (in[k] >= 0 && w->values[in[k]].kind == VALUE_RESULT && w->values[in[k]].last == i)
                taken[w->values[in[k]].place] = false;
        int place = base;
        while (taken[place])
            place++;
        taken[place] = true;
        most = place + 1 > most ? place + 1 : most;
        w->values[w->code[i].out].place = place;
        code[i].out = (uint8_t)place;
    }
    return most;
}

static void *keep(arena *a, const void *from, size_t bytes)
{
    void *to = arena_alloc(a, bytes ? bytes : 1);
    return to && bytes ? memcpy(to, from, bytes) : to;
}

static stint_status finish(writer *w, step_program *out)
{
    arena *a = &w->l->p->arena;
    element_code code[ELEMENT_MOST_CODE];
    find_last_uses(w);
    int registers = give_registers(w, code);
    assert(!w->full && registers <= ELEMENT_MOST_REGISTERS); /* fusing leaves room */
    for (int i = 0; i < w->outputs; i++)
        w->out_register[i] = (uint8_t)register_of(w, w->out_value[i]);
    element_program *p = arena_new(a, element_program, 1);
    if (!p)
        return STINT_ENOMEM;
    *p = (element_program){.domain = w->domain,
                           .inputs = w->inputs,
                           .constants = w->constants,
                           .registers = registers,
                           .codes = w->codes,
                           .outputs = w->outputs,
                           .in_dtype = keep(a, w->in_dtype, (size_t)w->inputs),
                           .constant =
                               keep(a, w->constant, (size_t)w->constants * sizeof *w->constant),
                           .code = keep(a, code, (size_t)w->codes * sizeof *code),
                           .out_register = keep(a, w->out_register, (size_t)w->outputs),
                           .out_dtype = keep(a, w->out_dtype, (size_t)w->outputs)};
    *out = (step_program){.program = p,
                          .in = keep(a, w->in, (size_t)w->inputs * sizeof *w->in),
                          .out = keep(a, w->out, (size_t)w->outputs * sizeof *w->out)};
    bool kept = p->in_dtype && p->constant && p->code && p->out_register && p->out_dtype &&
                out->in && out->out;
    return kept ? STINT_OK : STINT_ENOMEM;
}

stint_status lower_program(lowering *l, const program_request *q, step_program *out)
{
    writer *w = mem_new(l->r->c, TAG_PLAN, writer, 1);
    if (!w)
        return STINT_ENOMEM;
    w->l = l;
    w->q = q;
    w->domain = (element_domain)l->r->groups.at[q->group].domain;
    write_members(w);
    stint_status s = finish(w, out);
    mem_free(w);
    return s;
}
