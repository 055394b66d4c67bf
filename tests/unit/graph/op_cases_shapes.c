#include "unit/graph/op_cases.h"

/* Views, padding and joining.  Those that take their place in memory from another view (of a
 * transposed, of a sliced one) are here; any layout for any operation is in test_op_variants. */

static stint_tensor *reshape(const op_case *c, stint_tensor *const *in)
{
    return stint_reshape(in[0], c->at.axes, c->at.shape);
}

static stint_tensor *reshape_transposed(const op_case *c, stint_tensor *const *in)
{
    return stint_reshape(stint_transpose(in[0], 0, 1), c->at.axes, c->at.shape);
}

static stint_tensor *transpose(const op_case *c, stint_tensor *const *in)
{
    return stint_transpose(in[0], c->at.axis, c->at.other);
}

static stint_tensor *permute(const op_case *c, stint_tensor *const *in)
{
    return stint_permute(in[0], c->at.order);
}

static stint_tensor *broadcast(const op_case *c, stint_tensor *const *in)
{
    return stint_broadcast(in[0], c->at.axes, c->at.shape);
}

static stint_tensor *slice(const op_case *c, stint_tensor *const *in)
{
    return stint_slice(in[0], c->at.axis, c->at.at[0], c->at.at[1], c->at.at[2]);
}

static stint_tensor *slice_of_slice(const op_case *c, stint_tensor *const *in)
{
    return stint_slice(stint_slice(in[0], 0, 1, INT64_MAX, 1), c->at.axis, c->at.at[0], c->at.at[1],
                       c->at.at[2]);
}

static stint_tensor *pad(const op_case *c, stint_tensor *const *in)
{
    return stint_pad(in[0], c->at.axis, c->at.at[0], c->at.at[1], c->at.a);
}

static stint_tensor *concat(const op_case *c, stint_tensor *const *in)
{
    return stint_concat(c->inputs, in, c->at.axis);
}

static stint_tensor *concat_twice(const op_case *c, stint_tensor *const *in)
{
    return stint_concat(3, (stint_tensor *[]){in[0], in[1], in[0]}, c->at.axis);
}

static stint_tensor *stack(const op_case *c, stint_tensor *const *in)
{
    return stint_stack(c->inputs, in, c->at.axis);
}

/* What is linear, of any dtype, over one input. */
#define SHAPE_CASE(name_, ...)                                                                     \
    {                                                                                              \
        .name = name_, .inputs = 1, .dtypes = OP_ALL, .flags = OP_SMOOTH, __VA_ARGS__              \
    }
#define TO(...)           .at = {.axes = OP_COUNT_(__VA_ARGS__), .shape = {__VA_ARGS__}}
#define ALONG(axis_, ...) .at = {.axis = axis_, .at = {__VA_ARGS__}}
#define SLICE(text, shape, ...)                                                                    \
    SHAPE_CASE("slice " text, .in = {shape}, ALONG(__VA_ARGS__), .build = slice)
#define PAD(text, shape, value, axis_, before, after)                                              \
    SHAPE_CASE("pad " text, .in = {shape},                                                         \
               .at = {.axis = axis_, .at = {before, after}, .a = value}, .build = pad)
#define EXPAND(text, axis_)                                                                        \
    SHAPE_CASE("expand_axis " text, .in = {IN(-2, 2, 2, 3)}, .at = {.axis = axis_},                \
               .by_axis = stint_expand_axis)
#define SQUEEZE(text, axis_, ...)                                                                  \
    SHAPE_CASE("squeeze_axis " text, .in = {IN(-2, 2, __VA_ARGS__)}, .at = {.axis = axis_},        \
               .by_axis = stint_squeeze_axis)

