/* Tensors made of numbers alone. */
#include "graph/compose.h"

/* A caller's constant, whose gradient may be asked for: node_is_constant */
static node *full_of_caller(graph *g, stint_dtype d, int axes, const int64_t *shape, double value)
{
    if (!g || !shape_check(g, "full", d, axes, shape))
        return NULL;
    op_attributes attr = {.value = dtype_round(d, value), .at = {1}, .rank = axes, .dtype = d};
    for (int i = 0; i < axes; i++)
        attr.shape[i] = shape[i];
    return node_make(g, OP_FULL, 0, NULL, &attr);
}

stint_tensor *stint_full(stint_context *ctx, stint_dtype d, int axes, const int64_t *shape,
                         double value)
{
    graph *g = graph_of(ctx);
    return g ? graph_tensor_of(g, full_of_caller(g, d, axes, shape, value)) : NULL;
}

stint_tensor *stint_scalar(stint_context *ctx, stint_dtype d, double value)
{
    return stint_full(ctx, d, STINT_SCALAR, value);
}

stint_tensor *stint_arange(stint_context *ctx, stint_dtype d, int64_t n)
{
    graph *g = graph_of(ctx);
    return g ? graph_tensor_of(g, build_arange(g, d, n)) : NULL;
}
