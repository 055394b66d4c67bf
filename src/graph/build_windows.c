/* Builders of windows, convolutions and pools.  Half precisions are computed in f32 and rounded
 * once. */
#include "graph/windows.h"

#include "device/convolve.h"
#include "graph/compose.h"

static op_attributes attributes_of(const window_plan *p)
{
    op_attributes attr = {0};
    memcpy(attr.at, p->at, sizeof attr.at);
    return attr;
}

static op_attributes attributes_like(const window_plan *p, const node *like)
{
    op_attributes attr = attributes_of(p);
    attr.rank = like->axes;
    memcpy(attr.shape, like->shape, sizeof attr.shape);
    return attr;
}

node *build_window(node *x, int axis, int64_t size, int64_t step, int64_t dilation)
{
    if (!x)
        return NULL;
    char shape[NODE_SHAPE_SIZE];
    if (x->axes == STINT_AXES || window_count(x->shape[axis], size, step, 0, dilation) < 0) {
        graph_fail(x->graph, "window: no window of %lld elements, %lld apart, in axis %d of %s",
                   (long long)size, (long long)dilation, axis, node_shape_text(x, shape));
        return NULL;
    }
    op_attributes attr = {.at = {size, step, dilation}, .axis = axis};
    return node_make(x->graph, OP_WINDOW, 1, &x, &attr);
}

node *build_fold(node *x, int axis, int64_t n, int64_t step, int64_t dilation)
{
    if (!x)
        return NULL;
    stint_dtype d = (stint_dtype)x->dtype;
    op_attributes attr = {.at = {n, step, dilation}, .axis = axis};
    x = build_wide(x);
    return x ? build_cast(node_make(x->graph, OP_FOLD, 1, &x, &attr), d) : NULL;
}

/* Of two operands of one float dtype */
static node *wide_pair(op_code op, node *a, node *b, const op_attributes *attr)
{
    if (!a || !b)
        return NULL;
    stint_dtype d = (stint_dtype)a->dtype;
    node *in[2] = {build_wide(a), build_wide(b)};
    return build_cast(node_make(a->graph, op, 2, in, attr), d);
}

/* Windows so wide that a plane of them has no room in a thread's scratch are written out. */
static bool has_room(const node *w, const window_plan *p)
{
    return convolve_has_room((const int64_t[]){w->shape[2], w->shape[3]}, p->dilation);
}

node *build_convolve(node *x, node *w, const window_plan *p)
{
    if (!x || !w)
        return NULL;
    op_attributes attr = attributes_of(p);
    return has_room(w, p) ? wide_pair(OP_CONVOLVE, x, w, &attr) : build_convolve_expanded(x, w, p);
}

node *build_convolve_input(node *g, node *w, const node *like, const window_plan *p)
{
    op_attributes attr = attributes_like(p, like);
    return wide_pair(OP_CONVOLVE_INPUT, g, w, &attr);
}

node *build_convolve_weight(node *x, node *g, const node *like, const window_plan *p)
{
    op_attributes attr = attributes_like(p, like);
    return wide_pair(OP_CONVOLVE_WEIGHT, x, g, &attr);
}

/* [batch, channels, h, w] → [batch, channels, rows, cols, kh, kw] */
static node *windows_of(node *x, const int64_t *kernel, const window_plan *p)
{
    for (int i = 0; i < 2; i++)
        x = build_pad(x, 2 + i, p->padding[i], p->padding[i], 0);
    for (int i = 0; i < 2; i++)
        x = build_window(x, 2 + i, kernel[i], p->stride[i], p->dilation[i]);
    return x;
}

/* y [groups, out, pixels] = w [groups, out, channels kh kw] windows [groups, that, pixels] */
node *build_convolve_expanded(node *x, node *w, const window_plan *p)
{
    if (!x || !w)
        return NULL;
    stint_dtype d = (stint_dtype)x->dtype;
    int64_t batch = x->shape[0], groups = p->groups, each = w->shape[1];
    int64_t out = groups ? w->shape[0] / groups : 0, kernel[2] = {w->shape[2], w->shape[3]};
    int64_t depth = each * kernel[0] * kernel[1];
    node *v = windows_of(build_wide(x), kernel, p);
    if (!v)
        return NULL;
    int64_t rows = v->shape[2], cols = v->shape[3];
    v = build_reshape(v, 7, (int64_t[]){batch, groups, each, rows, cols, kernel[0], kernel[1]});
    v = build_permute(v, (uint8_t[]){0, 1, 2, 5, 6, 3, 4});
    v = build_reshape(v, 4, (int64_t[]){batch, groups, depth, rows * cols});
    node *y = build_matmul(build_reshape(build_wide(w), 3, (int64_t[]){groups, out, depth}), v);
    return build_cast(build_reshape(y, 4, (int64_t[]){batch, w->shape[0], rows, cols}), d);
}

node *build_pool_index(node *x, const window_plan *p, const int64_t out[2])
{
    if (!x)
        return NULL;
    op_attributes attr = attributes_of(p);
    attr.shape[0] = out[0];
    attr.shape[1] = out[1];
    x = build_wide(x);
    return x ? node_make(x->graph, OP_POOL_INDEX, 1, &x, &attr) : NULL;
}

node *build_pick(node *x, node *index)
{
    op_attributes attr = {0};
    return wide_pair(OP_PICK, x, index, &attr);
}

node *build_put(node *x, node *index, int64_t n)
{
    op_attributes attr = {.at = {n}};
    return wide_pair(OP_PUT, x, index, &attr);
}

const node *node_put_whole(const node *x)
{
    const node *put = x ? x->root : NULL;
    if (!put || put->op != OP_PUT || !put->pending || x->offset != 0 || !node_is_contiguous(x) ||
        node_count(x) != node_count(put) || put->overwritten_by)
        return NULL;
    for (int k = 0; k < 2; k++)
        if (!put->in[k] || put->in[k]->root->overwritten_by)
            return NULL;
    return put->in[0]->shape[1] < put->shape[1] ? put : NULL;
}
