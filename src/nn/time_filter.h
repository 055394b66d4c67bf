/* Linear filters along time as products with matrices: what a filter of one input and one output
 * answers to an impulse, lag by lag, shifted to each step.
 *
 *     y_t = Σ_s≤t answer[t - s] x_s + (what its state before the first step still gives) */
#ifndef NN_TIME_FILTER_H
#define NN_TIME_FILTER_H

#include "stint/tensor.h"

/* [steps] → [steps, steps], lower triangular: row t, column s is answer[t - s] */
stint_tensor *filter_matrix(stint_tensor *answer);

/* What is carried, or the state that a constant series of the first value would have left, where
 * nothing was: begun [batch, 1] counts as bool; carried and begun may be NULL.  All [batch, 1,
 * ..]. */
stint_tensor *filter_start(stint_tensor *carried, stint_tensor *begun, stint_tensor *steady);

#endif
