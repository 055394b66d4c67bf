#include "nn/initialise.h"

#include <math.h>

/* Initialisers that keep the variance of signals, forwards, backwards or between the two, from
 * layer to layer: independent numbers of mean 0 and
 *
 *     deviation = gain · gain of the nonlinearity · √(1 / fan)
 *
 *     xavier   fan = (in + out) / 2    Glorot & Bengio 2010
 *     kaiming  fan = in (or out)       He, Zhang, Ren, Sun 2015
 *     lecun    fan = in                LeCun, Bottou, Orr, Müller 1998
 *
 * Uniform ones are in ±√3 deviation.  Gains of nonlinearities are PyTorch's. */

typedef struct scaled {
    double gain, fan_mode, nonlinearity, negative_slope;
} scaled;

enum { FAN_IN, FAN_OUT, FAN_AVERAGE };
static const char *const fan_modes[] = {"fan_in", "fan_out", "fan_average", NULL};

enum { LINEAR, SIGMOID, TANH, RELU, LEAKY_RELU, SELU };
static const char *const nonlinearities[] = {"linear",     "sigmoid", "tanh", "relu",
                                             "leaky_relu", "selu",    NULL};

/* clang-format off */
#define SCALED_PARAMS(mode, function)                                                              \
    PARAM_F64(scaled, gain, 1, 0, 1e300, "multiplies the deviation"),                              \
    PARAM_CHOICE(scaled, fan_mode, mode, fan_modes, "the fan whose signals keep their variance"),  \
    PARAM_CHOICE(scaled, nonlinearity, function, nonlinearities, "what follows the layer"),        \
    PARAM_F64(scaled, negative_slope, 0, -1e300, 1e300, "of leaky_relu"),                          \
    PARAM_END
/* clang-format on */

static const param xavier_params[] = {SCALED_PARAMS(FAN_AVERAGE, LINEAR)};
static const param kaiming_params[] = {SCALED_PARAMS(FAN_IN, LEAKY_RELU)};
static const param lecun_params[] = {SCALED_PARAMS(FAN_IN, LINEAR)};

static double gain_of(const scaled *s)
{
    const double gains[] = {
        [LINEAR] = 1,
        [SIGMOID] = 1,
        [TANH] = 5.0 / 3,
        [RELU] = sqrt(2),
        [LEAKY_RELU] = sqrt(2 / (1 + s->negative_slope * s->negative_slope)),
        [SELU] = 3.0 / 4,
    };
    return s->gain * gains[(int)s->nonlinearity];
}

/* Of a weight without elements anything will do. */
static double deviation_of(const scaled *s, const init_weight *w)
{
    const double fans[] = {
        [FAN_IN] = w->fan_in,
        [FAN_OUT] = w->fan_out,
        [FAN_AVERAGE] = (w->fan_in + w->fan_out) / 2,
    };
    return gain_of(s) / sqrt(fmax(fans[(int)s->fan_mode], 1));
}

static stint_tensor *uniform_draw(const void *self, const init_weight *w)
{
    double most = sqrt(3) * deviation_of(self, w);
    return stint_uniform(w->generator, w->dtype, w->axes, w->shape, -most, most);
}

static stint_tensor *normal_draw(const void *self, const init_weight *w)
{
    return stint_normal(w->generator, w->dtype, w->axes, w->shape, 0, deviation_of(self, w));
}

const init_class init_xavier_uniform = {
    .name = "xavier_uniform",
    .size = sizeof(scaled),
    .params = xavier_params,
    .axes = 2,
    .draw = uniform_draw,
};

const init_class init_xavier_normal = {
    .name = "xavier_normal",
    .size = sizeof(scaled),
    .params = xavier_params,
    .axes = 2,
    .draw = normal_draw,
};

const init_class init_kaiming_uniform = {
    .name = "kaiming_uniform",
    .size = sizeof(scaled),
    .params = kaiming_params,
    .axes = 2,
    .draw = uniform_draw,
};

const init_class init_kaiming_normal = {
    .name = "kaiming_normal",
    .size = sizeof(scaled),
    .params = kaiming_params,
    .axes = 2,
    .draw = normal_draw,
};

const init_class init_lecun_normal = {
    .name = "lecun_normal",
    .size = sizeof(scaled),
    .params = lecun_params,
    .axes = 2,
    .draw = normal_draw,
};
