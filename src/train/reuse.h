/* A trainer for another training of the same shapes: what was traced serves again. */
#ifndef TRAIN_REUSE_H
#define TRAIN_REUSE_H

#include "train/train.h"

/* Begin again with this learning rate and seed over other samples, of the same arrays and of as
 * many rows in a full and in a last batch as the trainer's own; validation where it had some.  Not
 * for trainers with a directory. */
stint_status train_reuse(stint_trainer *t, const stint_samples *train,
                         const stint_samples *validation, double rate, int64_t seed);

#endif
