/* Shapes and costs of recurrent nets.  Builders have checked what callers gave. */
#include "graph/sequence.h"

#include <assert.h>

sequence_facts sequence_facts_of(const node *n)
{
    const op_class *op = &op_table[n->op];
    sequence_facts f = {.cell = (sequence_cell)op->code};
    bool back = op->kind == OP_KIND_SEQUENCE_BACK;
    const node *first = n->in[0];
    f.parts = sequence_parts_of[f.cell];
    f.time = first->shape[0] - back;
    f.batch = first->shape[1];
    f.hidden = n->in[SEQUENCE_W]->shape[0];
    f.inputs = !back                     ? SEQUENCE_FORWARD_INPUTS
               : f.cell == SEQUENCE_LSTM ? SEQUENCE_OF_C + 1
                                         : SEQUENCE_OF_H + 1;
    f.lengths = n->inputs > f.inputs ? n->in[f.inputs] : NULL;
    return f;
}

static bool shaped(node *n, int parts)
{
    sequence_facts f = sequence_facts_of(n);
    assert(n->in[0]->dtype == STINT_F32 || n->in[0]->dtype == STINT_F64);
    assert(n->in[0]->axes == 3 && n->in[SEQUENCE_W]->axes == 2);
    n->dtype = n->in[0]->dtype;
    n->axes = 3;
    n->shape[0] = f.time;
    n->shape[1] = f.batch;
    if (__builtin_add_overflow(n->shape[0], 1, &n->shape[0]) ||
        __builtin_mul_overflow(f.hidden, parts, &n->shape[2]))
        return graph_fail(n->graph, "%s: more elements than can be counted", op_table[n->op].text);
    return shape_check(n->graph, op_table[n->op].text, (stint_dtype)n->dtype, 3, n->shape);
}

bool shape_sequence(node *n)
{
    return shaped(n, sequence_parts_of[op_table[n->op].code].kept);
}

bool shape_sequence_back(node *n)
{
    return shaped(n, sequence_parts_of[op_table[n->op].code].back);
}

/* The product of each step, and its cell: some fifteen operations for each of four activations. */
double flops_sequence(const node *n)
{
    sequence_facts f = sequence_facts_of(n);
    double units = (double)f.time * (double)f.batch * (double)f.hidden;
    return units * (2.0 * f.parts.gates * (double)f.hidden + 60.0);
}
