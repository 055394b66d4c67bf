/* The classes of layers, and shapes that several take. */
#ifndef NN_LAYERS_H
#define NN_LAYERS_H

#include "nn/net.h"

extern const layer_class layer_linear, layer_relu, layer_leaky_relu, layer_elu, layer_selu,
    layer_gelu, layer_silu, layer_sigmoid, layer_tanh, layer_softplus, layer_hardtanh,
    layer_softmax, layer_log_softmax, layer_dropout, layer_lstm, layer_gru, layer_attention,
    layer_conv1d, layer_conv2d, layer_pool1d, layer_pool2d, layer_global_pool, layer_batch_norm,
    layer_group_norm, layer_layer_norm, layer_embedding, layer_flatten, layer_reshape, layer_last,
    layer_mean_time, layer_ema, layer_low_pass, layer_residual, layer_sequential;

/* f32 samples of `axes` axes, "[time,in]" in words; STINT_EUSAGE for others. */
stint_status layer_takes(layer *l, const sample_shape *in, int axes, const char *words);
/* f32 samples of any shape with a last axis. */
stint_status layer_takes_rows(layer *l, const sample_shape *in);
/* f32 samples of any shape. */
stint_status layer_takes_floats(layer *l, const sample_shape *in);

/* How weights begin, a parameter of several classes, and a weight that begins so. */
extern const char *const layer_inits[];
stint_status layer_weight_by(layer *l, const char *name, double init, int axes,
                             const int64_t *shape);
/* [n] each: ones and zeros */
stint_status layer_gain_and_bias(layer *l, const char *gain, const char *bias, int64_t n);

#endif
