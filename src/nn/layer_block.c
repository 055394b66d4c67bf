#include "nn/layers.h"

/* Layers that hold layers, which are built before them: the last one's output is the block's. */

typedef struct nothing {
    double unused;
} nothing;

static const param nothing_params[] = {PARAM_END};

static const sample_shape *end_of(const layer *l, const sample_shape *in)
{
    return l->inner.n ? &l->inner.at[l->inner.n - 1]->out : in;
}

static stint_tensor *inner_apply(layer *l, stint_tensor *x, const layer_pass *pass)
{
    for (int64_t i = 0; x && i < l->inner.n; i++)
        x = layer_run(l->inner.at[i], x, pass);
    return x;
}

static stint_status sequential_build(layer *l, const sample_shape *in, sample_shape *out)
{
    *out = *end_of(l, in);
    return STINT_OK;
}

const layer_class layer_sequential = {
    .name = "sequential",
    .size = sizeof(nothing),
    .params = nothing_params,
    .block = true,
    .build = sequential_build,
    .apply = inner_apply,
    .help = "layers, one after the other",
};

/* The sum must have the shape of both: nothing is broadcast. */
static stint_status residual_build(layer *l, const sample_shape *in, sample_shape *out)
{
    char have[SAMPLE_SHAPE_SIZE], want[SAMPLE_SHAPE_SIZE];
    const sample_shape *end = end_of(l, in);
    bool same = end->axes == in->axes && end->dtype == in->dtype;
    TRY(layer_takes_floats(l, in));
    for (int a = 0; same && a < in->axes; a++)
        same = end->size[a] == in->size[a];
    if (!same)
        return layer_fail(l, "its layers make %s of %s, which cannot be added to it",
                          sample_text(end, have), sample_text(in, want));
    *out = *in;
    return STINT_OK;
}

static stint_tensor *residual_apply(layer *l, stint_tensor *x, const layer_pass *pass)
{
    return stint_add(x, inner_apply(l, x, pass));
}

const layer_class layer_residual = {
    .name = "residual",
    .size = sizeof(nothing),
    .params = nothing_params,
    .block = true,
    .build = residual_build,
    .apply = residual_apply,
    .help = "x plus what its layers make of it (He et al. 2016)",
};
