#include "nn/losses.h"

/* Losses of numbers, the mean over all elements. */

static stint_tensor *mse_apply(const void *self, stint_tensor *output, stint_tensor *target)
{
    (void)self;
    return stint_mse(output, target, STINT_REDUCE_MEAN);
}

const loss_class loss_mse = {
    .name = "mse",
    .size = sizeof(loss_nothing),
    .params = loss_no_params,
    .apply = mse_apply,
    .help = "the mean of (x - target)²",
};

static stint_tensor *mae_apply(const void *self, stint_tensor *output, stint_tensor *target)
{
    (void)self;
    return stint_mae(output, target, STINT_REDUCE_MEAN);
}

const loss_class loss_mae = {
    .name = "mae",
    .size = sizeof(loss_nothing),
    .params = loss_no_params,
    .apply = mae_apply,
    .help = "the mean of |x - target|",
};

typedef struct huber {
    double delta;
} huber;

static const param huber_params[] = {
    PARAM_F64(huber, delta, 1, 1e-300, 1e300, "up to where errors count by their square"),
    PARAM_END,
};

static stint_tensor *huber_apply(const void *self, stint_tensor *output, stint_tensor *target)
{
    const huber *s = self;
    return stint_huber(output, target, s->delta, STINT_REDUCE_MEAN);
}

const loss_class loss_huber = {
    .name = "huber",
    .size = sizeof(huber),
    .params = huber_params,
    .apply = huber_apply,
    .help = "e²/2 of an error e = x - target up to delta, then delta (|e| - delta/2)",
};
