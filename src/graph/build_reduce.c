/* Builders of reductions and of operations on rows.  What sums is computed in f32 for the half
 * precisions, and rounded once. */
#include "graph/compose.h"
#include "graph/windows.h"

#include <math.h>

node *build_wide(node *x)
{
    bool half = x && (x->dtype == STINT_F16 || x->dtype == STINT_BF16);
    return half ? build_cast(x, STINT_F32) : x;
}

node *build_reduce(op_code op, node *x, uint32_t axes, bool keep)
{
    if (!x)
        return NULL;
    stint_dtype d = (stint_dtype)x->dtype;
    if (op == OP_SUM) {
        x = node_is_float(x) ? build_wide(x) : build_cast(x, STINT_I64);
        d = node_is_float(x) ? d : STINT_I64;
    }
    if (axes)
        x = x ? node_make(x->graph, op, 1, &x, &(op_attributes){.axes = axes, .keep = keep}) : NULL;
    return build_cast(x, d);
}

/* Where whole rows are summed that values were put into: the values, as their rows, and the axes
 * that they are summed over; else x, and `axes` as they are. */
static node *less_to_sum(node *x, uint32_t *axes)
{
    const node *put = node_put_whole(x);
    int first = x->axes;
    for (int64_t n = 1; put && first > 0 && n < put->shape[1]; n *= x->shape[first])
        first--;
    uint32_t row = ((1u << x->axes) - 1) & ~((1u << first) - 1);
    if (!put || first == 0 || (*axes & row) != row)
        return x;
    int64_t shape[STINT_AXES], rows = 1;
    for (int i = 0; i < first; i++)
        rows *= shape[i] = x->shape[i];
    if (rows != put->shape[0])
        return x;
    shape[first] = put->in[0]->shape[1];
    *axes = (*axes & ~row) | 1u << first;
    return build_reshape(put->in[0], first + 1, shape);
}

node *build_sum_to(node *x, const node *like)
{
    if (!x)
        return NULL;
    uint32_t axes = 0;
    int before = x->axes - like->axes;
    for (int i = before; i < x->axes; i++)
        if (like->shape[i - before] == 1 && x->shape[i] != 1)
            axes |= 1u << i;
    uint32_t added = (1u << before) - 1;
    if (!axes) /* no reshape: what follows can be fused */
        return build_reduce(OP_SUM, x, added, false);
    axes |= added;
    x = less_to_sum(x, &axes);
    return build_reshape(build_reduce(OP_SUM, x, axes, true), like->axes, like->shape);
}

/* Of rows of no elements: as many, or log 0 each, by a sum of them so that it depends on x. */
static node *of_empty_rows(op_code op, node *x)
{
    if (op != OP_LOG_SUM_EXP)
        return x;
    return build_add_number(build_reduce(OP_SUM, x, 1u << (x->axes - 1), false), -(double)INFINITY);
}

/* Rows must lie in memory, element beside element. */
static node *as_rows(node *x)
{
    int last = x->axes - 1;
    bool scattered = last >= 0 && x->shape[last] > 1 && x->stride[last] != 1;
    return scattered || x->root->op == OP_FULL ? build_unary(OP_COPY, x) : x;
}

node *build_row(op_code op, node *x, double eps)
{
    if (!x)
        return NULL;
    stint_dtype d = (stint_dtype)x->dtype;
    bool arg = op == OP_ARGMAX || op == OP_ARGMIN;
    if (x->axes && !x->shape[x->axes - 1] && node_is_float(x) && !arg)
        return of_empty_rows(op, x);
    x = arg && !node_is_float(x) ? build_cast(x, STINT_F64) : build_wide(x);
    x = x ? as_rows(x) : NULL;
    node *n = x ? node_make(x->graph, op, 1, &x, &(op_attributes){.value = eps}) : NULL;
    return arg ? n : build_cast(n, d);
}
