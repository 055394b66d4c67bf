#include "optim/adam.h"

/* Adam with decoupled weight decay (Loshchilov & Hutter 2019, algorithm 2), where as in PyTorch the
 * decay is times the whole rate:
 *
 *     w = (1 - rate weight_decay) w - (Adam's step by the bare gradient) */

static const param adamw_params[] = {ADAM_PARAMS(1e-2, "per step, times the learning rate")};

static void adamw_begin(const void *self, optim_step *s)
{
    const adam *o = self;
    adam_begin(o, s);
    s->scalar[ADAM_KEEP] = stint_add_number(stint_mul_number(s->rate, -o->weight_decay), 1);
}

static void adamw_update(const void *self, const optim_view *v)
{
    stint_tensor *step = adam_step(self, v, v->g);
    optim_assign(v, v->w, stint_sub(stint_mul(v->w, v->scalar[ADAM_KEEP]), step));
}

const optim_class optim_adamw = {
    .name = "adamw",
    .size = sizeof(adam),
    .params = adamw_params,
    .states = {[ADAM_M] = "m", [ADAM_V] = "v"},
    .uses = adam_uses,
    .begin = adamw_begin,
    .update = adamw_update,
};
