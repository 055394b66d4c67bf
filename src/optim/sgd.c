#include "optim/optim.h"

/* Stochastic gradient descent with momentum (Sutskever, Martens, Dahl, Hinton 2013), in PyTorch's
 * form, in which the rate scales the whole velocity:
 *
 *     g = g + weight_decay w
 *     v = momentum v + (1 - dampening) g,  the first time v = g
 *     w = w - rate v,  by Nesterov's rule  w - rate (g + momentum v)
 *
 * Without momentum w = w - rate g, and there is no state. */

typedef struct sgd {
    double learning_rate, weight_decay, momentum, dampening, nesterov;
} sgd;

static const param sgd_params[] = {
    PARAM_F64(sgd, learning_rate, 1e-3, 0, 1e6, "step size"),
    PARAM_F64(sgd, weight_decay, 0, 0, 1e6, "L2 penalty, added to the gradient"),
    PARAM_F64(sgd, momentum, 0, 0, 1, "decay of the velocity"),
    PARAM_F64(sgd, dampening, 0, 0, 1, "how much of a gradient the velocity leaves out"),
    PARAM_BOOL(sgd, nesterov, false, "look ahead: Nesterov's rule"),
    PARAM_END,
};

enum { VELOCITY };
enum { RATE, SHARE };

static stint_status sgd_check(ctx *c, const void *self)
{
    const sgd *o = self;
    if (o->nesterov != 0 && (o->momentum == 0 || o->dampening != 0))
        return fail(c, STINT_EUSAGE, "sgd: nesterov needs a momentum, and no dampening");
    return STINT_OK;
}

static unsigned sgd_uses(const void *self)
{
    const sgd *o = self;
    return o->momentum != 0 ? 1U << VELOCITY : 0;
}

static void sgd_begin(const void *self, optim_step *s)
{
    const sgd *o = self;
    stint_tensor *one = stint_scalar(s->ctx, STINT_F64, 1);
    s->scalar[RATE] = s->rate;
    if (o->dampening != 0)
        s->scalar[SHARE] = stint_where(stint_less_equal(s->t, one), one,
                                       stint_scalar(s->ctx, STINT_F64, 1 - o->dampening));
}

static void sgd_update(const void *self, const optim_view *v)
{
    const sgd *o = self;
    stint_tensor *g = optim_penalised(v->g, v->w, o->weight_decay), *velocity = v->state[VELOCITY];
    if (velocity) {
        stint_tensor *share = v->scalar[SHARE] ? stint_mul(g, v->scalar[SHARE]) : g;
        velocity =
            optim_assign(v, velocity, stint_add(stint_mul_number(velocity, o->momentum), share));
        g = o->nesterov != 0 ? stint_add(g, stint_mul_number(velocity, o->momentum)) : velocity;
    }
    optim_assign(v, v->w, stint_sub(v->w, stint_mul(g, v->scalar[RATE])));
}

const optim_class optim_sgd = {
    .name = "sgd",
    .size = sizeof(sgd),
    .params = sgd_params,
    .states = {[VELOCITY] = "velocity"},
    .check = sgd_check,
    .uses = sgd_uses,
    .begin = sgd_begin,
    .update = sgd_update,
};
