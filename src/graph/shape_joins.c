/* Shape rules of products, joined pieces, and gathered and scattered ones. */
#include "graph/rules.h"

#include <assert.h>
#include <string.h>

static bool fits(const node *n)
{
    return shape_check(n->graph, op_table[n->op].text, n->dtype, n->axes, n->shape);
}

/* [batch.., M, K] [batch.., K, N]: build_matmul has checked and broadcast */
bool shape_matmul(node *n)
{
    const node *a = n->in[0], *b = n->in[1];
    int last = a->axes - 1;
    assert(a->axes >= 2 && a->axes == b->axes && a->dtype == b->dtype);
    assert(a->dtype == STINT_F32 || a->dtype == STINT_F64);
    assert(a->shape[last] == b->shape[last - 1]);
    for (int i = 0; i < last - 1; i++)
        assert(a->shape[i] == b->shape[i]);
    node_take_shape(n, a);
    n->shape[last] = b->shape[last];
    return fits(n);
}

bool shape_pad(node *n)
{
    const op_attributes *a = &n->attr;
    node_take_shape(n, n->in[0]);
    assert(a->axis < n->axes);
    int64_t *size = &n->shape[a->axis];
    if (a->at[0] < 0 || a->at[1] < 0)
        return graph_fail(n->graph, "pad: fewer than no elements: %lld before, %lld after",
                          (long long)a->at[0], (long long)a->at[1]);
    if (__builtin_add_overflow(*size, a->at[0], size) ||
        __builtin_add_overflow(*size, a->at[1], size))
        return graph_fail(n->graph, "pad: more elements than can be counted");
    return fits(n);
}

bool shape_concat(node *n)
{
    const node *first = n->in[0];
    int axis = n->attr.axis;
    node_take_shape(n, first);
    for (int i = 1; i < n->inputs; i++) {
        const node *x = n->in[i];
        bool same = x->axes == first->axes;
        for (int k = 0; same && k < x->axes; k++)
            same = k == axis || x->shape[k] == first->shape[k];
        if (x->dtype != first->dtype)
            return shape_refuse_pair(n, "dtypes differ", first, x);
        if (!same)
            return shape_refuse_pair(n, "shapes differ beside the axis", first, x);
        if (__builtin_add_overflow(n->shape[axis], x->shape[axis], &n->shape[axis]))
            return graph_fail(n->graph, "concat: more elements than can be counted");
    }
    return fits(n);
}

static bool index_dtype(const node *n)
{
    stint_dtype d = n->in[1]->dtype;
    return d == STINT_I32 || d == STINT_I64 ||
           graph_fail(n->graph, "%s: an index is i32 or i64, not %s", op_table[n->op].text,
                      stint_dtype_text(d));
}

/* x [o.., size, r..], index [i..]: [o.., i.., r..] */
bool shape_gather(node *n)
{
    const node *x = n->in[0], *index = n->in[1];
    int axis = n->attr.axis, axes = x->axes - 1 + index->axes;
    assert(axis < x->axes);
    if (!index_dtype(n))
        return false;
    if (axes > STINT_AXES)
        return shape_refuse_pair(n, "the result has more than 8 axes", x, index);
    node_take_shape(n, x);
    n->axes = (uint8_t)axes;
    memcpy(n->shape + axis, index->shape, (size_t)index->axes * sizeof *n->shape);
    memcpy(n->shape + axis + index->axes, x->shape + axis + 1,
           (size_t)(x->axes - axis - 1) * sizeof *n->shape);
    return fits(n);
}

/* x [o.., i.., r..], index [i..]: [o.., size, r..] */
bool shape_scatter(node *n)
{
    const node *x = n->in[0], *index = n->in[1];
    int axis = n->attr.axis, rest = x->axes - axis - index->axes;
    if (!index_dtype(n))
        return false;
    if (rest < 0 || !node_has_shape(index, index->axes, x->shape + axis))
        return shape_refuse_pair(n, "the axes of the index are no axes of the values there", x,
                                 index);
    if (axis + 1 + rest > STINT_AXES)
        return shape_refuse_pair(n, "the result has more than 8 axes", x, index);
    node_take_shape(n, x);
    n->axes = (uint8_t)(axis + 1 + rest);
    n->shape[axis] = n->attr.at[0];
    memmove(n->shape + axis + 1, x->shape + axis + index->axes, (size_t)rest * sizeof *n->shape);
    return fits(n);
}
