#include "unit/graph/op_cases.h"

/* Reductions over each axis and over all, softmax and its kin. */

#define REDUCTION(name_, text, f, dtypes_, flags_, axis_, keep_)                                   \
    {                                                                                              \
        .name = #name_ " " text, .inputs = 1, .in = {IN(-2, 2, 2, 3, 4)}, .dtypes = dtypes_,       \
        .flags = flags_, .at = {.axis = axis_, .keep = keep_}, .reduction = f                      \
    }
#define REDUCTIONS(name, f, dtypes, flags)                                                         \
    REDUCTION(name, "axis 0", f, dtypes, flags, 0, false),                                         \
        REDUCTION(name, "axis 1", f, dtypes, flags, 1, false),                                     \
        REDUCTION(name, "axis -1", f, dtypes, flags, -1, false),                                   \
        REDUCTION(name, "all", f, dtypes, flags, STINT_ALL_AXES, false),                           \
        REDUCTION(name, "axis 0 keep", f, dtypes, flags, 0, true),                                 \
        REDUCTION(name, "axis -2 keep", f, dtypes, flags, -2, true),                               \
        REDUCTION(name, "axis 2 keep", f, dtypes, flags, 2, true),                                 \
        REDUCTION(name, "all keep", f, dtypes, flags, STINT_ALL_AXES, true)
#define ARG(name_, text, f, axis_, keep_)                                                          \
    {                                                                                              \
        .name = #name_ " " text, .inputs = 1, .in = {IN_WHOLE(0, 5, 3, 4, 2)},                     \
        .dtypes = OP_NUMBERS | OP_U8, .flags = OP_TO_I64, .at = {.axis = axis_, .keep = keep_},    \
        .reduction = f                                                                             \
    }
#define ARGS(name, f)                                                                              \
    ARG(name, "axis 0", f, 0, false), ARG(name, "axis 1", f, 1, false),                            \
        ARG(name, "axis -1", f, -1, false), ARG(name, "axis 1 keep", f, 1, true)
/* Rows of NaN, of infinities, of zeros of both signs, of numbers far apart. */
#define AWKWARD(name_, f, flags_)                                                                  \
    {                                                                                              \
        .name = #name_ " awkward", .inputs = 1, .in = {IN(0, 1, 11, 4)}, .dtypes = OP_WIDE,        \
        .flags = OP_ORACLE | (flags_), .at = {.axis = 1}, .reduction = f                           \
    }
#define BY_AXIS(name_, text, f, axis_)                                                             \
    {                                                                                              \
        .name = #name_ " " text, .inputs = 1, .in = {IN(-2, 2, 2, 3, 4)}, .dtypes = OP_FLOATS,     \
        .flags = OP_SMOOTH, .at = {.axis = axis_}, .by_axis = f                                    \
    }
#define BY_AXES(name_, f)                                                                          \
    BY_AXIS(name_, "axis 0", f, 0), BY_AXIS(name_, "axis 1", f, 1),                                \
        BY_AXIS(name_, "axis -1", f, -1),                                                          \
    {                                                                                              \
        .name = #name_ " awkward", .inputs = 1, .in = {IN(0, 1, 11, 4)}, .dtypes = OP_WIDE,        \
        .flags = OP_ORACLE, .at = {.axis = -1}, .by_axis = f                                       \
    }
#define TIES(name_, f)                                                                             \
    {                                                                                              \
        .name = #name_ " ties", .inputs = 1, .in = {IN(0, 0, 3, 4)}, .dtypes = OP_WIDE,            \
        .flags = OP_NOT_NUMERIC, .at = {.axis = 1}, .reduction = f                                 \
    }

static stint_tensor *variance(const op_case *c, stint_tensor *const *in)
{
    return stint_variance(in[0], c->at.axis, (int)c->at.at[0], c->at.keep);
}

#define VARIANCE(text, axis_, correction, keep_)                                                   \
    {                                                                                              \
        .name = "variance " text, .inputs = 1, .in = {IN(-2, 2, 2, 3, 4)}, .dtypes = OP_FLOATS,    \
        .flags = OP_SMOOTH, .at = {.axis = axis_, .at = {correction}, .keep = keep_},              \
        .build = variance                                                                          \
    }

const op_case op_cases_reductions[] = {
    REDUCTIONS(sum, stint_sum, OP_NUMBERS, OP_SMOOTH | OP_SUMS),
    REDUCTIONS(mean, stint_mean, OP_FLOATS, OP_SMOOTH),
    REDUCTIONS(max, stint_max, OP_NUMBERS, 0),
    REDUCTIONS(min, stint_min, OP_NUMBERS, 0),
    REDUCTIONS(log_sum_exp, stint_log_sum_exp, OP_FLOATS, OP_SMOOTH),
    AWKWARD(sum, stint_sum, 0),
    AWKWARD(mean, stint_mean, 0),
    AWKWARD(max, stint_max, OP_RELATIVE),
    AWKWARD(min, stint_min, OP_RELATIVE),
    AWKWARD(log_sum_exp, stint_log_sum_exp, OP_RELATIVE),
    AWKWARD(argmax, stint_argmax, OP_TO_I64),
    AWKWARD(argmin, stint_argmin, OP_TO_I64),
    TIES(max, stint_max),
    TIES(min, stint_min),
    ARGS(argmax, stint_argmax),
    ARGS(argmin, stint_argmin),
    VARIANCE("axis 0", 0, 0, false),
    VARIANCE("axis 1 sample", 1, 1, false),
    VARIANCE("axis -1 sample keep", -1, 1, true),
    VARIANCE("all", STINT_ALL_AXES, 0, false),
    VARIANCE("all sample keep", STINT_ALL_AXES, 1, true),
    {.name = "variance far from 0",
     .inputs = 1,
     .in = {IN(65536, 65537, 3, 16)},
     .dtypes = OP_WIDE,
     .flags = OP_SMOOTH | OP_DELICATE,
     .at = {.axis = 1},
     .build = variance},
    BY_AXES(softmax, stint_softmax),
    BY_AXES(log_softmax, stint_log_softmax),
    {.name = "sum of one",
     .inputs = 1,
     .in = {IN(-2, 2, 1)},
     .dtypes = OP_NUMBERS,
     .flags = OP_SMOOTH | OP_SUMS,
     .reduction = stint_sum},
    {.name = "sum of a scalar",
     .inputs = 1,
     .in = {IN_SCALAR(-2, 2)},
     .dtypes = OP_NUMBERS,
     .flags = OP_SMOOTH | OP_SUMS,
     .at = {.axis = STINT_ALL_AXES},
     .reduction = stint_sum},
    {.name = "softmax of one",
     .inputs = 1,
     .in = {IN(-2, 2, 3, 1)},
     .dtypes = OP_FLOATS,
     .flags = OP_FLAT,
     .at = {.axis = 1},
     .by_axis = stint_softmax},
    {.name = NULL},
};
