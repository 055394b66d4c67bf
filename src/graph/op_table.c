/* The table of operations, from ops.def. */
#include "graph/op.h"
#include "graph/mutate.h"
#include "graph/rules.h"

const op_class op_table[OPS] = {
#define OP(name, text, kind, code, inputs, shape, flops, gradient)                                 \
    {text, OP_KIND_##kind, code, inputs, shape, flops, gradient},
#include "graph/ops.def"
#undef OP
};

int graph_mutate_gradient = -1;

int graph_op_count(void)
{
    return OPS;
}

const char *graph_op_name(int op)
{
    return op_table[op].text;
}

bool graph_op_has_gradient(int op)
{
    return op_table[op].gradient != NULL;
}
