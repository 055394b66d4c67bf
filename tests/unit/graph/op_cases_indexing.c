#include "unit/graph/op_cases.h"

/* By index: gathering, scattering, one-hot, embeddings. */

static stint_tensor *gather(const op_case *c, stint_tensor *const *in)
{
    return stint_gather(in[0], in[1], c->at.axis);
}

static stint_tensor *scatter_add(const op_case *c, stint_tensor *const *in)
{
    return stint_scatter_add(in[0], in[1], c->at.axis, c->at.at[0]);
}

static stint_tensor *one_hot(const op_case *c, stint_tensor *const *in)
{
    return stint_one_hot(in[0], c->at.at[0], c->at.dtype);
}

/* Of any dtype: `index` has the numbers 0 … most in it, all of them where it has room. */
#define GATHER(text, axis_, x, index)                                                              \
    {                                                                                              \
        .name = "gather " text, .inputs = 2, .in = {x, index}, .dtypes = OP_ALL,                   \
        .flags = OP_SMOOTH, .at = {.axis = axis_}, .build = gather                                 \
    }
#define SCATTER(text, axis_, size, x, index)                                                       \
    {                                                                                              \
        .name = "scatter_add " text, .inputs = 2, .in = {x, index}, .dtypes = OP_NUMBERS,          \
        .flags = OP_SMOOTH, .at = {.axis = axis_, .at = {size}}, .build = scatter_add              \
    }
#define ONE_HOT(text, dtype_, index, classes)                                                      \
    {                                                                                              \
        .name = "one_hot " text, .inputs = 1, .in = {index}, .dtypes = OP_F64,                     \
        .at = {.at = {classes}, .dtype = dtype_}, .build = one_hot                                 \
    }

const op_case op_cases_indexing[] = {
    GATHER("axis 0 by [4]", 0, IN(-2, 2, 3, 2), IN_INDEX(STINT_I64, 2, 4)),
    GATHER("axis 1 by [2,2]", 1, IN(-2, 2, 2, 3, 2), IN_INDEX(STINT_I32, 2, 2, 2)),
    GATHER("axis -1 by [5]", -1, IN(-2, 2, 2, 3), IN_INDEX(STINT_I64, 2, 5)),
    GATHER("[4] by [2,3]", 0, IN(-2, 2, 4), IN_INDEX(STINT_I32, 3, 2, 3)),
    GATHER("axis 0 by one", 0, IN(-2, 2, 3, 2), IN_INDEX(STINT_I64, 0, 1)),
    {.name = "gather outside",
     .inputs = 2,
     .in = {IN(-2, 2, 3, 2), IN_INDEX(STINT_I64, 0, 5)},
     .dtypes = OP_WIDE,
     .flags = OP_ORACLE,
     .build = gather},
    SCATTER("axis 0 by [5]", 0, 4, IN(-2, 2, 5, 2), IN_INDEX(STINT_I64, 3, 5)),
    SCATTER("axis 1 by [2,2]", 1, 3, IN(-2, 2, 2, 2, 2, 2), IN_INDEX(STINT_I32, 2, 2, 2)),
    SCATTER("axis -1 by [3]", -1, 5, IN(-2, 2, 2, 3), IN_INDEX(STINT_I64, 2, 3)),
    {.name = "scatter_add outside",
     .inputs = 2,
     .in = {IN(-2, 2, 5, 2), IN_INDEX(STINT_I64, 0, 5)},
     .dtypes = OP_WIDE,
     .flags = OP_ORACLE,
     .at = {.at = {3}},
     .build = scatter_add},
    {.name = "embedding by [2,3]",
     .inputs = 2,
     .in = {IN(-2, 2, 5, 3), IN_INDEX(STINT_I32, 4, 2, 3)},
     .dtypes = OP_FLOATS,
     .flags = OP_SMOOTH,
     .binary = stint_embedding},
    ONE_HOT("[4] of 3 f64", STINT_F64, IN_INDEX(STINT_I64, 2, 4), 3),
    ONE_HOT("[2,3] of 4 f32", STINT_F32, IN_INDEX(STINT_I32, 3, 2, 3), 4),
    ONE_HOT("[3] of 5 i32", STINT_I32, IN_INDEX(STINT_I32, 2, 3), 5),
    {.name = NULL},
};
