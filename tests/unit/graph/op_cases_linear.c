#include "unit/graph/op_cases.h"

/* Products of matrices; normalisation. */

#define MATMUL(a_, b_, in_a, in_b)                                                                 \
    {                                                                                              \
        .name = "matmul " a_ "," b_, .inputs = 2, .in = {in_a, in_b}, .dtypes = OP_FLOATS,         \
        .flags = OP_SMOOTH, .binary = stint_matmul                                                 \
    }

static stint_tensor *matmul_of_transposed(const op_case *c, stint_tensor *const *in)
{
    stint_tensor *a = c->at.axis & 1 ? stint_transpose(in[0], -1, -2) : in[0];
    stint_tensor *b = c->at.axis & 2 ? stint_transpose(in[1], -1, -2) : in[1];
    return stint_matmul(a, b);
}

static stint_tensor *gram(stint_tensor *x)
{
    return stint_matmul(stint_transpose(x, 0, 1), x);
}

static stint_tensor *linear(const op_case *c, stint_tensor *const *in)
{
    return stint_linear(in[0], in[1], c->inputs > 2 ? in[2] : NULL);
}

static stint_tensor *layer_norm(const op_case *c, stint_tensor *const *in)
{
    bool has_gain = c->at.axis & 1, has_bias = c->at.axis & 2;
    return stint_layer_norm(in[0], has_gain ? in[1] : NULL, has_bias ? in[1 + has_gain] : NULL,
                            c->at.a);
}

static stint_tensor *batch_norm_training(const op_case *c, stint_tensor *const *in)
{
    stint_batch_norm_state s = {.training = true};
    return stint_batch_norm(in[0], c->inputs > 1 ? in[1] : NULL, c->inputs > 2 ? in[2] : NULL, &s);
}

static stint_tensor *batch_norm_running(const op_case *c, stint_tensor *const *in)
{
    stint_batch_norm_state s = {
        .running_mean = in[c->inputs - 2], .running_variance = in[c->inputs - 1], .eps = 1e-3};
    return stint_batch_norm(in[0], c->inputs > 3 ? in[1] : NULL, NULL, &s);
}

/* Statistics: without gradient, as they come from elsewhere. */
#define IN_STATISTICS(low_, high_, n)                                                              \
    {                                                                                              \
        .axes = 1, .shape = {n}, .low = low_, .high = high_                                        \
    }

