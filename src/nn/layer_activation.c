#include "nn/layers.h"

/* Activations, element by element, and softmax over the last axis.
 *
 * Saturated is where |y| lies so near its bound that the gradient is nearly lost: 1 - y² is below
 * 0.02 for tanh, y (1 - y) below 0.01 for sigmoid, of which only the upper end is seen so. */

typedef struct nothing {
    double unused;
} nothing;

static const param nothing_params[] = {PARAM_END};

static stint_status same_build(layer *l, const sample_shape *in, sample_shape *out)
{
    TRY(layer_takes_floats(l, in));
    *out = *in;
    return STINT_OK;
}

/* name, |y| of saturation, help */
#define PLAIN_LIST(X)                                                                              \
    X(relu, 0, "max(x, 0)")                                                                        \
    X(selu, 0, "a scaled elu whose outputs normalise themselves (Klambauer et al. 2017)")          \
    X(gelu, 0, "x/2 (1 + erf(x/√2))")                                                              \
    X(silu, 0, "x sigmoid(x)")                                                                     \
    X(sigmoid, 0.99, "1 / (1 + e^-x)")                                                             \
    X(tanh, 0.99, "tanh(x)")                                                                       \
    X(softplus, 0, "log(1 + e^x)")

#define X(activation, at, text)                                                                    \
    static stint_tensor *activation##_apply(layer *l, stint_tensor *x, const layer_pass *pass)     \
    {                                                                                              \
        (void)l;                                                                                   \
        (void)pass;                                                                                \
        return stint_##activation(x);                                                              \
    }                                                                                              \
    const layer_class layer_##activation = {                                                       \
        .name = #activation,                                                                       \
        .size = sizeof(nothing),                                                                   \
        .params = nothing_params,                                                                  \
        .is_activation = true,                                                                     \
        .saturated = at,                                                                           \
        .build = same_build,                                                                       \
        .apply = activation##_apply,                                                               \
        .help = text,                                                                              \
    };
PLAIN_LIST(X)
#undef X

typedef struct leaky_relu {
    double slope;
} leaky_relu;

static const param leaky_relu_params[] = {
    PARAM_F64(leaky_relu, slope, 0.01, -1e300, 1e300, "the slope below 0"),
    PARAM_END,
};

static stint_tensor *leaky_relu_apply(layer *l, stint_tensor *x, const layer_pass *pass)
{
    const leaky_relu *s = l->self;
    (void)pass;
    return stint_leaky_relu(x, s->slope);
}

const layer_class layer_leaky_relu = {
    .name = "leaky_relu",
    .size = sizeof(leaky_relu),
    .params = leaky_relu_params,
    .is_activation = true,
    .build = same_build,
    .apply = leaky_relu_apply,
    .help = "x, below 0 slope x",
};

typedef struct elu {
    double alpha;
} elu;

static const param elu_params[] = {
    PARAM_F64(elu, alpha, 1, -1e300, 1e300, "minus the least"),
    PARAM_END,
};

static stint_tensor *elu_apply(layer *l, stint_tensor *x, const layer_pass *pass)
{
    const elu *s = l->self;
    (void)pass;
    return stint_elu(x, s->alpha);
}

const layer_class layer_elu = {
    .name = "elu",
    .size = sizeof(elu),
    .params = elu_params,
    .is_activation = true,
    .build = same_build,
    .apply = elu_apply,
    .help = "x, below 0 alpha (e^x - 1)",
};

typedef struct hardtanh {
    double low, high;
} hardtanh;

static const param hardtanh_params[] = {
    PARAM_F64(hardtanh, low, -1, -1e300, 1e300, "the least"),
    PARAM_F64(hardtanh, high, 1, -1e300, 1e300, "the most"),
    PARAM_END,
};

static stint_status hardtanh_build(layer *l, const sample_shape *in, sample_shape *out)
{
    const hardtanh *s = l->self;
    if (s->low > s->high)
        return layer_fail(l, "low is %g, above high, %g", s->low, s->high);
    return same_build(l, in, out);
}

static stint_tensor *hardtanh_apply(layer *l, stint_tensor *x, const layer_pass *pass)
{
    const hardtanh *s = l->self;
    (void)pass;
    return stint_hardtanh(x, s->low, s->high);
}

const layer_class layer_hardtanh = {
    .name = "hardtanh",
    .size = sizeof(hardtanh),
    .params = hardtanh_params,
    .is_activation = true,
    .saturated = 0.99,
    .build = hardtanh_build,
    .apply = hardtanh_apply,
    .help = "x within low and high",
};

/* ---- over the last axis ---- */

static stint_status softmax_build(layer *l, const sample_shape *in, sample_shape *out)
{
    TRY(layer_takes_rows(l, in));
    *out = *in;
    return STINT_OK;
}

static stint_tensor *softmax_apply(layer *l, stint_tensor *x, const layer_pass *pass)
{
    (void)l;
    (void)pass;
    return stint_softmax(x, -1);
}

const layer_class layer_softmax = {
    .name = "softmax",
    .size = sizeof(nothing),
    .params = nothing_params,
    .build = softmax_build,
    .apply = softmax_apply,
    .help = "e^x / Σ e^x over the last axis",
};

static stint_tensor *log_softmax_apply(layer *l, stint_tensor *x, const layer_pass *pass)
{
    (void)l;
    (void)pass;
    return stint_log_softmax(x, -1);
}

const layer_class layer_log_softmax = {
    .name = "log_softmax",
    .size = sizeof(nothing),
    .params = nothing_params,
    .build = softmax_build,
    .apply = log_softmax_apply,
    .help = "x - log Σ e^x over the last axis",
};
