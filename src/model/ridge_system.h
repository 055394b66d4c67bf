/* The ridge system of one training set, prepared once so that any alpha costs O(d² t).
 *
 * With the features centred (and scaled) to Z, and Z'Z = V Λ V':
 *
 *     w(alpha) = V (Λ + alpha)^-1 V' Z'y
 *
 * (Hoerl and Kennard 1970; the eigen-form is in Hastie, Tibshirani and Friedman, section
 * 3.4.1).  The scaler is a division in the Gram matrix: no pass over the data.  A system
 * lies in a file of doubles, written by a prepare task and mapped by every fit:
 *
 *     [ head: magic d t n_train raw ][ mean [d] ][ scale [d] ][ target_mean [t] ]
 *     [ values [d] ][ vectors [d][d], one a row ][ q = V'Z'y [d][t] ]     features centred
 *     [ values ][ vectors ][ q ]        as they are: only without scaling, for no intercept
 *     [ moments of the held-out fold ]
 *
 * each piece padded to 64 bytes. */
#ifndef MODEL_RIDGE_SYSTEM_H
#define MODEL_RIDGE_SYSTEM_H

#include "model/moments.h"

typedef struct ridge_spectrum {
    double *values, *vectors, *q;
} ridge_spectrum;

typedef struct ridge_system {
    file_map map; /* when mapped */
    int d, t;
    double *head;
    double *mean, *scale, *target_mean;
    ridge_spectrum centred, raw;
    moments held_out;
} ridge_system;

/* A fitted ridge: ŷ = offset + Σ_j coef_j (x_j - mean_j). */
typedef struct ridge_fit {
    int d, t;
    double *mean, *offset, *coef; /* [d], [t], [t][d] */
} ridge_fit;

/* Doubles in a system's file. */
int64_t ridge_system_doubles(int d, int t, bool scale);

/* Are features standardised?  The system sees to it, by a division. */
bool ridge_system_standard(const model_task *t);

/* Merge, decompose and write the system of training set `set` (folds = every row's). */
stint_status ridge_system_prepare(ctx *c, const model_task *t, int set);
stint_status ridge_system_open(ctx *c, const model_task *t, int set, ridge_system *out);
void ridge_system_close(ridge_system *s);

/* Solve for one alpha into `fit`, whose arrays the caller owns. */
void ridge_solve(const ridge_system *s, double alpha, bool intercept, ridge_fit *fit);

/* Residuals of a fit on the held-out fold, [t], from its moments alone: sums of squares, not
 * sizes.  false where so little is left of the variance that the subtraction has cancelled
 * too many digits, and only a pass over the rows can tell. */
bool ridge_residuals(const ridge_system *s, const ridge_fit *fit, residuals *out);

#endif