const op_case op_cases_linear[] = {
    MATMUL("[2,3]", "[3,4]", IN(-2, 2, 2, 3), IN(-2, 2, 3, 4)),
    MATMUL("[1,5]", "[5,1]", IN(-2, 2, 1, 5), IN(-2, 2, 5, 1)),
    MATMUL("[3,1]", "[1,2]", IN(-2, 2, 3, 1), IN(-2, 2, 1, 2)),
    MATMUL("[2,2,3]", "[2,3,2]", IN(-2, 2, 2, 2, 3), IN(-2, 2, 2, 3, 2)),
    MATMUL("[2,1,2,3]", "[2,3,2]", IN(-2, 2, 2, 1, 2, 3), IN(-2, 2, 2, 3, 2)),
    MATMUL("[2,3]", "[2,3,2]", IN(-2, 2, 2, 3), IN(-2, 2, 2, 3, 2)),
    MATMUL("[2,2,3]", "[3,2]", IN(-2, 2, 2, 2, 3), IN(-2, 2, 3, 2)),
    {.name = "matmul [3,2]T,[3,4]",
     .inputs = 2,
     .in = {IN(-2, 2, 3, 2), IN(-2, 2, 3, 4)},
     .dtypes = OP_FLOATS,
     .flags = OP_SMOOTH,
     .at = {.axis = 1},
     .build = matmul_of_transposed},
    {.name = "matmul [2,3],[4,3]T",
     .inputs = 2,
     .in = {IN(-2, 2, 2, 3), IN(-2, 2, 4, 3)},
     .dtypes = OP_FLOATS,
     .flags = OP_SMOOTH,
     .at = {.axis = 2},
     .build = matmul_of_transposed},
    {.name = "matmul [2,3,2]T,[2,4,3]T",
     .inputs = 2,
     .in = {IN(-2, 2, 2, 3, 2), IN(-2, 2, 2, 4, 3)},
     .dtypes = OP_FLOATS,
     .flags = OP_SMOOTH,
     .at = {.axis = 3},
     .build = matmul_of_transposed},
    {.name = "matmul xTx",
     .inputs = 1,
     .in = {IN(-2, 2, 4, 3)},
     .dtypes = OP_FLOATS,
     .flags = OP_SMOOTH,
     .unary = gram},
    {.name = "linear [2,3]",
     .inputs = 3,
     .in = {IN(-2, 2, 2, 3), IN(-2, 2, 3, 4), IN(-2, 2, 4)},
     .dtypes = OP_FLOATS,
     .flags = OP_SMOOTH,
     .build = linear},
    {.name = "linear [2,2,3]",
     .inputs = 3,
     .in = {IN(-2, 2, 2, 2, 3), IN(-2, 2, 3, 2), IN(-2, 2, 2)},
     .dtypes = OP_FLOATS,
     .flags = OP_SMOOTH,
     .build = linear},
    {.name = "linear without bias",
     .inputs = 2,
     .in = {IN(-2, 2, 2, 3), IN(-2, 2, 3, 2)},
     .dtypes = OP_FLOATS,
     .flags = OP_SMOOTH,
     .build = linear},
    {.name = "layer_norm",
     .inputs = 3,
     .in = {IN(-2, 2, 2, 2, 4), IN(0.5, 2, 4), IN(-1, 1, 4)},
     .dtypes = OP_FLOATS,
     .flags = OP_SMOOTH,
     .at = {.axis = 3, .a = 1e-5},
     .build = layer_norm},
    {.name = "layer_norm gain alone",
     .inputs = 2,
     .in = {IN(-2, 2, 3, 4), IN(0.5, 2, 4)},
     .dtypes = OP_FLOATS,
     .flags = OP_SMOOTH,
     .at = {.axis = 1, .a = 1e-3},
     .build = layer_norm},
    {.name = "layer_norm bias alone",
     .inputs = 2,
     .in = {IN(-2, 2, 3, 4), IN(-1, 1, 4)},
     .dtypes = OP_FLOATS,
     .flags = OP_SMOOTH,
     .at = {.axis = 2, .a = 0.125},
     .build = layer_norm},
    {.name = "layer_norm plain",
     .inputs = 1,
     .in = {IN(-2, 2, 3, 5)},
     .dtypes = OP_FLOATS,
     .flags = OP_SMOOTH,
     .at = {.a = 1e-5},
     .build = layer_norm},
    {.name = "batch_norm training [4,3]",
     .inputs = 3,
     .in = {IN(-2, 2, 4, 3), IN(0.5, 2, 3), IN(-1, 1, 3)},
     .dtypes = OP_FLOATS,
     .flags = OP_SMOOTH,
     .build = batch_norm_training},
    {.name = "batch_norm training [2,3,4]",
     .inputs = 1,
     .in = {IN(-2, 2, 2, 3, 4)},
     .dtypes = OP_FLOATS,
     .flags = OP_SMOOTH,
     .build = batch_norm_training},
    {.name = "batch_norm running [4,3]",
     .inputs = 4,
     .in = {IN(-2, 2, 4, 3), IN(0.5, 2, 3), IN_STATISTICS(-1, 1, 3), IN_STATISTICS(0.5, 2, 3)},
     .dtypes = OP_FLOATS,
     .flags = OP_SMOOTH,
     .build = batch_norm_running},
    {.name = "batch_norm running [2,3,2]",
     .inputs = 3,
     .in = {IN(-2, 2, 2, 3, 2), IN_STATISTICS(-1, 1, 3), IN_STATISTICS(0.5, 2, 3)},
     .dtypes = OP_FLOATS,
     .flags = OP_SMOOTH,
     .build = batch_norm_running},
    {.name = NULL},
};
