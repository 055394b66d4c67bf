/* The classes of losses. */
#ifndef NN_LOSSES_H
#define NN_LOSSES_H

#include "nn/net.h"

extern const loss_class loss_mse, loss_mae, loss_huber, loss_cross_entropy, loss_bce_with_logits,
    loss_soft_margin, loss_multi_label_soft_margin;

typedef struct loss_nothing {
    double unused;
} loss_nothing;
extern const param loss_no_params[];

#endif
