#include "unit/graph/op_cases.h"

#include <math.h>

/* Operations of two operands, where, casts, and those with a number. */

/* A row for each pattern of broadcasting.  Ranges of a and of b. */
#define PAIR(name_, a_, b_, f, dtypes_, flags_, in_a, in_b)                                        \
    {                                                                                              \
        .name = #name_ " " a_ "," b_, .inputs = 2, .in = {in_a, in_b}, .dtypes = dtypes_,          \
        .flags = flags_, .binary = f                                                               \
    }
#define BROADCASTS(name, f, dtypes, flags, la, ha, lb, hb)                                         \
    PAIR(name, "[2,3]", "[2,3]", f, dtypes, (flags) | OP_ELEMENTWISE, IN(la, ha, 2, 3),            \
         IN(lb, hb, 2, 3)),                                                                        \
        PAIR(name, "[2,3]", "[3]", f, dtypes, flags, IN(la, ha, 2, 3), IN(lb, hb, 3)),             \
        PAIR(name, "[3]", "[2,3]", f, dtypes, flags, IN(la, ha, 3), IN(lb, hb, 2, 3)),             \
        PAIR(name, "[2,1]", "[1,3]", f, dtypes, flags, IN(la, ha, 2, 1), IN(lb, hb, 1, 3)),        \
        PAIR(name, "[2,3]", "[]", f, dtypes, flags, IN(la, ha, 2, 3), IN_SCALAR(lb, hb)),          \
        PAIR(name, "[]", "[2,3]", f, dtypes, flags, IN_SCALAR(la, ha), IN(lb, hb, 2, 3)),          \
        PAIR(name, "[]", "[]", f, dtypes, flags, IN_SCALAR(la, ha), IN_SCALAR(lb, hb)),            \
        PAIR(name, "[2,1,3]", "[4,1]", f, dtypes, flags, IN(la, ha, 2, 1, 3), IN(lb, hb, 4, 1)),   \
        PAIR(name, "[1]", "[2,2]", f, dtypes, flags, IN(la, ha, 1), IN(lb, hb, 2, 2)),             \
        PAIR(name, "[2,1,2,1]", "[3,1,2]", f, dtypes, flags, IN(la, ha, 2, 1, 2, 1),               \
             IN(lb, hb, 3, 1, 2))
#define AWKWARD_PAIR(name_, f, dtypes_)                                                            \
    {                                                                                              \
        .name = #name_ " awkward", .inputs = 2, .in = {IN(0, 1, 64), IN(0, 1, 64)},                \
        .dtypes = dtypes_, .flags = OP_ORACLE | OP_RELATIVE, .binary = f                           \
    }
#define COMPARISON(name_, f)                                                                       \
    {.name = #name_ " [3,3],[3]",                                                                  \
     .inputs = 2,                                                                                  \
     .in = {IN_WHOLE(0, 3, 3, 3), IN_WHOLE(0, 2, 3)},                                              \
     .dtypes = OP_NUMBERS | OP_U8,                                                                 \
     .flags = OP_TO_BOOL,                                                                          \
     .binary = f},                                                                                 \
    {                                                                                              \
        .name = #name_ " awkward", .inputs = 2, .in = {IN(0, 1, 64), IN(0, 1, 64)},                \
        .dtypes = OP_WIDE, .flags = OP_ORACLE | OP_TO_BOOL, .binary = f                            \
    }

static stint_tensor *choose(const op_case *c, stint_tensor *const *in)
{
    (void)c;
    return stint_where(in[0], in[1], in[2]);
}

static stint_tensor *add_number(const op_case *c, stint_tensor *const *in)
{
    return stint_add_number(in[0], c->at.a);
}

static stint_tensor *mul_number(const op_case *c, stint_tensor *const *in)
{
    return stint_mul_number(in[0], c->at.a);
}

static stint_tensor *pow_number(const op_case *c, stint_tensor *const *in)
{
    return stint_pow_number(in[0], c->at.a);
}

/* There and back: differences of numbers that the narrower dtype has are exact. */
static stint_tensor *cast_through(const op_case *c, stint_tensor *const *in)
{
    return stint_cast(stint_cast(in[0], c->at.dtype), stint_tensor_dtype(in[0]));
}

static stint_tensor *cast_to(const op_case *c, stint_tensor *const *in)
{
    return stint_cast(in[0], c->at.dtype);
}

#define POW_NUMBER(text, number, low, high)                                                        \
    {                                                                                              \
        .name = "pow_number " text, .inputs = 1, .in = {IN(low, high, 2, 3)}, .dtypes = OP_FLOATS, \
        .flags = OP_SMOOTH | OP_ELEMENTWISE, .at = {.a = number}, .build = pow_number              \
    }

