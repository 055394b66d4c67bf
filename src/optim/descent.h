/* Descent by line searches from one vector of weights to the next: what methods share that see
 * the whole of a loss, and differ in their directions. */
#ifndef OPTIM_DESCENT_H
#define OPTIM_DESCENT_H

#include "optim/weights.h"

enum { DESCENT_VECTORS = 6 };

typedef struct descent {
    ctx *ctx;
    const char *name; /* of the method, in messages */
    weights *weights;
    objective f; /* the loss of these weights */
    double max_iter, tolerance_grad, tolerance_change;
    int64_t n;
    /* [n] the weights before all; as they are, with the gradient there; the direction; where a
     * search ended */
    double *began, *x, *g, *d, *next_x, *next_g;
    double value;   /* at x */
    double longest; /* the largest element of d, once it is searched along */
} descent;

/* n, and f; the caller then gives a block whose first DESCENT_VECTORS × n doubles are the vectors.
 * Returns what lies behind them. */
void descent_init(descent *m, weights *w);
double *descent_place(descent *m, double *block);

/* Along d from x, where the slope is below 0. */
stint_status descent_search(descent *m, double slope, double first_step, line_point *found);
/* Move to where the search ended; true where that changed too little to go on. */
bool descent_move(descent *m, const line_point *found);

/* One iteration of a method; *ended where there is nothing more to gain. */
typedef stint_status descent_step(void *self, bool *ended);

/* From the weights as they are.  They end where the descent does, or, after a failure, as they
 * began. */
stint_status descent_run(descent *m, descent_step *step, void *self, int *iterations);

double descent_dot(int64_t n, const double *a, const double *b);

#endif
