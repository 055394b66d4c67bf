/* Operations into their first operand's own memory. */
#include "graph/compose.h"

static bool has_memory(const node *x, const char *what)
{
    if (x->root->op == OP_FULL)
        return graph_fail(x->graph, "%s: x is a constant, which has no memory of its own", what);
    if (x->root != x)
        return graph_fail(x->graph, "%s: x is a view (%s); change what it is a view of", what,
                          op_table[x->op].text);
    return true;
}

static bool fits(const node *x, const node *b, const char *what)
{
    char p[NODE_SHAPE_SIZE], q[NODE_SHAPE_SIZE];
    int axes;
    int64_t shape[STINT_AXES];
    bool shaped = shape_meet(x->axes, x->shape, b->axes, b->shape, &axes, shape) &&
                  node_has_shape(x, axes, shape);
    return (shaped && x->dtype == b->dtype) ||
           graph_fail(x->graph, "%s: %s %s into %s %s", what, stint_dtype_text(b->dtype),
                      node_shape_text(b, q), stint_dtype_text(x->dtype), node_shape_text(x, p));
}

static stint_tensor *in_place(op_code op, const char *what, stint_tensor *t, stint_tensor *with)
{
    node *x = graph_node(t), *b = graph_node(with);
    if (!x || !b || !has_memory(x, what) || !fits(x, b, what))
        return NULL;
    if (b->root == x && b != x) /* elements are not overwritten in the order they are read in */
        b = build_unary(OP_COPY, b);
    node *in[2] = {x, build_broadcast(b, x->axes, x->shape)};
    return graph_retarget(t, node_make_in_place(x->graph, op, 2, in, NULL));
}

stint_tensor *stint_add_(stint_tensor *x, stint_tensor *b)
{
    return in_place(OP_ADD, "add_", x, b);
}

stint_tensor *stint_sub_(stint_tensor *x, stint_tensor *b)
{
    return in_place(OP_SUB, "sub_", x, b);
}

stint_tensor *stint_mul_(stint_tensor *x, stint_tensor *b)
{
    return in_place(OP_MUL, "mul_", x, b);
}

stint_tensor *stint_div_(stint_tensor *x, stint_tensor *b)
{
    return in_place(OP_DIV, "div_", x, b);
}

stint_tensor *stint_assign(stint_tensor *x, stint_tensor *value)
{
    return in_place(OP_ASSIGN, "assign", x, value);
}