const op_case op_cases_pairs[] = {
    BROADCASTS(add, stint_add, OP_NUMBERS, OP_SMOOTH, -2, 2, -3, 1),
    BROADCASTS(sub, stint_sub, OP_NUMBERS, OP_SMOOTH, -2, 2, -3, 1),
    BROADCASTS(mul, stint_mul, OP_NUMBERS, OP_SMOOTH, -2, 2, 0.5, 3),
    BROADCASTS(div, stint_div, OP_FLOATS, OP_SMOOTH, -2, 2, 0.5, 3),
    BROADCASTS(pow, stint_pow, OP_FLOATS, OP_SMOOTH, 0.5, 2, -2, 2.5),
    BROADCASTS(maximum, stint_maximum, OP_NUMBERS, 0, -2, 2, -1.75, 1.75),
    BROADCASTS(minimum, stint_minimum, OP_NUMBERS, 0, -2, 2, -1.75, 1.75),
    AWKWARD_PAIR(add, stint_add, OP_WIDE),
    AWKWARD_PAIR(sub, stint_sub, OP_WIDE),
    AWKWARD_PAIR(mul, stint_mul, OP_WIDE),
    AWKWARD_PAIR(div, stint_div, OP_WIDE),
    AWKWARD_PAIR(pow, stint_pow, OP_WIDE),
    AWKWARD_PAIR(maximum, stint_maximum, OP_WIDE),
    AWKWARD_PAIR(minimum, stint_minimum, OP_WIDE),

    COMPARISON(equal, stint_equal),
    COMPARISON(not_equal, stint_not_equal),
    COMPARISON(less, stint_less),
    COMPARISON(less_equal, stint_less_equal),
    COMPARISON(greater, stint_greater),
    COMPARISON(greater_equal, stint_greater_equal),
    {.name = "logical_not [2,3]",
     .inputs = 1,
     .in = {IN_CONDITION(2, 3)},
     .dtypes = OP_BOOL,
     .flags = OP_TO_BOOL,
     .unary = stint_logical_not},

    {.name = "where [2,3],[2,3],[2,3]",
     .inputs = 3,
     .in = {IN_CONDITION(2, 3), IN(-2, 2, 2, 3), IN(-2, 2, 2, 3)},
     .dtypes = OP_NUMBERS,
     .flags = OP_SMOOTH | OP_ELEMENTWISE,
     .build = choose},
    {.name = "where [3],[2,1],[]",
     .inputs = 3,
     .in = {IN_CONDITION(3), IN(-2, 2, 2, 1), IN_SCALAR(-1, 1)},
     .dtypes = OP_NUMBERS,
     .flags = OP_SMOOTH,
     .build = choose},
    {.name = "where [2,1,1],[3],[2,1]",
     .inputs = 3,
     .in = {IN_CONDITION(2, 1, 1), IN(-2, 2, 3), IN(-1, 1, 2, 1)},
     .dtypes = OP_NUMBERS,
     .flags = OP_SMOOTH,
     .build = choose},

    {.name = "add_number 0.75",
     .inputs = 1,
     .in = {IN(-2, 2, 2, 3)},
     .dtypes = OP_FLOATS,
     .flags = OP_SMOOTH | OP_ELEMENTWISE,
     .at = {.a = 0.75},
     .build = add_number},
    {.name = "add_number -3",
     .inputs = 1,
     .in = {IN(-2, 2, 2, 3)},
     .dtypes = OP_NUMBERS,
     .flags = OP_SMOOTH | OP_ELEMENTWISE,
     .at = {.a = -3},
     .build = add_number},
    {.name = "mul_number -1.5",
     .inputs = 1,
     .in = {IN(-2, 2, 2, 3)},
     .dtypes = OP_FLOATS,
     .flags = OP_SMOOTH | OP_ELEMENTWISE,
     .at = {.a = -1.5},
     .build = mul_number},
    {.name = "mul_number 3",
     .inputs = 1,
     .in = {IN(-2, 2, 2, 3)},
     .dtypes = OP_NUMBERS,
     .flags = OP_SMOOTH | OP_ELEMENTWISE,
     .at = {.a = 3},
     .build = mul_number},
    POW_NUMBER("0.5", 0.5, 0.5, 4),
    POW_NUMBER("1", 1, -2, 2),
    POW_NUMBER("2", 2, -2, 2),
    POW_NUMBER("3", 3, -2, 2),
    POW_NUMBER("-1", -1, 0.5, 2),
    POW_NUMBER("-2", -2, 0.5, 2),
    POW_NUMBER("1.7", 1.7, 0.5, 2),

    {.name = "cast through f32",
     .inputs = 1,
     .in = {IN(-2, 2, 2, 3)},
     .dtypes = OP_WIDE,
     .flags = OP_ELEMENTWISE,
     .at = {.dtype = STINT_F32},
     .step = 0x1p-10,
     .build = cast_through},
    {.name = "cast to f32", /* once: two negated rules would undo each other */
     .inputs = 1,
     .in = {IN(-2, 2, 2, 3)},
     .dtypes = OP_WIDE,
     .flags = OP_ELEMENTWISE,
     .at = {.dtype = STINT_F32},
     .step = 0x1p-10,
     .build = cast_to},
    {.name = "cast through f16",
     .inputs = 1,
     .in = {IN(-1, 1, 2, 3)},
     .dtypes = OP_WIDE,
     .flags = OP_ELEMENTWISE | OP_NOT_NUMERIC,
     .at = {.dtype = STINT_F16},
     .build = cast_through},
    {.name = "cast through bf16",
     .inputs = 1,
     .in = {IN(-1, 1, 2, 3)},
     .dtypes = OP_WIDE,
     .flags = OP_ELEMENTWISE | OP_NOT_NUMERIC,
     .at = {.dtype = STINT_BF16},
     .build = cast_through},
    {.name = NULL},
};
