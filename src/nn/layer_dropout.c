#include "nn/layers.h"

/* Dropout (Srivastava et al. 2014): in training each element is 0 with probability p, else
 * x / (1 - p). */

typedef struct dropout {
    double p;
} dropout;

static const param dropout_params[] = {
    PARAM_F64(dropout, p, 0.5, 0, 1, "the probability of 0"),
    PARAM_END,
};

static stint_status dropout_build(layer *l, const sample_shape *in, sample_shape *out)
{
    TRY(layer_takes_floats(l, in));
    *out = *in;
    return layer_generator(l);
}

static stint_tensor *dropout_apply(layer *l, stint_tensor *x, const layer_pass *pass)
{
    const dropout *s = l->self;
    return pass->training ? stint_dropout(x, s->p, layer_s(l, 0)) : x;
}

const layer_class layer_dropout = {
    .name = "dropout",
    .size = sizeof(dropout),
    .params = dropout_params,
    .build = dropout_build,
    .apply = dropout_apply,
    .help = "in training, zeros at random",
};
