/* Products, joined pieces, gathered and scattered ones. */
#include "graph/compose.h"

#include "base/mem.h"

stint_tensor *stint_matmul(stint_tensor *a, stint_tensor *b)
{
    return graph_tensor(a, build_matmul(graph_node(a), graph_node(b)));
}

/* bias may be NULL */
static bool linear_fits(const node *x, const node *w, const node *bias)
{
    char a[NODE_SHAPE_SIZE], b[NODE_SHAPE_SIZE];
    bool typed = node_is_float(x) && w->dtype == x->dtype && (!bias || bias->dtype == x->dtype);
    if (!typed)
        return graph_fail(x->graph, "linear: operands of one float dtype, not %s, %s and %s",
                          stint_dtype_text(x->dtype), stint_dtype_text(w->dtype),
                          stint_dtype_text(bias ? bias->dtype : w->dtype));
    if (!x->axes || w->axes != 2 || x->shape[x->axes - 1] != w->shape[0])
        return graph_fail(x->graph, "linear: x[..,K] and w[K,N], not %s and %s",
                          node_shape_text(x, a), node_shape_text(w, b));
    return !bias || node_has_shape(bias, 1, &w->shape[1]) ||
           graph_fail(x->graph, "linear: w[K,N] and bias[N], not %s and %s", node_shape_text(w, a),
                      node_shape_text(bias, b));
}

/* x w + bias, rounded once */
stint_tensor *stint_linear(stint_tensor *t, stint_tensor *weights, stint_tensor *offsets)
{
    node *x = graph_node(t), *w = graph_node(weights), *bias = graph_node(offsets);
    if (!x || !w || (offsets && !bias) || !linear_fits(x, w, bias))
        return NULL;
    node *y = build_matmul(build_wide(x->axes == 1 ? build_expand(x, 0) : x), build_wide(w));
    if (bias)
        y = build_add(y, build_wide(bias));
    y = build_cast(y, (stint_dtype)x->dtype);
    return graph_tensor(t, x->axes == 1 ? build_squeeze(y, 0) : y);
}

stint_tensor *stint_pad(stint_tensor *t, int axis, int64_t before, int64_t after, double value)
{
    node *x = graph_node(t);
    int along;
    if (!axis_of(x, "pad", axis, &along))
        return NULL;
    return graph_tensor(t, build_pad(x, along, before, after, value));
}

/* The nodes of n ≥ 1 tensors, to be freed; NULL where one is missing or memory is. */
static node **nodes_of(int n, stint_tensor *const *t)
{
    for (int i = 0; i < n; i++)
        if (!graph_node(t[i]))
            return NULL;
    graph *g = n > 0 ? graph_of_tensor(t[0]) : NULL;
    node **x = g ? mem_new(graph_ctx(g), TAG_GRAPH, node *, n) : NULL;
    for (int i = 0; x && i < n; i++)
        x[i] = graph_node(t[i]);
    return x;
}

stint_tensor *stint_concat(int n, stint_tensor *const *t, int axis)
{
    node **x = nodes_of(n, t);
    int along;
    bool named = x && axis_of(x[0], "concat", axis, &along);
    node *joined = named ? build_concat(graph_of_tensor(t[0]), n, x, along) : NULL;
    mem_free(x);
    return joined ? graph_tensor(t[0], joined) : NULL;
}

/* Along an axis that each is given anew */
static bool equal_shapes(int n, node *const *x)
{
    char a[NODE_SHAPE_SIZE], b[NODE_SHAPE_SIZE];
    for (int i = 1; i < n; i++)
        if (x[i]->axes != x[0]->axes ||
            memcmp(x[i]->shape, x[0]->shape, sizeof x[0]->shape[0] * x[0]->axes) != 0)
            return graph_fail(x[0]->graph, "stack: shapes differ: %s and %s",
                              node_shape_text(x[0], a), node_shape_text(x[i], b));
    return true;
}

stint_tensor *stint_stack(int n, stint_tensor *const *t, int axis)
{
    node **x = nodes_of(n, t);
    int along;
    bool named = x && axis_between(x[0], "stack", axis, &along) && equal_shapes(n, x);
    for (int i = 0; named && i < n; i++)
        x[i] = build_expand(x[i], along < x[i]->axes ? along : x[i]->axes);
    node *joined = named ? build_concat(graph_of_tensor(t[0]), n, x, along) : NULL;
    mem_free(x);
    return joined ? graph_tensor(t[0], joined) : NULL;
}

stint_tensor *stint_gather(stint_tensor *t, stint_tensor *index, int axis)
{
    node *x = graph_node(t);
    int along;
    if (!axis_of(x, "gather", axis, &along))
        return NULL;
    return graph_tensor(t, build_gather(x, graph_node(index), along));
}

/* Of an index of no axes, the axis is one that there is not yet: after the last, too. */
stint_tensor *stint_scatter_add(stint_tensor *t, stint_tensor *index, int axis, int64_t size)
{
    node *x = graph_node(t), *at = graph_node(index);
    int along;
    bool named = at && (at->axes ? axis_of(x, "scatter_add", axis, &along)
                                 : axis_between(x, "scatter_add", axis, &along));
    if (!named)
        return NULL;
    return graph_tensor(t, build_scatter_add(x, at, along, size));
}

stint_tensor *stint_one_hot(stint_tensor *t, int64_t classes, stint_dtype d)
{
    node *index = graph_node(t);
    if (!index)
        return NULL;
    if (index->dtype != STINT_I32 && index->dtype != STINT_I64) {
        graph_fail(index->graph, "one_hot: an index is i32 or i64, not %s",
                   stint_dtype_text(index->dtype));
        return NULL;
    }
    int64_t shape[1] = {classes};
    if (!shape_check(index->graph, "one_hot", d, 1, shape))
        return NULL;
    return graph_tensor(t, build_one_hot(index, classes, d));
}

stint_tensor *stint_embedding(stint_tensor *t, stint_tensor *index)
{
    node *table = graph_node(t);
    if (table && table->axes != 2) {
        char shape[NODE_SHAPE_SIZE];
        graph_fail(table->graph, "embedding: a table is [n, width], not %s",
                   node_shape_text(table, shape));
        return NULL;
    }
    return graph_tensor(t, build_gather(table, graph_node(index), 0));
}
