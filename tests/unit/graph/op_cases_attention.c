#include "unit/graph/op_cases.h"

/* Attention; normalisation by groups. */

enum { CAUSAL = 1, MASKED = 2, GAIN = 4, BIAS = 8 };

static stint_tensor *attention(const op_case *c, stint_tensor *const *in)
{
    stint_attention_how how = {.scale = c->at.a, .causal = c->at.axis & CAUSAL};
    return stint_attention(in[0], in[1], in[2], c->at.axis & MASKED ? in[3] : NULL, &how);
}

static stint_tensor *group_norm(const op_case *c, stint_tensor *const *in)
{
    bool gain = c->at.axis & GAIN, bias = c->at.axis & BIAS;
    return stint_group_norm(in[0], c->at.other, gain ? in[1] : NULL, bias ? in[1 + gain] : NULL,
                            1e-3);
}

/* Both axes of a mask keep a key for every query: the first. */
static stint_tensor *attention_to_some(const op_case *c, stint_tensor *const *in)
{
    stint_tensor *first = stint_slice(in[3], -1, 0, 1, 1);
    stint_tensor *rest = stint_slice(in[3], -1, 1, INT64_MAX, 1);
    stint_tensor *seen[] = {stint_equal(first, first), rest};
    (void)c;
    return stint_attention(in[0], in[1], in[2], stint_concat(2, seen, -1), NULL);
}

#define ATTENTION(name_, how_, scale_, inputs_, ...)                                               \
    {                                                                                              \
        .name = name_, .inputs = inputs_, .in = {__VA_ARGS__}, .dtypes = OP_FLOATS,                \
        .flags = OP_SMOOTH | OP_DELICATE, .at = {.axis = how_, .a = scale_}, .build = attention    \
    }
#define GROUP_NORM(name_, groups_, how_, inputs_, ...)                                             \
    {                                                                                              \
        .name = name_, .inputs = inputs_, .in = {__VA_ARGS__}, .dtypes = OP_FLOATS,                \
        .flags = OP_SMOOTH, .at = {.axis = how_, .other = groups_}, .build = group_norm            \
    }

const op_case op_cases_attention[] = {
    ATTENTION("attention [3,4]", 0, 0, 3, IN(-2, 2, 3, 4), IN(-2, 2, 5, 4), IN(-2, 2, 5, 2)),
    ATTENTION("attention [2,2,3,2] causal", CAUSAL, 0, 3, IN(-2, 2, 2, 2, 3, 2),
              IN(-2, 2, 2, 2, 3, 2), IN(-2, 2, 2, 2, 3, 2)),
    ATTENTION("attention scale 0.25", 0, 0.25, 3, IN(-2, 2, 2, 3, 4), IN(-2, 2, 2, 3, 4),
              IN(-2, 2, 2, 3, 2)),
    ATTENTION("attention mask [3,5]", MASKED, 0, 4, IN(-2, 2, 2, 3, 4), IN(-2, 2, 2, 5, 4),
              IN(-2, 2, 2, 5, 2), IN(-1, 1, 3, 5)),
    {.name = "attention bool mask",
     .inputs = 4,
     .in = {IN(-2, 2, 2, 3, 2), IN(-2, 2, 2, 4, 2), IN(-2, 2, 2, 4, 3), IN_CONDITION(2, 1, 4)},
     .dtypes = OP_FLOATS,
     .flags = OP_SMOOTH | OP_DELICATE,
     .build = attention_to_some},
    GROUP_NORM("group_norm [2,4,3] of 2", 2, GAIN | BIAS, 3, IN(-2, 2, 2, 4, 3), IN(0.5, 2, 4),
               IN(-1, 1, 4)),
    GROUP_NORM("group_norm [2,8] of 2", 2, GAIN, 2, IN(-2, 2, 2, 8), IN(0.5, 2, 8)),
    GROUP_NORM("group_norm [1,4,2,3] of 1", 1, 0, 1, IN(-2, 2, 1, 4, 2, 3)),
    {.name = NULL},
};
