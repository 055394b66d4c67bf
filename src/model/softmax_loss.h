/* The objective of logistic regression over a training set, with its derivatives:
 *
 *     F(W) = Σ_i [log Σ_k e^(w_k·x_i) - w_y(i)·x_i] + ½ Σ_k Σ_j penalty_j w_kj²
 *
 * in shifted and scaled features, where penalty_j = alpha / scale_j² makes it the objective in the
 * features as they come; of two classes the first has w = 0.  One pass over the blocks each. */
#ifndef MODEL_SOFTMAX_LOSS_H
#define MODEL_SOFTMAX_LOSS_H

#include "model/softmax_set.h"

typedef struct softmax_loss {
    ctx *ctx;
    softmax_set *set;
    int columns, p;
    double *penalty;   /* [p] */
    double *scores;    /* [classes present] [SOFTMAX_BLOCK]: scores, probabilities, residuals */
    double *top, *sum; /* [SOFTMAX_BLOCK] */
    double *roots;     /* [classes present] [SOFTMAX_BLOCK], and … */
    double *weighted;  /* [p][SOFTMAX_BLOCK]: for the Hessian; NULL where none is formed */
} softmax_loss;

/* A point and what is known there. */
typedef struct softmax_point {
    double *w, *gradient; /* [columns][p] */
    double *hessian;      /* [columns p][columns p] upper, or NULL */
    double value;
} softmax_point;

stint_status softmax_loss_init(ctx *c, softmax_set *set, double alpha, softmax_loss *out);
void softmax_loss_deinit(softmax_loss *l);

stint_status softmax_point_init(const softmax_loss *l, softmax_point *out);
void softmax_point_deinit(softmax_point *p);

/* Everything else from at->w. */
stint_status softmax_loss_at(softmax_loss *l, softmax_point *at);

/* How steep it is there: the largest |entry of the gradient| over the number of rows. */
double softmax_steepness(const softmax_loss *l, const softmax_point *at);

/* Sum of a[i] b[i] over all parameters. */
double softmax_dot(const softmax_loss *l, const double *a, const double *b);

#endif
