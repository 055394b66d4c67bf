/* Shape rules of views: other strides over the memory of the input's root. */
#include "graph/rules.h"

#include <assert.h>
#include <string.h>

/* A view of in[0], of its shape until the rule says otherwise. */
static const node *view_of_input(node *n)
{
    const node *x = n->in[0];
    node_take_shape(n, x);
    n->root = x->root;
    n->offset = x->offset;
    memcpy(n->stride, x->stride, sizeof n->stride);
    return x;
}

static bool refuse(const node *n, const char *why)
{
    char shape[NODE_SHAPE_SIZE], to[NODE_SHAPE_SIZE];
    return graph_fail(n->graph, "%s: %s: %s to %s", op_table[n->op].text, why,
                      node_shape_text(n->in[0], shape),
                      shape_text(n->attr.rank, n->attr.shape, to));
}

/* The old axes, those of 1 left out, fall into chunks within which memory is walked evenly; from
 * the last one back, new axes must fill chunk by chunk. */
bool view_reshape(const node *x, int axes, const int64_t *shape, int64_t *stride)
{
    int64_t size[STINT_AXES], step[STINT_AXES];
    int old = 0, new = axes - 1;
    bool empty = false;
    for (int i = 0; i < x->axes; i++) {
        empty |= x->shape[i] == 0;
        if (x->shape[i] != 1) {
            size[old] = x->shape[i];
            step[old++] = x->stride[i];
        }
    }
    int64_t least = old ? step[old - 1] : 1, chunk = 1, filled = 1;
    for (int i = empty ? -1 : old - 1; i >= 0; i--) {
        chunk *= size[i];
        if (i && step[i - 1] == chunk * least)
            continue;
        for (; new >= 0 && (filled < chunk || shape[new] == 1); new --) {
            stride[new] = filled * least;
            filled *= shape[new];
        }
        if (filled != chunk)
            return false;
        least = i ? step[i - 1] : 1;
        chunk = filled = 1;
    }
    /* what is left is of no elements, or of one: row-major */
    for (; new >= 0; new --)
        stride[new] = new == axes - 1 ? 1 : stride[new + 1] * shape[new + 1];
    return true;
}

bool shape_reshape(node *n)
{
    const node *x = view_of_input(n);
    n->axes = (uint8_t)n->attr.rank;
    memcpy(n->shape, n->attr.shape, sizeof n->shape);
    if (node_count(n) != node_count(x))
        return refuse(n, "counts of elements differ");
    bool possible = view_reshape(x, n->axes, n->shape, n->stride);
    assert(possible); /* else the builder has made a copy */
    return possible;
}

bool shape_permute(node *n)
{
    const node *x = view_of_input(n);
    uint32_t seen = 0;
    for (int i = 0; i < x->axes; i++) {
        int from = n->attr.order[i];
        assert(from < x->axes);
        seen |= 1u << from;
        n->shape[i] = x->shape[from];
        n->stride[i] = x->stride[from];
    }
    if (seen != (1u << x->axes) - 1)
        return graph_fail(n->graph, "permute: an axis is named twice");
    return true;
}

bool shape_broadcast(node *n)
{
    const node *x = view_of_input(n);
    const op_attributes *a = &n->attr;
    if (a->rank < x->axes)
        return refuse(n, "fewer axes");
    if (!shape_check(n->graph, "broadcast", n->dtype, a->rank, a->shape))
        return false;
    int before = a->rank - x->axes;
    n->axes = (uint8_t)a->rank;
    for (int i = 0; i < a->rank; i++) {
        bool repeated = i < before || (x->shape[i - before] == 1 && a->shape[i] != 1);
        if (!repeated && x->shape[i - before] != a->shape[i])
            return refuse(n, "only axes of 1 repeat");
        n->shape[i] = a->shape[i];
        n->stride[i] = repeated ? 0 : x->stride[i - before];
    }
    return true;
}

bool shape_slice(node *n)
{
    const node *x = view_of_input(n);
    const op_attributes *a = &n->attr;
    int64_t begin = a->at[0], end = a->at[1], step = a->at[2];
    assert(a->axis < x->axes && 0 <= begin && begin <= end && end <= x->shape[a->axis]);
    assert(step >= 1);
    int64_t count = begin < end ? (end - begin - 1) / step + 1 : 0;
    if (count) /* of none, no place is a place in memory */
        n->offset += begin * x->stride[a->axis];
    n->shape[a->axis] = count;
    if (count > 1) /* the product may overflow else */
        n->stride[a->axis] *= step;
    return true;
}
