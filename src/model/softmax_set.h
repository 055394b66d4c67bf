/* A training set made ready for fits of logistic regression: which classes it has, features
 * shifted and scaled so that steps do not depend on their units, and whether blocks are kept. */
#ifndef MODEL_SOFTMAX_SET_H
#define MODEL_SOFTMAX_SET_H

#include "base/mem.h"

#define SOFTMAX_BLOCK 1024

/* x [features][SOFTMAX_BLOCK], y [n] class numbers */
typedef stint_status softmax_visit(void *self, const double *x, const double *y, int64_t n);

/* Where rows come from: the same blocks in the same order at every call. */
typedef struct softmax_rows {
    stint_status (*each)(ctx *c, void *self, softmax_visit *visit, void *visitor);
    void *self;
    int d, classes;
} softmax_rows;

/* Blocks are kept where all of them take no more than this: by size alone, so that bits never
 * depend on a budget; kept or read anew, blocks are the same. */
#define SOFTMAX_KEPT_BYTES ((int64_t)16 << 20)

/* Parameters up to which the exact Hessian is formed. */
#define SOFTMAX_NEWTON_MOST 256

/* Within, features are (x - mean) / scale, with a column of ones last where there is an
 * intercept: [p][SOFTMAX_BLOCK].  The mean is 0 without an intercept. */
typedef struct softmax_set {
    softmax_rows rows;
    bool intercept;
    int p;       /* parameters of a column: d, one more with an intercept */
    int present; /* classes that have rows */
    int columns; /* fitted: of two classes one, else one for each class present */
    int64_t n, blocks;
    int64_t *count;       /* [classes] rows of each */
    int *place;           /* [classes] among those present, -1 = absent */
    double *mean, *scale; /* [d] */
    double *kept;         /* [blocks][p + 2][SOFTMAX_BLOCK], then y and n; NULL = read anew */
    double *work;         /* one such block */
    double *gram;         /* [p][p] Σ x x', upper; NULL where the exact Hessian is formed */
} softmax_set;

stint_status softmax_set_init(ctx *c, const softmax_rows *rows, bool intercept, softmax_set *out);
void softmax_set_deinit(softmax_set *s);

/* Visit every block as fits see it: x [p][SOFTMAX_BLOCK], y places of classes. */
stint_status softmax_set_each(ctx *c, softmax_set *s, softmax_visit *visit, void *self);

bool softmax_set_newton(int d, int classes); /* is the exact Hessian formed? */
int64_t softmax_set_bytes(int64_t rows, int d, int classes);

#endif
