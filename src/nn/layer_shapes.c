#include "nn/layers.h"

/* Layers that change a sample's shape, or take one step or the mean of a series. */

typedef struct nothing {
    double unused;
} nothing;

static const param nothing_params[] = {PARAM_END};

static int64_t count_of(const sample_shape *s)
{
    int64_t n = 1;
    for (int a = 0; a < s->axes; a++)
        n *= s->size[a];
    return n;
}

/* x as a batch of samples like this layer's output */
static stint_tensor *reshaped(layer *l, stint_tensor *x, const layer_pass *pass)
{
    int64_t shape[STINT_AXES] = {pass->batch};
    for (int a = 0; a < l->out.axes; a++)
        shape[a + 1] = l->out.size[a];
    return stint_reshape(x, l->out.axes + 1, shape);
}

static stint_status flatten_build(layer *l, const sample_shape *in, sample_shape *out)
{
    (void)l;
    *out = (sample_shape){.dtype = in->dtype, .axes = 1, .size = {count_of(in)}};
    return STINT_OK;
}

const layer_class layer_flatten = {
    .name = "flatten",
    .whole = true,
    .size = sizeof(nothing),
    .params = nothing_params,
    .build = flatten_build,
    .apply = reshaped,
    .help = "a sample as one row: [..] to [n]",
};

typedef struct reshape {
    double channels, height, width;
} reshape;

static const param reshape_params[] = {
    PARAM_INT(reshape, channels, 1, 1, 1e9, "the first size"),
    PARAM_INT(reshape, height, 1, 1, 1e9, "the second"),
    PARAM_INT(reshape, width, 1, 1, 1e9, "the third"),
    PARAM_END,
};

static stint_status reshape_build(layer *l, const sample_shape *in, sample_shape *out)
{
    const reshape *s = l->self;
    char have[SAMPLE_SHAPE_SIZE], want[SAMPLE_SHAPE_SIZE];
    *out = (sample_shape){.dtype = in->dtype,
                          .axes = 3,
                          .size = {(int64_t)s->channels, (int64_t)s->height, (int64_t)s->width}};
    if (s->channels * s->height * s->width != (double)count_of(in))
        return layer_fail(l, "%s has not as many elements as %s", sample_text(in, have),
                          sample_text(out, want));
    return STINT_OK;
}

const layer_class layer_reshape = {
    .name = "reshape",
    .whole = true,
    .size = sizeof(reshape),
    .params = reshape_params,
    .build = reshape_build,
    .apply = reshaped,
    .help = "a sample as [channels, height, width]",
};

/* [time, in] to [in] */
static stint_status step_build(layer *l, const sample_shape *in, sample_shape *out)
{
    TRY(layer_takes(l, in, 2, "[time,in]"));
    *out = (sample_shape){.dtype = in->dtype, .axes = 1, .size = {in->size[1]}};
    return STINT_OK;
}

static stint_tensor *last_apply(layer *l, stint_tensor *x, const layer_pass *pass)
{
    int64_t time = stint_tensor_size(x, 1);
    (void)l;
    (void)pass;
    return stint_squeeze_axis(stint_slice(x, 1, time - 1, time, 1), 1);
}

const layer_class layer_last = {
    .name = "last",
    .size = sizeof(nothing),
    .params = nothing_params,
    .build = step_build,
    .apply = last_apply,
    .help = "the last step of [time, in]",
};

static stint_tensor *mean_time_apply(layer *l, stint_tensor *x, const layer_pass *pass)
{
    (void)l;
    (void)pass;
    return stint_mean(x, 1, false);
}

const layer_class layer_mean_time = {
    .name = "mean_time",
    .whole = true,
    .size = sizeof(nothing),
    .params = nothing_params,
    .build = step_build,
    .apply = mean_time_apply,
    .help = "the mean over time of [time, in]",
};
