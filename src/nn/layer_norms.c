#include "nn/layers.h"

/* Normalisation: x to mean 0 and variance 1 over the batch, a group of channels or the last axis,
 * then times a gain, plus a bias. */

enum { GAIN, BIAS };
enum { RUNNING_MEAN, RUNNING_VARIANCE };

typedef struct batch_norm {
    double momentum, eps;
} batch_norm;

static const param batch_norm_params[] = {
    PARAM_F64(batch_norm, momentum, 0.1, 1e-9, 1, "how far running statistics move"),
    PARAM_F64(batch_norm, eps, 1e-5, 1e-12, 1, "added to the variance"),
    PARAM_END,
};

static stint_status batch_norm_build(layer *l, const sample_shape *in, sample_shape *out)
{
    char have[SAMPLE_SHAPE_SIZE];
    TRY(layer_takes_floats(l, in));
    if (in->axes != 1 && in->axes != 3)
        return layer_fail(l, "takes samples [channels,h,w] or [in], not %s", sample_text(in, have));
    *out = *in;
    TRY(layer_gain_and_bias(l, "gain", "bias", in->size[0]));
    TRY(layer_state(l, "running_mean", 0, 1, in->size));
    return layer_state(l, "running_variance", 1, 1, in->size);
}

static stint_tensor *batch_norm_apply(layer *l, stint_tensor *x, const layer_pass *pass)
{
    const batch_norm *s = l->self;
    stint_batch_norm_state state = {
        .running_mean = layer_s(l, RUNNING_MEAN),
        .running_variance = layer_s(l, RUNNING_VARIANCE),
        .momentum = s->momentum,
        .eps = s->eps,
        .training = pass->training,
    };
    return stint_batch_norm(x, layer_w(l, GAIN), layer_w(l, BIAS), &state);
}

const layer_class layer_batch_norm = {
    .name = "batch_norm",
    .whole = true,
    .size = sizeof(batch_norm),
    .params = batch_norm_params,
    .build = batch_norm_build,
    .apply = batch_norm_apply,
    .help = "each channel normalised over the batch (Ioffe, Szegedy 2015)",
};

typedef struct group_norm {
    double groups, eps;
} group_norm;

static const param group_norm_params[] = {
    PARAM_INT(group_norm, groups, 1, 1, 1e6, "of channels"),
    PARAM_F64(group_norm, eps, 1e-5, 1e-12, 1, "added to the variance"),
    PARAM_END,
};

static stint_status group_norm_build(layer *l, const sample_shape *in, sample_shape *out)
{
    const group_norm *s = l->self;
    TRY(layer_takes(l, in, 3, "[channels,h,w]"));
    if (in->size[0] % (int64_t)s->groups != 0)
        return layer_fail(l, "%g groups do not divide %lld channels", s->groups,
                          (long long)in->size[0]);
    *out = *in;
    return layer_gain_and_bias(l, "gain", "bias", in->size[0]);
}

static stint_tensor *group_norm_apply(layer *l, stint_tensor *x, const layer_pass *pass)
{
    const group_norm *s = l->self;
    (void)pass;
    return stint_group_norm(x, (int64_t)s->groups, layer_w(l, GAIN), layer_w(l, BIAS), s->eps);
}

const layer_class layer_group_norm = {
    .name = "group_norm",
    .whole = true,
    .size = sizeof(group_norm),
    .params = group_norm_params,
    .build = group_norm_build,
    .apply = group_norm_apply,
    .help = "groups of channels normalised in each sample (Wu, He 2018)",
};

typedef struct layer_norm {
    double eps;
} layer_norm;

static const param layer_norm_params[] = {
    PARAM_F64(layer_norm, eps, 1e-5, 1e-12, 1, "added to the variance"),
    PARAM_END,
};

static stint_status layer_norm_build(layer *l, const sample_shape *in, sample_shape *out)
{
    TRY(layer_takes_rows(l, in));
    *out = *in;
    return layer_gain_and_bias(l, "gain", "bias", in->size[in->axes - 1]);
}

static stint_tensor *layer_norm_apply(layer *l, stint_tensor *x, const layer_pass *pass)
{
    const layer_norm *s = l->self;
    (void)pass;
    return stint_layer_norm(x, layer_w(l, GAIN), layer_w(l, BIAS), s->eps);
}

const layer_class layer_layer_norm = {
    .name = "layer_norm",
    .size = sizeof(layer_norm),
    .params = layer_norm_params,
    .build = layer_norm_build,
    .apply = layer_norm_apply,
    .help = "the last axis normalised (Ba, Kiros, Hinton 2016)",
};
