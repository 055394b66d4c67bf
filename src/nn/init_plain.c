#include "nn/initialise.h"

/* Initialisers that do not look at the weight's shape. */

typedef struct nothing {
    double unused;
} nothing;

static const param nothing_params[] = {PARAM_END};

static stint_tensor *filled(const init_weight *w, double value)
{
    return stint_full(w->ctx, w->dtype, w->axes, w->shape, value);
}

static stint_tensor *zeros_draw(const void *self, const init_weight *w)
{
    (void)self;
    return filled(w, 0);
}

const init_class init_zeros = {
    .name = "zeros",
    .size = sizeof(nothing),
    .params = nothing_params,
    .draw = zeros_draw,
};

static stint_tensor *ones_draw(const void *self, const init_weight *w)
{
    (void)self;
    return filled(w, 1);
}

const init_class init_ones = {
    .name = "ones",
    .size = sizeof(nothing),
    .params = nothing_params,
    .draw = ones_draw,
};

typedef struct constant {
    double value;
} constant;

static const param constant_params[] = {
    PARAM_F64(constant, value, 0, -1e300, 1e300, "every element"),
    PARAM_END,
};

static stint_tensor *constant_draw(const void *self, const init_weight *w)
{
    const constant *s = self;
    return filled(w, s->value);
}

const init_class init_constant = {
    .name = "constant",
    .size = sizeof(constant),
    .params = constant_params,
    .draw = constant_draw,
};

typedef struct uniform {
    double low, high;
} uniform;

static const param uniform_params[] = {
    PARAM_F64(uniform, low, 0, -1e300, 1e300, "the least"),
    PARAM_F64(uniform, high, 1, -1e300, 1e300, "what all are below"),
    PARAM_END,
};

static stint_tensor *uniform_draw(const void *self, const init_weight *w)
{
    const uniform *s = self;
    if (s->low <= s->high)
        return stint_uniform(w->generator, w->dtype, w->axes, w->shape, s->low, s->high);
    fail(w->ctx, STINT_EUSAGE, "uniform: from %g to %g", s->low, s->high);
    return NULL;
}

const init_class init_uniform = {
    .name = "uniform",
    .size = sizeof(uniform),
    .params = uniform_params,
    .draw = uniform_draw,
};

typedef struct normal {
    double mean, deviation;
} normal;

static const param normal_params[] = {
    PARAM_F64(normal, mean, 0, -1e300, 1e300, "mean"),
    PARAM_F64(normal, deviation, 1, 0, 1e300, "standard deviation"),
    PARAM_END,
};

static stint_tensor *normal_draw(const void *self, const init_weight *w)
{
    const normal *s = self;
    return stint_normal(w->generator, w->dtype, w->axes, w->shape, s->mean, s->deviation);
}

const init_class init_normal = {
    .name = "normal",
    .size = sizeof(normal),
    .params = normal_params,
    .draw = normal_draw,
};
