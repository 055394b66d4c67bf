/* Compositions that several families of public operations use, and axes as callers count them. */
#include "graph/compose.h"

#include "graph/storage.h"

bool axis_of(const node *x, const char *what, int axis, int *out)
{
    if (!x)
        return false;
    *out = axis < 0 ? axis + x->axes : axis;
    if (*out >= 0 && *out < x->axes)
        return true;
    char shape[NODE_SHAPE_SIZE];
    if (axis == STINT_ALL_AXES)
        return graph_fail(x->graph, "%s: of one axis, not of all: %s", what,
                          node_shape_text(x, shape));
    return graph_fail(x->graph, "%s: axis %d of a tensor of %d axes: %s", what, axis, x->axes,
                      node_shape_text(x, shape));
}

bool axis_between(const node *x, const char *what, int axis, int *out)
{
    if (!x)
        return false;
    *out = axis < 0 ? axis + x->axes + 1 : axis;
    if (*out >= 0 && *out <= x->axes && x->axes < STINT_AXES)
        return true;
    char shape[NODE_SHAPE_SIZE];
    return graph_fail(x->graph, "%s: a new axis %d of a tensor of %d axes: %s", what, axis, x->axes,
                      node_shape_text(x, shape));
}

bool axes_of(const node *x, const char *what, int axis, uint32_t *out)
{
    int one = 0;
    if (x && axis == STINT_ALL_AXES) {
        *out = (1u << x->axes) - 1;
        return true;
    }
    if (!axis_of(x, what, axis, &one))
        return false;
    *out = 1u << one;
    return true;
}

/* A leaf for the dtypes in which others count exactly, cast. */
node *build_arange(graph *g, stint_dtype d, int64_t n)
{
    if (!shape_check(g, "arange", d, 1, &n))
        return NULL;
    bool wide = d == STINT_F64, whole = d != STINT_F32 && !wide;
    stint_dtype counted = whole ? STINT_I64 : d;
    storage *s = storage_new(g, n * (int64_t)stint_dtype_bytes(counted));
    if (!s)
        return NULL;
    for (int64_t i = 0; i < n; i++)
        if (whole)
            ((int64_t *)(void *)s->at)[i] = i;
        else if (wide)
            ((double *)(void *)s->at)[i] = (double)i;
        else
            ((float *)(void *)s->at)[i] = (float)i;
    return build_cast(node_leaf(g, counted, 1, &n, NULL, s), d);
}

/* An index equals its class: compared as floats of the result's dtype, so that it fuses with
 * float work, where those count far enough. */
node *build_one_hot(node *index, int64_t classes, stint_dtype d)
{
    if (!index)
        return NULL;
    bool small = classes <= (int64_t)1 << 24;
    stint_dtype counted = d == STINT_F64 ? STINT_F64 : small ? STINT_F32 : STINT_I64;
    node *each = build_expand(build_cast(index, counted), index->axes);
    return build_cast(build_binary(OP_EQUAL, each, build_arange(index->graph, counted, classes)),
                      d);
}

static int64_t count_over(const node *x, uint32_t axes)
{
    int64_t count = 1;
    for (int i = 0; i < x->axes; i++)
        if (axes >> i & 1)
            count *= x->shape[i];
    return count;
}

/* Σ x / n */
node *build_mean(node *x, uint32_t axes, bool keep)
{
    if (!x)
        return NULL;
    node *sum = build_reduce(OP_SUM, build_wide(x), axes, keep);
    node *mean = sum ? build_div(sum, build_number(sum, (double)count_over(x, axes))) : NULL;
    return build_cast(mean, (stint_dtype)x->dtype);
}

/* Σ (x - mean)² / max(n - correction, 0), the mean first */
node *build_variance(node *x, uint32_t axes, int correction, bool keep)
{
    if (!x)
        return NULL;
    node *wide = build_wide(x);
    int64_t n = count_over(x, axes) - correction;
    node *apart = build_sub(wide, build_mean(wide, axes, true));
    node *squares = build_reduce(OP_SUM, build_unary(OP_SQUARE, apart), axes, keep);
    node *variance =
        squares ? build_div(squares, build_number(squares, n > 0 ? (double)n : 0)) : NULL;
    return build_cast(variance, (stint_dtype)x->dtype);
}

/* log(1 + eˣ) = max(x, 0) + log(1 + e^-|x|), by a choice that takes 0 for positive, so that all
 * derivatives are right there as well */
node *build_softplus(node *x)
{
    if (!x)
        return NULL;
    node *negative = build_binary(OP_LESS, x, build_number(x, 0)), *minus = build_unary(OP_NEG, x);
    node *least = build_where(negative, x, minus); /* -|x| */
    return build_add(build_where(negative, build_number(x, 0), x),
                     build_unary(OP_LOG1P, build_unary(OP_EXP, least)));
}
