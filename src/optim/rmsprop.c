#include "optim/optim.h"

/* RMSprop (Hinton, Srivastava, Swersky: Neural networks for machine learning, lecture 6e, 2012),
 * centred as by Graves 2013, with PyTorch's place for eps and for momentum:
 *
 *     g = g + weight_decay w
 *     v = alpha v + (1 - alpha) g²
 *     a = alpha a + (1 - alpha) g,  where centred
 *     u = g / (√v + eps),  centred  g / (√max(v - a², 0) + eps)
 *     b = momentum b + u
 *     w = w - rate b,  without momentum  w - rate u */

typedef struct rmsprop {
    double learning_rate, weight_decay, alpha, eps, momentum, centered;
} rmsprop;

static const param rmsprop_params[] = {
    PARAM_F64(rmsprop, learning_rate, 1e-2, 0, 1e6, "step size"),
    PARAM_F64(rmsprop, weight_decay, 0, 0, 1e6, "L2 penalty, added to the gradient"),
    PARAM_F64(rmsprop, alpha, 0.99, 0, 1, "decay of the squared gradient's mean"),
    PARAM_F64(rmsprop, eps, 1e-8, 0, 1, "added to the denominator"),
    PARAM_F64(rmsprop, momentum, 0, 0, 1, "decay of the scaled gradient's sum"),
    PARAM_BOOL(rmsprop, centered, false, "divide by the deviation, not by the root mean square"),
    PARAM_END,
};

enum { SQUARES, MEAN, SUM };
enum { RATE };

static unsigned rmsprop_uses(const void *self)
{
    const rmsprop *o = self;
    return 1U << SQUARES | (o->centered != 0 ? 1U << MEAN : 0) | (o->momentum != 0 ? 1U << SUM : 0);
}

static void rmsprop_begin(const void *self, optim_step *s)
{
    (void)self;
    s->scalar[RATE] = s->rate;
}

/* state = alpha state + (1 - alpha) x */
static stint_tensor *follow(const optim_view *v, double alpha, stint_tensor *state, stint_tensor *x)
{
    return optim_assign(v, state,
                        stint_add(stint_mul_number(state, alpha), stint_mul_number(x, 1 - alpha)));
}

static void rmsprop_update(const void *self, const optim_view *v)
{
    const rmsprop *o = self;
    stint_tensor *g = optim_penalised(v->g, v->w, o->weight_decay), *sum = v->state[SUM];
    stint_tensor *spread = follow(v, o->alpha, v->state[SQUARES], stint_square(g));
    if (v->state[MEAN])
        spread =
            stint_relu(stint_sub(spread, stint_square(follow(v, o->alpha, v->state[MEAN], g))));
    stint_tensor *u = stint_div(g, stint_add_number(stint_sqrt(spread), o->eps));
    if (sum)
        u = optim_assign(v, sum, stint_add(stint_mul_number(sum, o->momentum), u));
    optim_assign(v, v->w, stint_sub(v->w, stint_mul(u, v->scalar[RATE])));
}

const optim_class optim_rmsprop = {
    .name = "rmsprop",
    .size = sizeof(rmsprop),
    .params = rmsprop_params,
    .states = {[SQUARES] = "v", [MEAN] = "mean", [SUM] = "sum"},
    .uses = rmsprop_uses,
    .begin = rmsprop_begin,
    .update = rmsprop_update,
};
