#include "unit/graph/op_cases.h"

/* Functions of one operand. */

#define AWKWARD(name_, f, flags_)                                                                  \
    {                                                                                              \
        .name = #name_ " awkward", .inputs = 1, .in = {IN(0, 1, 22)}, .dtypes = OP_WIDE,           \
        .flags = OP_ORACLE | (flags_), .unary = f                                                  \
    }
#define MAP(name_, f, dtypes_, flags_, low, high)                                                  \
    {                                                                                              \
        .name = #name_ " [3,4]", .inputs = 1, .in = {IN(low, high, 3, 4)}, .dtypes = dtypes_,      \
        .flags = OP_ELEMENTWISE | (flags_), .unary = f                                             \
    }
#define KINKED(name_, f, dtypes_, flags_, low, high)                                               \
    {                                                                                              \
        .name = #name_ " [3,4]", .inputs = 1, .in = {IN_KINK(0, low, high, 3, 4)},                 \
        .dtypes = dtypes_, .flags = OP_ELEMENTWISE | (flags_), .unary = f                          \
    }
/* Exactness relative to the result, or absolute, of awkward values. */
#define EXACT(name, f, dtypes, flags, low, high)                                                   \
    MAP(name, f, dtypes, flags, low, high), AWKWARD(name, f, OP_RELATIVE)
#define NEAR(name, f, dtypes, flags, low, high)                                                    \
    MAP(name, f, dtypes, flags, low, high), AWKWARD(name, f, 0)

static stint_tensor *leaky_relu(const op_case *c, stint_tensor *const *in)
{
    return stint_leaky_relu(in[0], c->at.a);
}

static stint_tensor *elu(const op_case *c, stint_tensor *const *in)
{
    return stint_elu(in[0], c->at.a);
}

static stint_tensor *hardtanh(const op_case *c, stint_tensor *const *in)
{
    return stint_hardtanh(in[0], c->at.a, c->at.b);
}

static stint_tensor *clamp(const op_case *c, stint_tensor *const *in)
{
    return stint_clamp(in[0], c->at.a, c->at.b);
}

/* Of floats, with one or two numbers; also over awkward values. */
#define TOLD(name_, f, flags_, kink, low, high, a_, b_)                                            \
    {.name = #name_ " [3,4]",                                                                      \
     .inputs = 1,                                                                                  \
     .in = {IN_KINK(kink, low, high, 3, 4)},                                                       \
     .dtypes = OP_FLOATS,                                                                          \
     .flags = OP_ELEMENTWISE | (flags_),                                                           \
     .at = {.a = a_, .b = b_},                                                                     \
     .build = f},                                                                                  \
    {                                                                                              \
        .name = #name_ " awkward", .inputs = 1, .in = {IN(0, 1, 22)}, .dtypes = OP_WIDE,           \
        .flags = OP_ORACLE, .at = {.a = a_, .b = b_}, .build = f                                   \
    }

const op_case op_cases_maps[] = {
    EXACT(neg, stint_neg, OP_NUMBERS, OP_SMOOTH, -2, 2),
    KINKED(abs, stint_abs, OP_NUMBERS, 0, -2, 2),
    AWKWARD(abs, stint_abs, OP_RELATIVE),
    KINKED(sign, stint_sign, OP_NUMBERS, OP_FLAT, -2, 2),
    AWKWARD(sign, stint_sign, OP_RELATIVE),
    EXACT(square, stint_square, OP_NUMBERS, OP_SMOOTH, -2, 2),
    EXACT(exp, stint_exp, OP_FLOATS, OP_SMOOTH, -2, 2),
    EXACT(expm1, stint_expm1, OP_FLOATS, OP_SMOOTH, -2, 2),
    EXACT(log, stint_log, OP_FLOATS, OP_SMOOTH, 0.25, 4),
    EXACT(log1p, stint_log1p, OP_FLOATS, OP_SMOOTH, -0.75, 4),
    EXACT(sqrt, stint_sqrt, OP_FLOATS, OP_SMOOTH, 0.25, 4),
    EXACT(rsqrt, stint_rsqrt, OP_FLOATS, OP_SMOOTH, 0.25, 4),
    EXACT(reciprocal, stint_reciprocal, OP_FLOATS, OP_SMOOTH, 0.25, 4),
    NEAR(sin, stint_sin, OP_FLOATS, OP_SMOOTH, -4, 4),
    NEAR(cos, stint_cos, OP_FLOATS, OP_SMOOTH, -4, 4),
    EXACT(tanh, stint_tanh, OP_FLOATS, OP_SMOOTH, -2, 2),
    EXACT(erf, stint_erf, OP_FLOATS, OP_SMOOTH, -2, 2),
    EXACT(sigmoid, stint_sigmoid, OP_FLOATS, OP_SMOOTH, -3, 3),
    KINKED(relu, stint_relu, OP_FLOATS, OP_SMOOTH, -2, 2),
    AWKWARD(relu, stint_relu, OP_RELATIVE),
    KINKED(selu, stint_selu, OP_FLOATS, OP_SMOOTH, -2, 2),
    AWKWARD(selu, stint_selu, 0),
    NEAR(gelu, stint_gelu, OP_FLOATS, OP_SMOOTH, -3, 3),
    NEAR(silu, stint_silu, OP_FLOATS, OP_SMOOTH, -3, 3),
    NEAR(softplus, stint_softplus, OP_FLOATS, OP_SMOOTH, -3, 3),
    TOLD(leaky_relu, leaky_relu, 0, 0, -2, 2, 0.125, 0),
    TOLD(elu, elu, OP_SMOOTH, 0, -2, 2, 1.5, 0),
    TOLD(hardtanh, hardtanh, 0, 1.45, -2, 2.5, -1.1, 1.45),
    TOLD(clamp, clamp, 0, -0.45, -2, 2, -0.45, 0.82),

    /* one point: where it stops, at 0, what the gradient is */
    {.name = "relu at 0",
     .inputs = 1,
     .in = {IN(0, 0, 2)},
     .dtypes = OP_WIDE,
     .flags = OP_NOT_NUMERIC,
     .unary = stint_relu},
    {.name = NULL},
};
