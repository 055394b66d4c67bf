/* Builders of element-wise nodes: broadcasting, and what is the operand itself or a cheaper
 * operation of the same bits. */
#include "graph/rules.h"

#include <math.h>

node *build_unary(op_code op, node *x)
{
    return x ? node_make(x->graph, op, 1, &x, NULL) : NULL;
}

node *build_full(graph *g, stint_dtype d, int axes, const int64_t *shape, double value)
{
    if (!shape_check(g, "full", d, axes, shape))
        return NULL;
    op_attributes attr = {.value = dtype_round(d, value), .rank = axes, .dtype = d};
    for (int i = 0; i < axes; i++)
        attr.shape[i] = shape[i];
    return node_make(g, OP_FULL, 0, NULL, &attr);
}

node *build_number(node *like, double value)
{
    return like ? build_full(like->graph, (stint_dtype)like->dtype, 0, NULL, value) : NULL;
}

static node *cast(node *x, stint_dtype d)
{
    return x ? node_make(x->graph, OP_CAST, 1, &x, &(op_attributes){.dtype = d}) : NULL;
}

/* Floats saturate in narrow integers, which wrap by themselves: by way of i64. */
static node *cast_saturated(node *x, stint_dtype d)
{
    node *wide = cast(x, STINT_I64);
    wide = build_binary(OP_MAXIMUM, wide, build_number(wide, dtype_round(d, -(double)INFINITY)));
    wide = build_binary(OP_MINIMUM, wide, build_number(wide, dtype_round(d, (double)INFINITY)));
    return cast(wide, d);
}

node *build_cast(node *x, stint_dtype d)
{
    if (!x || x->dtype == d)
        return x;
    bool narrow = d == STINT_I32 || d == STINT_U8;
    return node_is_float(x) && narrow ? cast_saturated(x, d) : cast(x, d);
}

static bool is_number(const node *n, double value)
{
    return node_is_constant(n) && n->root->attr.value == value;
}

/* The cheaper node that a op b is, of b a constant or of no effect; NULL = none. */
static node *shorter(op_code op, node *a, node *b)
{
    if ((op == OP_MUL || op == OP_DIV || op == OP_POW) && is_number(b, 1))
        return a;
    if (op == OP_MUL && is_number(a, 1))
        return b;
    if (op != OP_POW)
        return NULL;
    return is_number(b, 2)     ? build_unary(OP_SQUARE, a)
           : is_number(b, 0.5) ? build_unary(OP_SQRT, a)
           : is_number(b, -1)  ? build_unary(OP_RECIPROCAL, a)
                               : NULL;
}

node *build_binary(op_code op, node *a, node *b)
{
    if (!a || !b)
        return NULL;
    int axes;
    int64_t shape[STINT_AXES];
    if (a->dtype != b->dtype || !shape_meet(a->axes, a->shape, b->axes, b->shape, &axes, shape)) {
        char x[NODE_SHAPE_SIZE], y[NODE_SHAPE_SIZE];
        graph_fail(a->graph, "%s: %s: %s %s and %s %s",
                   a->graph->doing ? a->graph->doing : op_table[op].text,
                   a->dtype == b->dtype ? "shapes do not broadcast" : "dtypes differ",
                   stint_dtype_text(a->dtype), node_shape_text(a, x), stint_dtype_text(b->dtype),
                   node_shape_text(b, y));
        return NULL;
    }
    node *in[2] = {build_broadcast(a, axes, shape), build_broadcast(b, axes, shape)};
    if (!in[0] || !in[1])
        return NULL;
    bool checked = a->dtype != STINT_BOOL && (node_is_float(a) || op == OP_MUL);
    node *same = checked ? shorter(op, in[0], in[1]) : NULL;
    bool stands = same && !same->root->overwritten_by; /* else making the node says so */
    return stands ? same : node_make(a->graph, op, 2, in, NULL);
}

node *build_where(node *condition, node *a, node *b)
{
    if (!condition || !a || !b)
        return NULL;
    node *in[3] = {condition, a, b};
    int axes = 0;
    int64_t shape[STINT_AXES];
    for (int i = 0; i < 3; i++)
        if (!shape_meet(axes, shape, in[i]->axes, in[i]->shape, &axes, shape)) {
            char c[NODE_SHAPE_SIZE], x[NODE_SHAPE_SIZE], y[NODE_SHAPE_SIZE];
            graph_fail(a->graph, "where: shapes do not broadcast: %s, %s and %s",
                       node_shape_text(condition, c), node_shape_text(a, x), node_shape_text(b, y));
            return NULL;
        }
    for (int i = 0; i < 3; i++)
        in[i] = build_broadcast(in[i], axes, shape);
    return node_make(a->graph, OP_WHERE, 3, in, NULL);
}

node *build_add(node *a, node *b)
{
    return build_binary(OP_ADD, a, b);
}

node *build_sub(node *a, node *b)
{
    return build_binary(OP_SUB, a, b);
}

node *build_mul(node *a, node *b)
{
    return build_binary(OP_MUL, a, b);
}

node *build_div(node *a, node *b)
{
    return build_binary(OP_DIV, a, b);
}

node *build_mul_number(node *a, double b)
{
    return build_mul(a, build_number(a, b));
}

node *build_add_number(node *a, double b)
{
    return build_add(a, build_number(a, b));
}
