/* The two ways down, and the step both take. */
#ifndef MODEL_SOFTMAX_DESCENT_H
#define MODEL_SOFTMAX_DESCENT_H

#include "model/softmax_fit.h"

/* Down from at->w until the steepness is at most tol; updates at, and `out` but for its arrays. */
typedef stint_status softmax_descent(softmax_loss *l, const softmax_settings *s, softmax_point *at,
                                     softmax_fit *out);
softmax_descent softmax_newton, softmax_lbfgs;

/* From `at` along `direction` to `next`, halving about until the objective falls enough (Armijo);
 * the points are swapped then.  false in *moved: it cannot be made to fall. */
stint_status softmax_step(softmax_loss *l, softmax_point *at, softmax_point *next,
                          const double *direction, bool *moved);

int64_t softmax_lbfgs_doubles(int64_t columns, int64_t p);

/* Factor `a` [n][n] (upper) into `factor`, its diagonal raised as little as it takes. */
void softmax_factor(int n, const double *a, double *factor);

#endif
