#include "optim/optim.h"

/* AdaHessian (Yao, Gholami, Shen, Mustafa, Keutzer, Mahoney 2021, algorithm 1): Adam whose second
 * moment is of the Hessian's diagonal d, as estimated, instead of the gradient; decay is
 * decoupled:
 *
 *     d = mean of |d| over a convolution kernel's own axes, where `average`
 *     m = beta1 m + (1 - beta1) g
 *     v = beta2 v + (1 - beta2) d²
 *     w = (1 - rate weight_decay) w
 *         - rate/(1 - beta1^t) · m / ((√v / √(1 - beta2^t))^power + eps) */

typedef struct settings {
    double learning_rate, weight_decay, beta1, beta2, eps, power, average;
} settings;

static const param diagonal_params[] = {
    PARAM_F64(settings, learning_rate, 0.15, 0, 1e6, "step size"),
    PARAM_F64(settings, weight_decay, 0, 0, 1e6, "per step, times the learning rate"),
    PARAM_F64(settings, beta1, 0.9, 0, 1 - 1e-9, "decay of the gradient's mean"),
    PARAM_F64(settings, beta2, 0.999, 0, 1 - 1e-9, "decay of the squared diagonal's mean"),
    PARAM_F64(settings, eps, 1e-4, 0, 1, "added to the denominator"),
    PARAM_F64(settings, power, 1, 0, 1, "of the root: 1 is Newton's, 0 none of the curvature"),
    PARAM_BOOL(settings, average, true, "average over the kernels of weights [out, in, ..]"),
    PARAM_END,
};

enum { M, V };
enum { STEP, ROOT, KEEP };
enum { KERNEL_AXES = 2 }; /* from this axis on a weight is a kernel */

static unsigned diagonal_uses(const void *self)
{
    (void)self;
    return 1U << M | 1U << V;
}

/* 1 - beta^t */
static stint_tensor *correction(double beta, const optim_step *s)
{
    stint_tensor *power = stint_pow(stint_scalar(s->ctx, STINT_F64, beta), s->t);
    return stint_add_number(stint_neg(power), 1);
}

static void diagonal_begin(const void *self, optim_step *s)
{
    const settings *o = self;
    s->scalar[STEP] = stint_div(s->rate, correction(o->beta1, s));
    s->scalar[ROOT] = stint_rsqrt(correction(o->beta2, s));
    s->scalar[KEEP] = stint_add_number(stint_mul_number(s->rate, -o->weight_decay), 1);
}

static stint_tensor *averaged(stint_tensor *d)
{
    for (int axis = KERNEL_AXES; axis < stint_tensor_axes(d); axis++)
        d = stint_mean(axis == KERNEL_AXES ? stint_abs(d) : d, axis, true);
    return d;
}

static void diagonal_update(const void *self, const optim_view *v)
{
    const settings *o = self;
    stint_tensor *d = o->average != 0 ? averaged(v->curvature) : v->curvature;
    stint_tensor *m =
        stint_add(stint_mul_number(v->state[M], o->beta1), stint_mul_number(v->g, 1 - o->beta1));
    stint_tensor *square = stint_mul_number(stint_square(d), 1 - o->beta2);
    m = optim_assign(v, v->state[M], m);
    stint_tensor *root = stint_sqrt(
        optim_assign(v, v->state[V], stint_add(stint_mul_number(v->state[V], o->beta2), square)));
    root = stint_mul(root, v->scalar[ROOT]);
    root = o->power == 1 ? root : stint_pow_number(root, o->power);
    stint_tensor *w = o->weight_decay != 0 ? stint_mul(v->w, v->scalar[KEEP]) : v->w;
    stint_tensor *step = stint_div(stint_mul(m, v->scalar[STEP]), stint_add_number(root, o->eps));
    optim_assign(v, v->w, stint_sub(w, step));
}

const optim_class optim_diagonal = {
    .name = "diagonal",
    .size = sizeof(settings),
    .params = diagonal_params,
    .states = {[M] = "m", [V] = "v"},
    .curvature = true,
    .uses = diagonal_uses,
    .begin = diagonal_begin,
    .update = diagonal_update,
};
