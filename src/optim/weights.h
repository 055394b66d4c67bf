/* A loss of tensors as a function of a vector of doubles, for methods that see the whole of it. */
#ifndef OPTIM_WEIGHTS_H
#define OPTIM_WEIGHTS_H

#include "optim/line_search.h"
#include "stint/optim.h"

typedef struct weights {
    ctx *ctx;
    stint_loss *loss;
    void *loss_self;
    double decay; /* adds decay/2 |x|² */
    int n;
    stint_tensor *const *weight; /* [n] f32 or f64 */
    stint_tensor **gradient;     /* [n] */
    stint_tensor **together;     /* [1 + n] the loss and the gradients there are */
    stint_tensor **vector;       /* [n] */
    void *values;                /* of the largest weight, in its dtype */
} weights;

/* Fill in gradient and values; free them with weights_deinit, after a failure too. */
stint_status weights_init(weights *s);
void weights_deinit(weights *s);
int64_t weights_count(const weights *s); /* numbers in all */

/* x [count]: the weights one after the other.  put rounds x to what they can hold. */
stint_status weights_get(const weights *s, double *x);
stint_status weights_put(const weights *s, double *x);
/* The function and its gradient: an objective's value. */
stint_status weights_value(void *self, double *x, double *f, double *gradient);
/* out = H v, of the function at the weights as they are. */
stint_status weights_product(const weights *s, double *v, double *out);

#endif
