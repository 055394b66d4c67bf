#include "nn/losses.h"

/* Losses of classes and labels. */

static stint_tensor *cross_entropy_apply(const void *self, stint_tensor *output,
                                         stint_tensor *target)
{
    (void)self;
    return stint_cross_entropy(output, target, STINT_REDUCE_MEAN);
}

const loss_class loss_cross_entropy = {
    .name = "cross_entropy",
    .size = sizeof(loss_nothing),
    .params = loss_no_params,
    .labels = true,
    .apply = cross_entropy_apply,
    .help = "-log softmax(x)[class]",
};

static stint_tensor *bce_with_logits_apply(const void *self, stint_tensor *output,
                                           stint_tensor *target)
{
    (void)self;
    return stint_bce_with_logits(output, target, STINT_REDUCE_MEAN);
}

const loss_class loss_bce_with_logits = {
    .name = "bce_with_logits",
    .size = sizeof(loss_nothing),
    .params = loss_no_params,
    .apply = bce_with_logits_apply,
    .help = "the cross-entropy of sigmoid(x) and targets 0 … 1",
};

/* y = 2t - 1 of targets t = 0 or 1 */
static stint_tensor *soft_margin_apply(const void *self, stint_tensor *output, stint_tensor *target)
{
    (void)self;
    stint_tensor *y = stint_add_number(stint_mul_number(target, 2), -1);
    return stint_soft_margin(output, y, STINT_REDUCE_MEAN);
}

const loss_class loss_soft_margin = {
    .name = "soft_margin",
    .size = sizeof(loss_nothing),
    .params = loss_no_params,
    .apply = soft_margin_apply,
    .help = "log(1 + e^(-yx)) with y = ±1 of targets 0 and 1",
};

static stint_tensor *multi_label_apply(const void *self, stint_tensor *output, stint_tensor *target)
{
    (void)self;
    return stint_multi_label_soft_margin(output, target, STINT_REDUCE_MEAN);
}

const loss_class loss_multi_label_soft_margin = {
    .name = "multi_label_soft_margin",
    .size = sizeof(loss_nothing),
    .params = loss_no_params,
    .apply = multi_label_apply,
    .help = "per row, the mean of bce_with_logits over its labels, 0 or 1",
};
