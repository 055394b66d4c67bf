/* What Adam and AdamW share: the moments of the gradient and their correction. */
#ifndef OPTIM_ADAM_H
#define OPTIM_ADAM_H

#include "optim/optim.h"

typedef struct adam {
    double learning_rate, weight_decay, beta1, beta2, eps;
} adam;

/* The two classes' tables differ in weight_decay: its default and what it says. */
/* clang-format off */
#define ADAM_PARAMS(decay, decay_help)                                                             \
    PARAM_F64(adam, learning_rate, 1e-3, 0, 1e6, "step size"),                                     \
    PARAM_F64(adam, weight_decay, decay, 0, 1e6, decay_help),                                      \
    PARAM_F64(adam, beta1, 0.9, 0, 1 - 1e-9, "decay of the gradient's mean"),                      \
    PARAM_F64(adam, beta2, 0.999, 0, 1 - 1e-9, "decay of the squared gradient's mean"),            \
    PARAM_F64(adam, eps, 1e-8, 0, 1, "added to the denominator"),                                  \
    PARAM_END
/* clang-format on */

enum { ADAM_M, ADAM_V };
enum { ADAM_STEP, ADAM_ROOT, ADAM_KEEP }; /* ADAM_KEEP is for decoupled decay */

unsigned adam_uses(const void *self);
/* rate / (1 - beta1^t), 1 / √(1 - beta2^t) */
void adam_begin(const void *self, optim_step *s);
/* Update the moments by g; returns the step to be subtracted from w. */
stint_tensor *adam_step(const adam *o, const optim_view *s, stint_tensor *g);

#endif
