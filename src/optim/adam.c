#include "optim/adam.h"

/* Adam (Kingma & Ba 2015, algorithm 1), with PyTorch's place for eps and for weight decay:
 *
 *     g = g + weight_decay w
 *     m = beta1 m + (1 - beta1) g
 *     v = beta2 v + (1 - beta2) g²
 *     w = w - rate/(1 - beta1^t) · m / (√v / √(1 - beta2^t) + eps) */

static const param adam_params[] = {ADAM_PARAMS(0, "L2 penalty, added to the gradient")};

unsigned adam_uses(const void *self)
{
    (void)self;
    return 1U << ADAM_M | 1U << ADAM_V;
}

/* 1 - beta^t */
static stint_tensor *correction(double beta, const optim_step *s)
{
    stint_tensor *power = stint_pow(stint_scalar(s->ctx, STINT_F64, beta), s->t);
    return stint_add_number(stint_neg(power), 1);
}

void adam_begin(const void *self, optim_step *s)
{
    const adam *o = self;
    s->scalar[ADAM_STEP] = stint_div(s->rate, correction(o->beta1, s));
    s->scalar[ADAM_ROOT] = stint_rsqrt(correction(o->beta2, s));
}

stint_tensor *adam_step(const adam *o, const optim_view *s, stint_tensor *g)
{
    stint_tensor *m = s->state[ADAM_M], *v = s->state[ADAM_V];
    m = optim_assign(s, m,
                     stint_add(stint_mul_number(m, o->beta1), stint_mul_number(g, 1 - o->beta1)));
    v = optim_assign(
        s, v,
        stint_add(stint_mul_number(v, o->beta2), stint_mul_number(stint_square(g), 1 - o->beta2)));
    stint_tensor *root = stint_mul(stint_sqrt(v), s->scalar[ADAM_ROOT]);
    return stint_div(stint_mul(m, s->scalar[ADAM_STEP]), stint_add_number(root, o->eps));
}

static void adam_update(const void *self, const optim_view *v)
{
    const adam *o = self;
    stint_tensor *g = optim_penalised(v->g, v->w, o->weight_decay);
    optim_assign(v, v->w, stint_sub(v->w, adam_step(o, v, g)));
}

const optim_class optim_adam = {
    .name = "adam",
    .size = sizeof(adam),
    .params = adam_params,
    .states = {[ADAM_M] = "m", [ADAM_V] = "v"},
    .uses = adam_uses,
    .begin = adam_begin,
    .update = adam_update,
};
