/* Fits of logistic regression with an L2 penalty: the minimum of
 *
 *     Σ log losses + alpha/2 Σ coef²
 *
 * over coefficients and intercepts, which are not penalised.  Several classes have a column each
 * (the symmetric softmax), two have one: the score of the second class.
 *
 * A fit is a pure function of (rows, settings) and starts from nothing but the classes' shares. */
#ifndef MODEL_SOFTMAX_FIT_H
#define MODEL_SOFTMAX_FIT_H

#include "model/softmax_loss.h"

typedef struct softmax_settings {
    double alpha;
    double tol; /* stop where |∂F/∂w| / rows ≤ tol for every w of the features scaled to one */
    int max_iter;
} softmax_settings;

/* What came of a fit; arrays are the caller's.  A class without training rows has no coefficients,
 * and SOFTMAX_NEVER as its intercept: its probability underflows. */
typedef struct softmax_fit {
    int columns;       /* 1 of two classes, else their number */
    double *coef;      /* [columns][d], of features as they come */
    double *intercept; /* [columns] */
    int iterations;
    bool converged;
    double value, steepness; /* of the objective, and of its mean over rows, at the end */
} softmax_fit;

#define SOFTMAX_NEVER (-1e300)

stint_status softmax_fit_run(ctx *c, softmax_set *set, const softmax_settings *s, softmax_fit *out);

/* Beside softmax_set_bytes. */
int64_t softmax_fit_bytes(int d, int classes);

#endif
