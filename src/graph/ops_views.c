/* Views and shapes, with axes and sizes as callers count them. */
#include "graph/compose.h"

static int64_t count_of(int axes, const int64_t *shape)
{
    int64_t count = 1;
    for (int i = 0; i < axes; i++)
        if (__builtin_mul_overflow(count, shape[i], &count))
            return INT64_MAX;
    return count;
}

/* Fill in a size of -1: what the others leave of x's elements. */
static bool complete(const node *x, int axes, const int64_t *asked, int64_t *shape)
{
    int left = -1;
    char from[NODE_SHAPE_SIZE], to[NODE_SHAPE_SIZE];
    if (axes < 0 || axes > STINT_AXES)
        return graph_fail(x->graph, "reshape: to %d axes; a tensor has at most %d", axes,
                          STINT_AXES);
    for (int i = 0; i < axes; i++) {
        shape[i] = asked[i] == -1 ? 1 : asked[i];
        if (shape[i] < 0 || (asked[i] == -1 && left >= 0))
            return graph_fail(x->graph, "reshape: one size may be -1, none less: %s to %s",
                              node_shape_text(x, from), shape_text(axes, asked, to));
        left = asked[i] == -1 ? i : left;
    }
    int64_t rest = count_of(axes, shape), count = node_count(x);
    if (left >= 0 && rest > 0)
        shape[left] = count / rest;
    if (count_of(axes, shape) == count && (left < 0 || rest > 0))
        return true;
    return graph_fail(x->graph, "reshape: %s to %s: %lld elements do not fit",
                      node_shape_text(x, from), shape_text(axes, asked, to), (long long)count);
}

stint_tensor *stint_reshape(stint_tensor *t, int axes, const int64_t *shape)
{
    node *x = graph_node(t);
    int64_t to[STINT_AXES];
    return x && complete(x, axes, shape, to) ? graph_tensor(t, build_reshape(x, axes, to)) : NULL;
}

stint_tensor *stint_transpose(stint_tensor *t, int axis, int other)
{
    node *x = graph_node(t);
    int a, b;
    if (!axis_of(x, "transpose", axis, &a) || !axis_of(x, "transpose", other, &b))
        return NULL;
    return graph_tensor(t, build_swap(x, a, b));
}

stint_tensor *stint_permute(stint_tensor *t, const int *order)
{
    node *x = graph_node(t);
    uint8_t from[STINT_AXES];
    uint32_t seen = 0;
    for (int i = 0, a; x && i < x->axes; i++) {
        if (!axis_of(x, "permute", order[i], &a))
            return NULL;
        from[i] = (uint8_t)a;
        seen |= 1u << a;
    }
    if (x && seen != (1u << x->axes) - 1) {
        graph_fail(x->graph, "permute: an axis is named twice");
        return NULL;
    }
    return graph_tensor(t, build_permute(x, from));
}

stint_tensor *stint_broadcast(stint_tensor *t, int axes, const int64_t *shape)
{
    return graph_tensor(t, build_broadcast(graph_node(t), axes, shape));
}

stint_tensor *stint_expand_axis(stint_tensor *t, int axis)
{
    node *x = graph_node(t);
    int at;
    if (!axis_between(x, "expand_axis", axis, &at))
        return NULL;
    return graph_tensor(t, build_expand(x, at));
}

stint_tensor *stint_squeeze_axis(stint_tensor *t, int axis)
{
    node *x = graph_node(t);
    int at;
    if (!axis_of(x, "squeeze_axis", axis, &at))
        return NULL;
    if (x->shape[at] != 1) {
        char shape[NODE_SHAPE_SIZE];
        graph_fail(x->graph, "squeeze_axis: axis %d is not of size 1: %s", axis,
                   node_shape_text(x, shape));
        return NULL;
    }
    return graph_tensor(t, build_squeeze(x, at));
}

/* As in Python: bounds beyond the ends are the ends. */
static int64_t bound(int64_t at, int64_t size)
{
    at = at < 0 ? at + size : at;
    return at < 0 ? 0 : at > size ? size : at;
}

stint_tensor *stint_slice(stint_tensor *t, int axis, int64_t begin, int64_t end, int64_t step)
{
    node *x = graph_node(t);
    int along;
    if (!axis_of(x, "slice", axis, &along))
        return NULL;
    if (step < 1) {
        graph_fail(x->graph, "slice: a step of %lld; it is at least 1", (long long)step);
        return NULL;
    }
    int64_t size = x->shape[along], from = bound(begin, size), to = bound(end, size);
    return graph_tensor(t, build_slice(x, along, from, to < from ? from : to, step));
}
