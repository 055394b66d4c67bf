#include "nn/layers.h"

#include <string.h>

const layer_class *const layer_table[] = {
    &layer_linear,    &layer_relu,        &layer_leaky_relu,  &layer_elu,        &layer_selu,
    &layer_gelu,      &layer_silu,        &layer_sigmoid,     &layer_tanh,       &layer_softplus,
    &layer_hardtanh,  &layer_softmax,     &layer_log_softmax, &layer_dropout,    &layer_lstm,
    &layer_gru,       &layer_attention,   &layer_conv1d,      &layer_conv2d,     &layer_pool1d,
    &layer_pool2d,    &layer_global_pool, &layer_batch_norm,  &layer_group_norm, &layer_layer_norm,
    &layer_embedding, &layer_flatten,     &layer_reshape,     &layer_last,       &layer_mean_time,
    &layer_ema,       &layer_low_pass,    &layer_residual,    &layer_sequential, NULL,
};

const layer_class *layer_find(const char *name)
{
    for (int i = 0; layer_table[i]; i++)
        if (strcmp(layer_table[i]->name, name) == 0)
            return layer_table[i];
    return NULL;
}

stint_status layer_takes_floats(layer *l, const sample_shape *in)
{
    if (in->dtype != STINT_F32)
        return layer_fail(l, "takes f32, not %s: an embedding comes first",
                          stint_dtype_text(in->dtype));
    return STINT_OK;
}

stint_status layer_takes(layer *l, const sample_shape *in, int axes, const char *words)
{
    char have[SAMPLE_SHAPE_SIZE];
    TRY(layer_takes_floats(l, in));
    if (in->axes != axes)
        return layer_fail(l, "takes samples %s, not %s", words, sample_text(in, have));
    return STINT_OK;
}

stint_status layer_takes_rows(layer *l, const sample_shape *in)
{
    TRY(layer_takes_floats(l, in));
    return in->axes >= 1 ? STINT_OK : layer_fail(l, "takes samples [..,in], not []");
}