const op_case op_cases_shapes[] = {
    SHAPE_CASE("reshape [2,6] to [3,4]", .in = {IN(-2, 2, 2, 6)}, TO(3, 4), .build = reshape),
    SHAPE_CASE("reshape [2,6] to [2,-1,2]", .in = {IN(-2, 2, 2, 6)}, TO(2, -1, 2),
               .build = reshape),
    SHAPE_CASE("reshape [2,3] to [-1]", .in = {IN(-2, 2, 2, 3)}, TO(-1), .build = reshape),
    SHAPE_CASE("reshape [1,1] to []", .in = {IN(-2, 2, 1, 1)}, .build = reshape),
    SHAPE_CASE("reshape [] to [1,1]", .in = {IN_SCALAR(1, 2)}, TO(1, 1), .build = reshape),
    SHAPE_CASE("reshape [2,3] transposed to [6]", .in = {IN(-2, 2, 2, 3)}, TO(6),
               .build = reshape_transposed),
    SHAPE_CASE("reshape [2,3,2] transposed to [3,4]", .in = {IN(-2, 2, 2, 3, 2)}, TO(3, 4),
               .build = reshape_transposed),
    SHAPE_CASE("transpose [2,3]", .in = {IN(-2, 2, 2, 3)}, .at = {.axis = 0, .other = 1},
               .build = transpose),
    SHAPE_CASE("transpose [2,3,4] 0,-1", .in = {IN(-2, 2, 2, 3, 4)}, .at = {.axis = 0, .other = -1},
               .build = transpose),
    SHAPE_CASE("transpose [2,3] 1,1", .in = {IN(-2, 2, 2, 3)}, .at = {.axis = 1, .other = 1},
               .build = transpose),
    SHAPE_CASE("permute [2,3,4] 2,0,1", .in = {IN(-2, 2, 2, 3, 4)}, .at = {.order = {2, 0, 1}},
               .build = permute),
    SHAPE_CASE("permute [2,3,2,2] 1,3,2,0", .in = {IN(-2, 2, 2, 3, 2, 2)},
               .at = {.order = {1, 3, 2, 0}}, .build = permute),
    SHAPE_CASE("broadcast [3,1] to [2,3,4]", .in = {IN(-2, 2, 3, 1)}, TO(2, 3, 4),
               .build = broadcast),
    SHAPE_CASE("broadcast [3] to [2,3]", .in = {IN(-2, 2, 3)}, TO(2, 3), .build = broadcast),
    SHAPE_CASE("broadcast [] to [2,2]", .in = {IN_SCALAR(1, 2)}, TO(2, 2), .build = broadcast),
    SHAPE_CASE("broadcast [2,3] to [2,3]", .in = {IN(-2, 2, 2, 3)}, TO(2, 3), .build = broadcast),
    EXPAND("0", 0),
    EXPAND("1", 1),
    EXPAND("2", 2),
    EXPAND("-1", -1),
    SQUEEZE("0", 0, 1, 2, 3),
    SQUEEZE("1", 1, 2, 1, 3),
    SQUEEZE("-1", -1, 2, 3, 1),
    SLICE("1:3", IN(-2, 2, 4, 3), 0, 1, 3, 1),
    SLICE("-2:", IN(-2, 2, 4, 3), 0, -2, INT64_MAX, 1),
    SLICE(":-1", IN(-2, 2, 3, 4), 1, 0, -1, 1),
    SLICE("::2", IN(-2, 2, 2, 5), -1, 0, INT64_MAX, 2),
    SLICE("1:6:3", IN(-2, 2, 7, 2), 0, 1, 6, 3),
    SLICE(":99", IN(-2, 2, 3, 2), 0, 0, 99, 1),
    SHAPE_CASE("slice of a slice", .in = {IN(-2, 2, 5, 4)}, ALONG(1, 0, INT64_MAX, 2),
               .build = slice_of_slice),
    PAD("axis 0", IN(-2, 2, 2, 3), 0, 0, 1, 2),
    PAD("axis -1 with 1", IN(-2, 2, 2, 3), 1, -1, 2, 0),
    PAD("nothing", IN(-2, 2, 2, 3), 1, 0, 0, 0),
    {.name = "concat axis 0",
     .inputs = 2,
     .in = {IN(-2, 2, 2, 3), IN(-2, 2, 1, 3)},
     .dtypes = OP_ALL,
     .flags = OP_SMOOTH,
     .build = concat},
    {.name = "concat axis -1",
     .inputs = 3,
     .in = {IN(-2, 2, 2, 1), IN(-2, 2, 2, 3), IN(-2, 2, 2, 2)},
     .dtypes = OP_ALL,
     .flags = OP_SMOOTH,
     .at = {.axis = -1},
     .build = concat},
    {.name = "concat of one",
     .inputs = 1,
     .in = {IN(-2, 2, 2, 2)},
     .dtypes = OP_ALL,
     .flags = OP_SMOOTH,
     .build = concat},
    {.name = "concat one twice",
     .inputs = 2,
     .in = {IN(-2, 2, 2, 2), IN(-2, 2, 2, 1)},
     .dtypes = OP_ALL,
     .flags = OP_SMOOTH,
     .at = {.axis = 1},
     .build = concat_twice},
    {.name = "stack axis 0",
     .inputs = 3,
     .in = {IN(-2, 2, 2, 2), IN(-2, 2, 2, 2), IN(-2, 2, 2, 2)},
     .dtypes = OP_ALL,
     .flags = OP_SMOOTH,
     .build = stack},
    {.name = "stack axis -1",
     .inputs = 2,
     .in = {IN(-2, 2, 2, 3), IN(-2, 2, 2, 3)},
     .dtypes = OP_ALL,
     .flags = OP_SMOOTH,
     .at = {.axis = -1},
     .build = stack},
    {.name = "stack scalars",
     .inputs = 2,
     .in = {IN_SCALAR(1, 2), IN_SCALAR(2, 3)},
     .dtypes = OP_ALL,
     .flags = OP_SMOOTH,
     .build = stack},
    {.name = NULL},
};
