#include "unit/graph/op_cases.h"

/* Losses, each reduced in the three ways. */

static stint_tensor *huber(const op_case *c, stint_tensor *const *in)
{
    return stint_huber(in[0], in[1], c->at.a, c->at.how);
}

#define LOSS(name_, how_text, how_, flags_, f, ...)                                                \
    {                                                                                              \
        .name = #name_ " " how_text, .inputs = 2, .in = {__VA_ARGS__}, .dtypes = OP_FLOATS,        \
        .flags = flags_, .at = {.how = how_}, .loss = f                                            \
    }
#define LOSSES(name, f, flags, ...)                                                                \
    LOSS(name, "mean", STINT_REDUCE_MEAN, flags, f, __VA_ARGS__),                                  \
        LOSS(name, "sum", STINT_REDUCE_SUM, flags, f, __VA_ARGS__),                                \
        LOSS(name, "none", STINT_REDUCE_NONE, flags, f, __VA_ARGS__)
#define HUBER(how_text, how_)                                                                      \
    {                                                                                              \
        .name = "huber " how_text, .inputs = 2, .in = {IN(-2, 2, 3, 4), IN(-1, 1, 3, 4)},          \
        .dtypes = OP_FLOATS, .at = {.how = how_, .a = 0.77}, .build = huber                        \
    }
/* -1 or 1 */
#define IN_SIGN(...)                                                                               \
    {                                                                                              \
        .axes = OP_COUNT_(__VA_ARGS__), .shape = {__VA_ARGS__}, .low = -1, .high = 1,              \
        .kind = OP_SIGNS                                                                           \
    }

const op_case op_cases_losses[] = {
    LOSSES(cross_entropy, stint_cross_entropy, OP_SMOOTH, IN(-2, 2, 4, 3),
           IN_INDEX(STINT_I64, 2, 4)),
    {.name = "cross_entropy [2,2,3]",
     .inputs = 2,
     .in = {IN(-2, 2, 2, 2, 3), IN_INDEX(STINT_I32, 2, 2, 2)},
     .dtypes = OP_FLOATS,
     .flags = OP_SMOOTH,
     .loss = stint_cross_entropy},
    {.name = "cross_entropy awkward",
     .inputs = 2,
     .in = {IN(0, 1, 11, 4), IN_INDEX(STINT_I64, 0, 11)},
     .dtypes = OP_WIDE,
     .flags = OP_ORACLE,
     .at = {.how = STINT_REDUCE_NONE},
     .loss = stint_cross_entropy},
    LOSSES(bce_with_logits, stint_bce_with_logits, OP_SMOOTH, IN_KINK(0, -3, 3, 3, 4),
           IN(0, 1, 3, 4)),
    {.name = "bce_with_logits awkward",
     .inputs = 2,
     .in = {IN(0, 1, 22), IN(0, 1, 22)},
     .dtypes = OP_WIDE,
     .flags = OP_ORACLE,
     .at = {.how = STINT_REDUCE_NONE},
     .loss = stint_bce_with_logits},
    LOSSES(mse, stint_mse, OP_SMOOTH, IN(-2, 2, 3, 4), IN(-1, 1, 3, 4)),
    LOSSES(mae, stint_mae, 0, IN(-2, 2, 3, 4), IN(-1, 1, 3, 4)),
    HUBER("mean", STINT_REDUCE_MEAN),
    HUBER("sum", STINT_REDUCE_SUM),
    HUBER("none", STINT_REDUCE_NONE),
    LOSSES(soft_margin, stint_soft_margin, OP_SMOOTH, IN(-2, 2, 3, 4), IN_SIGN(3, 4)),
    LOSSES(multi_label_soft_margin, stint_multi_label_soft_margin, OP_SMOOTH, IN(-2, 2, 3, 4),
           IN_WHOLE(0, 1, 3, 4)),
    {.name = NULL},
};
