/* Pools.  A maximum is found by its place, from where it is picked, so that gradients of any order
 * go there and nowhere else; means are sums over views of windows. */
#include "graph/compose.h"
#include "graph/windows.h"

#include "base/mem.h"

typedef struct pool {
    const char *what;
    int axes;
    bool means, ignore_padding;
    window_plan plan;
} pool;

static bool is_image(const node *x, const char *what, int axes)
{
    char shape[NODE_SHAPE_SIZE];
    return (node_is_float(x) && x->axes == 2 + axes) ||
           graph_fail(x->graph, "%s: of floats [batch, channels, %s], not %s %s", what,
                      axes == 2 ? "h, w" : "n", stint_dtype_text(x->dtype),
                      node_shape_text(x, shape));
}

/* Whether each window along an axis of n sees an element. */
static bool windows_see(const window_plan *p, int axis, int64_t n)
{
    int64_t apart = p->dilation[axis], kernel = p->kernel[axis];
    int64_t count = window_count(n, kernel, p->stride[axis], p->padding[axis], apart);
    for (int64_t i = 0; i < count; i++) {
        int64_t from = i * p->stride[axis] - p->padding[axis], to = from + apart * (kernel - 1);
        int64_t first = from < 0 ? from + (-from + apart - 1) / apart * apart : from;
        if (first >= n || first > to)
            return false;
    }
    return count > 0;
}

static bool plan_fits(const node *x, const pool *o)
{
    const window_plan *p = &o->plan;
    char shape[NODE_SHAPE_SIZE];
    for (int i = 0; i < 2; i++) {
        if (!window_number(x, o->what, "kernel", p->kernel[i], 1) ||
            !window_number(x, o->what, "stride", p->stride[i], 1) ||
            !window_number(x, o->what, "padding", p->padding[i], 0) ||
            !window_number(x, o->what, "dilation", p->dilation[i], 1))
            return false;
        int64_t span;
        if (__builtin_mul_overflow(p->kernel[i] - 1, p->dilation[i], &span) ||
            p->padding[i] > span / 2 + span % 2 || !windows_see(p, i, x->shape[2 + i]))
            return graph_fail(x->graph,
                              "%s: no window fits, or one sees padding alone: %lld by "
                              "%lld, padding %lld by %lld, of %s",
                              o->what, (long long)p->kernel[0], (long long)p->kernel[1],
                              (long long)p->padding[0], (long long)p->padding[1],
                              node_shape_text(x, shape));
    }
    return true;
}

static void plan_of(const stint_pooling *how, pool *o)
{
    o->plan = (window_plan){.stride = {1, 1}, .dilation = {1, 1}, .kernel = {1, 1}};
    o->ignore_padding = how->ignore_padding;
    for (int i = 0; i < o->axes; i++) {
        int to = 2 - o->axes + i;
        o->plan.kernel[to] = how->kernel[i];
        o->plan.stride[to] = how->stride[i] ? how->stride[i] : how->kernel[i];
        o->plan.padding[to] = how->padding[i];
        if (!o->means && how->dilation[i])
            o->plan.dilation[to] = how->dilation[i];
    }
}

static node *greatest(node *x, const window_plan *p, const int64_t out[2])
{
    int64_t batch = x->shape[0], channels = x->shape[1], plane = x->shape[2] * x->shape[3];
    if (plane > INT32_MAX) {
        graph_fail(x->graph, "max_pool: planes of more than 2147483647 elements");
        return NULL;
    }
    int64_t rows = batch * channels;
    node *index = build_pool_index(x, p, out);
    index = build_reshape(index, 2, (int64_t[]){rows, out[0] * out[1]});
    node *picked = build_pick(build_reshape(x, 2, (int64_t[]){rows, plane}), index);
    return build_reshape(picked, 4, (int64_t[]){batch, channels, out[0], out[1]});
}

/* Σ over windows; x is wide */
static node *window_sums(node *x, const window_plan *p)
{
    for (int i = 0; i < 2; i++)
        x = build_pad(x, 2 + i, p->padding[i], p->padding[i], 0);
    for (int i = 0; i < 2; i++)
        x = build_window(x, 2 + i, p->kernel[i], p->stride[i], 1);
    return build_reduce(OP_SUM, x, 3u << 4, false);
}

