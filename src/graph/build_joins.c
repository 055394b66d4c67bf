/* Builders of products, joined pieces, gathered and scattered ones. */
#include "graph/compose.h"

static node *refuse(const node *a, const node *b, const char *why)
{
    char x[NODE_SHAPE_SIZE], y[NODE_SHAPE_SIZE];
    graph_fail(a->graph, "matmul: %s: %s x %s", why, node_shape_text(a, x), node_shape_text(b, y));
    return NULL;
}

/* x with these leading axes before its last two */
static node *with_batches(node *x, int batches, const int64_t *batch)
{
    int64_t shape[STINT_AXES];
    for (int i = 0; i < batches; i++)
        shape[i] = batch[i];
    shape[batches] = x->shape[x->axes - 2];
    shape[batches + 1] = x->shape[x->axes - 1];
    return build_broadcast(x, batches + 2, shape);
}

/* [.., M, K] [K, N] as one product of all the rows, where a's rows lie evenly; NULL = not so. */
static node *rows_at_once(node *a, node *b)
{
    if (a->axes == 2 || b->axes != 2)
        return NULL;
    int last = a->axes - 1;
    int64_t rows = 1, stride[STINT_AXES];
    for (int i = 0; i < last; i++)
        rows *= a->shape[i];
    int64_t flat[2] = {rows, a->shape[last]}, shape[STINT_AXES];
    if (!view_reshape(a, 2, flat, stride))
        return NULL;
    for (int i = 0; i < last; i++)
        shape[i] = a->shape[i];
    shape[last] = b->shape[1];
    return build_reshape(build_matmul(build_reshape(a, 2, flat), b), last + 1, shape);
}

node *build_matmul(node *a, node *b)
{
    if (!a || !b)
        return NULL;
    stint_dtype d = (stint_dtype)a->dtype;
    int batches;
    int64_t batch[STINT_AXES];
    if (a->dtype != b->dtype || !node_is_float(a)) {
        graph_fail(a->graph, "matmul: operands of one float dtype, not %s and %s",
                   stint_dtype_text(a->dtype), stint_dtype_text(b->dtype));
        return NULL;
    }
    if (a->axes < 2 || b->axes < 2)
        return refuse(a, b, "matrices have two axes or more");
    if (a->shape[a->axes - 1] != b->shape[b->axes - 2])
        return refuse(a, b, "inner sizes differ");
    if (!shape_meet(a->axes - 2, a->shape, b->axes - 2, b->shape, &batches, batch))
        return refuse(a, b, "leading axes do not broadcast");
    a = build_wide(a);
    b = build_wide(b);
    node *n = a && b ? rows_at_once(a, b) : NULL;
    if (!n && a && b) {
        node *in[2] = {with_batches(a, batches, batch), with_batches(b, batches, batch)};
        n = node_make(a->graph, OP_MATMUL, 2, in, NULL);
    }
    return build_cast(n, d);
}

node *build_pad(node *x, int axis, int64_t before, int64_t after, double value)
{
    if (!x || (before == 0 && after == 0))
        return x;
    op_attributes attr = {
        .value = dtype_round((stint_dtype)x->dtype, value), .at = {before, after}, .axis = axis};
    return node_make(x->graph, OP_PAD, 1, &x, &attr);
}

node *build_concat(graph *g, int n, node *const *x, int axis)
{
    return n == 1 ? x[0] : node_make(g, OP_CONCAT, n, x, &(op_attributes){.axis = axis});
}

node *build_gather(node *x, node *index, int axis)
{
    if (!x || !index)
        return NULL;
    node *in[2] = {x, index};
    return node_make(x->graph, OP_GATHER, 2, in, &(op_attributes){.axis = axis});
}

node *build_scatter_add(node *x, node *index, int axis, int64_t size)
{
    if (!x || !index)
        return NULL;
    stint_dtype d = (stint_dtype)x->dtype;
    op_attributes attr = {.at = {size}, .axis = axis};
    node *in[2] = {build_wide(x), index};
    return build_cast(node_make(x->graph, OP_SCATTER_ADD, 2, in, &attr), d);
}
