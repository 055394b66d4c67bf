/* Optimiser classes: what an update of one weight is.
 *
 * An update is a chain of element-wise operations over the weight, its gradient and its states,
 * ending in assignments, so that the engine can run it in one pass over memory, in the product
 * that computes the gradient.  What depends on the step alone (the rate, 1/(1 - beta^t)) is
 * computed once, in f64 scalars, and shared by all weights: in f32, 1 - 0.999^t would keep few
 * digits of the first steps. */
#ifndef OPTIM_OPTIM_H
#define OPTIM_OPTIM_H

#include "base/params.h"
#include "stint/optim.h"

enum { OPTIM_STATES = 3, OPTIM_SCALARS = 3 };

/* Scalars f64: t counts updates from 1; what `begin` adds is NULL where unused. */
typedef struct optim_step {
    ctx *ctx;
    stint_tensor *t, *rate;
    stint_tensor *scalar[OPTIM_SCALARS];
} optim_step;

/* One weight's turn.  Everything has its dtype; weight, gradient and states have its shape. */
typedef struct optim_view {
    stint_tensor *w, *g;
    stint_tensor *curvature;    /* of classes that take it; like w */
    stint_tensor *const *state; /* by the place of its name; NULL = not used */
    stint_tensor *scalar[OPTIM_SCALARS];
    stint_tensor *condition; /* a bool scalar: whether there is an update; NULL = there is */
} optim_view;

typedef struct optim_class {
    const char *name;
    size_t size; /* of the struct of its parameters, of which learning_rate is the first */
    const param *params;
    const char *states[OPTIM_STATES + 1];
    bool curvature; /* updated by stint_optimiser_update_curvature alone */
    /* Settings that do not go together; NULL = all do. */
    stint_status (*check)(ctx *c, const void *self);
    /* Bit i: state i is used with these settings. */
    unsigned (*uses)(const void *self);
    void (*begin)(const void *self, optim_step *s);
    void (*update)(const void *self, const optim_view *v);
    /* Instead of the three above: a method that evaluates the loss itself, at this rate. */
    stint_status (*minimise)(ctx *c, const void *self, double rate, stint_loss *loss,
                             void *loss_self, int n, stint_tensor *const *weight, int *iterations);
} optim_class;

extern const optim_class optim_sgd, optim_adam, optim_adamw, optim_rmsprop, optim_diagonal,
    optim_lbfgs, optim_newton_cg;
extern const optim_class *const optim_table[]; /* ends in NULL */

/* NULL with a failure for an unknown name. */
const optim_class *optim_find(ctx *c, const char *name);

/* g + decay w: weight decay as the gradient of an L2 penalty; g itself for no decay */
static inline stint_tensor *optim_penalised(stint_tensor *g, stint_tensor *w, double decay)
{
    return decay != 0 ? stint_add(g, stint_mul_number(w, decay)) : g;
}

/* How an update assigns to a weight or a state x; returns what x is then.  Without an update that
 * is what it was. */
static inline stint_tensor *optim_assign(const optim_view *v, stint_tensor *x, stint_tensor *value)
{
    return stint_assign(x, v->condition ? stint_where(v->condition, value, x) : value);
}

/* The shape of t, whose axes are returned; a kept tensor of zeros of that shape. */
int optim_shape(const stint_tensor *t, int64_t shape[STINT_AXES]);
stint_tensor *optim_zeros(ctx *c, stint_dtype d, const stint_tensor *t);

/* A bool scalar, or a failure of `what`. */
stint_status optim_check_condition(ctx *c, const char *what, const stint_tensor *t);
/* Close a scope of temporaries and leave its results out[0 … n-1] (NULLs stay NULL) to the one
 * around it, as new handles; after a failure all are NULL. */
stint_status optim_scope_close(ctx *c, stint_scope *s, int n, stint_tensor **out);

#endif