static node *window_means(node *x, const window_plan *p, bool ignore_padding)
{
    node *wide = build_wide(x), *sums = wide ? window_sums(wide, p) : NULL;
    node *count = build_number(sums, (double)(p->kernel[0] * p->kernel[1]));
    if (sums && ignore_padding) {
        const int64_t plane[] = {1, 1, x->shape[2], x->shape[3]};
        count = window_sums(build_full(x->graph, (stint_dtype)wide->dtype, 4, plane, 1), p);
    }
    return build_cast(build_div(sums, count), (stint_dtype)x->dtype);
}

static stint_tensor *pooled(stint_tensor *t, const stint_pooling *how, pool o)
{
    node *x = graph_node(t);
    if (!x || !is_image(x, o.what, o.axes))
        return NULL;
    if (!how) {
        graph_fail(x->graph, "%s: how is NULL; it says at least the kernel's size", o.what);
        return NULL;
    }
    if (o.axes == 1)
        x = build_expand(x, 2);
    plan_of(how, &o);
    if (!x || !plan_fits(x, &o))
        return NULL;
    int64_t out[2];
    for (int i = 0; i < 2; i++)
        out[i] = window_count(x->shape[2 + i], o.plan.kernel[i], o.plan.stride[i],
                              o.plan.padding[i], o.plan.dilation[i]);
    node *y = o.means ? window_means(x, &o.plan, o.ignore_padding) : greatest(x, &o.plan, out);
    return graph_tensor(t, o.axes == 1 ? build_squeeze(y, 2) : y);
}

stint_tensor *stint_max_pool1d(stint_tensor *x, const stint_pooling *how)
{
    return pooled(x, how, (pool){.what = "max_pool1d", .axes = 1});
}

stint_tensor *stint_max_pool2d(stint_tensor *x, const stint_pooling *how)
{
    return pooled(x, how, (pool){.what = "max_pool2d", .axes = 2});
}

stint_tensor *stint_avg_pool1d(stint_tensor *x, const stint_pooling *how)
{
    return pooled(x, how, (pool){.what = "avg_pool1d", .axes = 1, .means = true});
}

stint_tensor *stint_avg_pool2d(stint_tensor *x, const stint_pooling *how)
{
    return pooled(x, how, (pool){.what = "avg_pool2d", .axes = 2, .means = true});
}

/* ---- windows spread evenly */

static bool sizes_fit(const node *x, const char *what, const int64_t size[2])
{
    char shape[NODE_SHAPE_SIZE];
    if (!window_number(x, what, "size", size[0], 1) || !window_number(x, what, "size", size[1], 1))
        return false;
    return (x->shape[2] > 0 && x->shape[3] > 0) ||
           graph_fail(x->graph, "%s: of no elements: %s", what, node_shape_text(x, shape));
}

stint_tensor *stint_adaptive_max_pool2d(stint_tensor *t, const int64_t size[2])
{
    node *x = graph_node(t);
    if (!x || !is_image(x, "adaptive_max_pool2d", 2) || !sizes_fit(x, "adaptive_max_pool2d", size))
        return NULL;
    window_plan evenly = {.stride = {1, 1}, .dilation = {1, 1}};
    return graph_tensor(t, greatest(x, &evenly, size));
}

/* Means of windows along one axis, one by one. */
static node *uneven_means(node *x, int axis, int64_t size)
{
    node **part = x ? mem_new(graph_ctx(x->graph), TAG_GRAPH, node *, size) : NULL;
    bool made = part;
    for (int64_t i = 0; made && i < size; i++) {
        int64_t begin = window_even_begin(i, size, x->shape[axis]);
        int64_t end = window_even_end(i, size, x->shape[axis]);
        part[i] = build_mean(build_slice(x, axis, begin, end, 1), 1u << axis, true);
        made = part[i];
    }
    node *joined = made ? build_concat(x->graph, (int)size, part, axis) : NULL;
    mem_free(part);
    return joined;
}

stint_tensor *stint_adaptive_avg_pool2d(stint_tensor *t, const int64_t size[2])
{
    node *x = graph_node(t);
    if (!x || !is_image(x, "adaptive_avg_pool2d", 2) || !sizes_fit(x, "adaptive_avg_pool2d", size))
        return NULL;
    if (x->shape[2] % size[0] == 0 && x->shape[3] % size[1] == 0) {
        int64_t h = x->shape[2] / size[0], w = x->shape[3] / size[1];
        window_plan p = {.stride = {h, w}, .dilation = {1, 1}, .kernel = {h, w}};
        return graph_tensor(t, window_means(x, &p, false));
    }
    node *y = uneven_means(uneven_means(build_wide(x), 2, size[0]), 3, size[1]);
    return graph_tensor(t, build_cast(y, (stint_dtype)x->dtype));
}
