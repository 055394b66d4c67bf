#include "nn/layers.h"

/* How the weights of linear layers and convolutions begin, as one choice.  fan_in, uniform in
 * ±1/√fan_in, is PyTorch's default: kaiming_uniform with a slope of √5. */

typedef struct weight_init {
    const char *name;
    stint_setting setting;
} weight_init;

static const weight_init inits[] = {
    {"kaiming_uniform", {"negative_slope", "2.23606797749979"}},
    {"xavier_uniform", {NULL, NULL}},
    {"xavier_normal", {NULL, NULL}},
    {"kaiming_uniform", {"nonlinearity", "relu"}},
    {"kaiming_normal", {"nonlinearity", "relu"}},
    {"lecun_normal", {NULL, NULL}},
    {"orthogonal", {NULL, NULL}},
    {"zeros", {NULL, NULL}},
};

const char *const layer_inits[] = {"fan_in",          "xavier_uniform", "xavier_normal",
                                   "kaiming_uniform", "kaiming_normal", "lecun_normal",
                                   "orthogonal",      "zeros",          NULL};

stint_status layer_weight_by(layer *l, const char *name, double init, int axes,
                             const int64_t *shape)
{
    const weight_init *i = &inits[(int)init];
    return layer_weight(l, name, i->name, i->setting.key ? &i->setting : NULL, axes, shape);
}

stint_status layer_gain_and_bias(layer *l, const char *gain, const char *bias, int64_t n)
{
    TRY(layer_weight(l, gain, "ones", NULL, 1, &n));
    return layer_weight(l, bias, "zeros", NULL, 1, &n);
}
