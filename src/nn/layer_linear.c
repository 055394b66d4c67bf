#include "nn/layers.h"

/* y = x w + bias over the last axis: w [in, units], bias [units], at first zeros. */

typedef struct linear {
    double units, bias, init;
} linear;

static const param linear_params[] = {
    PARAM_INT(linear, units, 1, 1, 1e9, "outputs"),
    PARAM_BOOL(linear, bias, true, "add a bias"),
    PARAM_CHOICE(linear, init, 0, layer_inits, "how weights begin; fan_in: uniform in ±1/√in"),
    PARAM_END,
};

static stint_status linear_build(layer *l, const sample_shape *in, sample_shape *out)
{
    const linear *s = l->self;
    TRY(layer_takes_rows(l, in));
    int64_t units = (int64_t)s->units, shape[2] = {in->size[in->axes - 1], units};
    *out = *in;
    out->size[in->axes - 1] = units;
    TRY(layer_weight_by(l, "weight", s->init, 2, shape));
    return s->bias != 0 ? layer_weight(l, "bias", "zeros", NULL, 1, &units) : STINT_OK;
}

static stint_tensor *linear_apply(layer *l, stint_tensor *x, const layer_pass *pass)
{
    const linear *s = l->self;
    (void)pass;
    return stint_linear(x, layer_w(l, 0), s->bias != 0 ? layer_w(l, 1) : NULL);
}

const layer_class layer_linear = {
    .name = "linear",
    .size = sizeof(linear),
    .params = linear_params,
    .build = linear_build,
    .apply = linear_apply,
    .help = "a matrix and a bias: [.., in] to [.., units]",
};
