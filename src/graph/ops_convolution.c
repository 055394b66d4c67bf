/* Windows and convolutions, checked: those of one axis are of height 1. */
#include "graph/compose.h"
#include "graph/windows.h"

stint_tensor *stint_window(stint_tensor *t, int axis, int64_t size, int64_t step, int64_t dilation)
{
    node *x = graph_node(t);
    int along;
    if (!axis_of(x, "window", axis, &along))
        return NULL;
    if (size < 1 || step < 1 || dilation < 1) {
        graph_fail(x->graph, "window: size, step and dilation are 1 or more, not %lld, %lld, %lld",
                   (long long)size, (long long)step, (long long)dilation);
        return NULL;
    }
    return graph_tensor(t, build_window(x, along, size, step, dilation));
}

/* Of `axes` axes, the last ones of two; false after graph_fail. */
static bool plan_of(const node *x, const char *what, const stint_convolution *how, int axes,
                    window_plan *p)
{
    *p = (window_plan){.stride = {1, 1}, .dilation = {1, 1}};
    p->groups = how && how->groups ? how->groups : 1;
    bool right = window_number(x, what, "group count", p->groups, 1);
    for (int i = 0; right && how && i < axes; i++) {
        int to = 2 - axes + i;
        p->stride[to] = how->stride[i] ? how->stride[i] : 1;
        p->padding[to] = how->padding[i];
        p->dilation[to] = how->dilation[i] ? how->dilation[i] : 1;
        right = window_number(x, what, "stride", p->stride[to], 1) &&
                window_number(x, what, "padding", p->padding[to], 0) &&
                window_number(x, what, "dilation", p->dilation[to], 1);
    }
    return right;
}

static bool refuse(const node *x, const node *w, const char *what, const char *why)
{
    char a[NODE_SHAPE_SIZE], b[NODE_SHAPE_SIZE];
    return graph_fail(x->graph, "%s: %s: %s by %s", what, why, node_shape_text(x, a),
                      node_shape_text(w, b));
}

static bool operands_fit(const node *x, const node *w, const node *bias, const char *what, int axes,
                         const window_plan *p)
{
    if (!node_is_float(x) || w->dtype != x->dtype || (bias && bias->dtype != x->dtype))
        return graph_fail(x->graph, "%s: operands of one float dtype, not %s, %s and %s", what,
                          stint_dtype_text(x->dtype), stint_dtype_text(w->dtype),
                          stint_dtype_text(bias ? bias->dtype : w->dtype));
    if (x->axes != 2 + axes || w->axes != 2 + axes)
        return refuse(x, w, what,
                      axes == 2 ? "of [batch, channels, h, w] by [out, channels, h, w]"
                                : "of [batch, channels, n] by [out, channels, n]");
    if (x->shape[1] % p->groups != 0 || w->shape[0] % p->groups != 0)
        return refuse(x, w, what, "groups do not divide the channels of both");
    if (w->shape[1] != x->shape[1] / p->groups)
        return refuse(x, w, what, p->groups > 1 ? "channels of a group differ" : "channels differ");
    for (int i = 0; i < axes; i++) {
        int at = 2 - axes + i;
        if (w->shape[2 + i] < 1)
            return refuse(x, w, what, "a kernel of no elements");
        if (window_count(x->shape[2 + i], w->shape[2 + i], p->stride[at], p->padding[at],
                         p->dilation[at]) < 0)
            return refuse(x, w, what,
                          "no window fits; the kernel, dilated, is wider than x with its padding");
    }
    return !bias || node_has_shape(bias, 1, w->shape) ||
           refuse(w, bias, what, "a bias has a value a channel of the result");
}

/* x * w + bias, rounded once */
static node *convolved(node *x, node *w, node *bias, const window_plan *p)
{
    node *y = build_convolve(build_wide(x), build_wide(w), p);
    if (bias)
        y = build_add(y, build_reshape(build_wide(bias), 3, (int64_t[]){bias->shape[0], 1, 1}));
    return build_cast(y, (stint_dtype)x->dtype);
}

stint_tensor *stint_conv2d(stint_tensor *t, stint_tensor *weights, stint_tensor *offsets,
                           const stint_convolution *how)
{
    node *x = graph_node(t), *w = graph_node(weights), *bias = graph_node(offsets);
    window_plan p;
    if (!x || !w || (offsets && !bias) || !plan_of(x, "conv2d", how, 2, &p) ||
        !operands_fit(x, w, bias, "conv2d", 2, &p))
        return NULL;
    return graph_tensor(t, convolved(x, w, bias, &p));
}

stint_tensor *stint_conv1d(stint_tensor *t, stint_tensor *weights, stint_tensor *offsets,
                           const stint_convolution *how)
{
    node *x = graph_node(t), *w = graph_node(weights), *bias = graph_node(offsets);
    window_plan p;
    if (!x || !w || (offsets && !bias) || !plan_of(x, "conv1d", how, 1, &p) ||
        !operands_fit(x, w, bias, "conv1d", 1, &p))
        return NULL;
    node *y = convolved(build_expand(x, 2), build_expand(w, 2), bias, &p);
    return graph_tensor(t, build_squeeze(y, 2));
}
