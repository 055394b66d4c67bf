/* Shape rules of windows, convolutions and pools. */
#include "graph/windows.h"

#include "graph/rules.h"

#include <assert.h>

int64_t window_count(int64_t n, int64_t kernel, int64_t stride, int64_t padding, int64_t dilation)
{
    int64_t span, padded;
    if (__builtin_mul_overflow(kernel - 1, dilation, &span) ||
        __builtin_add_overflow(n, 2 * padding, &padded) || span >= padded)
        return -1;
    return (padded - span - 1) / stride + 1;
}

bool window_number(const node *x, const char *what, const char *name, int64_t value, int64_t least)
{
    return (value >= least && value <= INT32_MAX) ||
           graph_fail(x->graph, "%s: a %s of %lld; it is %lld … %d", what, name, (long long)value,
                      (long long)least, INT32_MAX);
}

static bool fits(const node *n)
{
    return shape_check(n->graph, op_table[n->op].text, n->dtype, n->axes, n->shape);
}

/* The builder has checked that there is a window. */
bool shape_window(node *n)
{
    const node *x = n->in[0];
    const op_attributes *a = &n->attr;
    int64_t count = window_count(x->shape[a->axis], a->at[0], a->at[1], 0, a->at[2]);
    assert(count > 0 && x->axes < STINT_AXES);
    node_take_shape(n, x);
    n->root = x->root;
    n->offset = x->offset;
    memcpy(n->stride, x->stride, sizeof n->stride);
    int64_t stride = x->stride[a->axis];
    n->axes = (uint8_t)(x->axes + 1);
    n->shape[a->axis] = count;
    n->stride[a->axis] = count > 1 ? stride * a->at[1] : stride;
    n->shape[x->axes] = a->at[0];
    n->stride[x->axes] = a->at[0] > 1 ? stride * a->at[2] : stride;
    return fits(n);
}

bool shape_fold(node *n)
{
    const node *x = n->in[0];
    node_take_shape(n, x);
    n->axes = (uint8_t)(x->axes - 1);
    n->shape[n->attr.axis] = n->attr.at[0];
    return fits(n);
}

bool shape_convolve(node *n)
{
    const node *x = n->in[0], *w = n->in[1];
    window_plan p;
    memcpy(p.at, n->attr.at, sizeof p.at);
    assert(x->axes == 4 && w->axes == 4 && x->dtype == w->dtype);
    node_take_shape(n, x);
    n->shape[1] = w->shape[0];
    for (int i = 0; i < 2; i++)
        n->shape[2 + i] = window_count(x->shape[2 + i], w->shape[2 + i], p.stride[i], p.padding[i],
                                       p.dilation[i]);
    assert(n->shape[2] > 0 && n->shape[3] > 0);
    return fits(n);
}

static bool of_given_shape(node *n)
{
    assert(n->in[0]->dtype == n->in[1]->dtype && n->attr.rank == 4);
    n->dtype = n->in[0]->dtype;
    n->axes = 4;
    memcpy(n->shape, n->attr.shape, sizeof n->shape);
    return fits(n);
}

bool shape_convolve_input(node *n)
{
    return of_given_shape(n);
}

bool shape_convolve_weight(node *n)
{
    return of_given_shape(n);
}

bool shape_pool(node *n)
{
    const node *x = n->in[0];
    node_take_shape(n, x);
    n->dtype = STINT_I32;
    n->shape[2] = n->attr.shape[0];
    n->shape[3] = n->attr.shape[1];
    return fits(n);
}

bool shape_pick(node *n)
{
    const node *x = n->in[0], *index = n->in[1];
    assert(x->axes == 2 && index->axes == 2 && x->shape[0] == index->shape[0]);
    node_take_shape(n, x);
    n->shape[1] = index->shape[1];
    return fits(n);
}

bool shape_put(node *n)
{
    const node *x = n->in[0];
    assert(x->axes == 2 && node_has_shape(n->in[1], 2, x->shape));
    node_take_shape(n, x);
    n->shape[1] = n->attr.at[0];
    return fits(n);
}
