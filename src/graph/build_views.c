/* Builders of views.  A view that shows all of its input as it is, is that input; constants
 * stay constants, of the shape asked for. */
#include "graph/rules.h"

#include <assert.h>

/* Whether to build on x's own input in its place: nobody has a handle of x yet, whose gradient
 * could be asked for, no rule differentiates by x, and gradients pass through it. */
static bool is_view_by(const node *x, op_code op)
{
    return x->op == op && x->fresh && !x->apart && x->in[0] && !x->no_grad;
}

static op_attributes of_shape(int axes, const int64_t *shape)
{
    op_attributes attr = {.rank = axes};
    for (int i = 0; i < axes; i++)
        attr.shape[i] = shape[i];
    return attr;
}

static node *constant_of(const node *x, int axes, const int64_t *shape)
{
    return build_full(x->graph, (stint_dtype)x->dtype, axes, shape, x->root->attr.value);
}

static int64_t count_of(int axes, const int64_t *shape)
{
    int64_t count = 1;
    for (int i = 0; i < axes; i++)
        count *= shape[i];
    return count;
}

node *build_reshape(node *x, int axes, const int64_t *shape)
{
    if (!x || !shape_check(x->graph, "reshape", (stint_dtype)x->dtype, axes, shape))
        return NULL;
    if (node_has_shape(x, axes, shape))
        return x;
    if (is_view_by(x, OP_RESHAPE))
        return build_reshape(x->in[0], axes, shape);
    bool counts = count_of(axes, shape) == node_count(x);
    if (counts && node_is_constant(x))
        return constant_of(x, axes, shape);
    int64_t stride[STINT_AXES];
    if (counts && !view_reshape(x, axes, shape, stride))
        x = build_unary(OP_COPY, x);
    op_attributes attr = of_shape(axes, shape);
    return x ? node_make(x->graph, OP_RESHAPE, 1, &x, &attr) : NULL;
}

node *build_permute(node *x, const uint8_t *order)
{
    if (!x)
        return NULL;
    op_attributes attr = {0};
    bool onto = is_view_by(x, OP_PERMUTE), identity = true;
    for (int i = 0; i < x->axes; i++) {
        attr.order[i] = onto ? x->attr.order[order[i]] : order[i];
        identity &= attr.order[i] == i;
    }
    node *bottom = onto ? x->in[0] : x;
    return identity ? bottom : node_make(x->graph, OP_PERMUTE, 1, &bottom, &attr);
}

node *build_swap(node *x, int axis, int other)
{
    uint8_t order[STINT_AXES];
    for (int i = 0; i < STINT_AXES; i++)
        order[i] = (uint8_t)(i == axis ? other : i == other ? axis : i);
    return build_permute(x, order);
}

node *build_broadcast(node *x, int axes, const int64_t *shape)
{
    if (!x || node_has_shape(x, axes, shape))
        return x;
    if (!shape_check(x->graph, "broadcast", (stint_dtype)x->dtype, axes, shape))
        return NULL;
    int axes_of_both;
    int64_t both[STINT_AXES];
    bool fits = shape_meet(x->axes, x->shape, axes, shape, &axes_of_both, both);
    if (node_is_constant(x) && fits && axes_of_both == axes &&
        !memcmp(both, shape, sizeof *shape * (size_t)axes))
        return constant_of(x, axes, shape);
    op_attributes attr = of_shape(axes, shape);
    return node_make(x->graph, OP_BROADCAST, 1, &x, &attr);
}

node *build_expand(node *x, int axis)
{
    if (!x)
        return NULL;
    int64_t shape[STINT_AXES + 1];
    for (int i = 0; i <= x->axes; i++)
        shape[i] = i == axis ? 1 : x->shape[i - (i > axis)];
    return build_reshape(x, x->axes + 1, shape);
}

node *build_squeeze(node *x, int axis)
{
    if (!x)
        return NULL;
    assert(x->shape[axis] == 1);
    int64_t shape[STINT_AXES];
    for (int i = 0; i < x->axes - 1; i++)
        shape[i] = x->shape[i + (i >= axis)];
    return build_reshape(x, x->axes - 1, shape);
}

node *build_slice(node *x, int axis, int64_t begin, int64_t end, int64_t step)
{
    if (!x || (begin == 0 && end == x->shape[axis] && step == 1))
        return x;
    op_attributes attr = {.at = {begin, end, step}, .axis = axis};
    return node_make(x->graph, OP_SLICE, 1, &x, &attr);
}
