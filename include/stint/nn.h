/* Nets: layers in a row, made by name, with what they learn and what they remember.
 *
 *     stint_net *n = stint_net_new(ctx, STINT_F32, STINT_SHAPE(64), 7);
 *     stint_net_add(n, "linear", 1, (stint_setting[]){{"units", "128"}});
 *     stint_net_add(n, "relu", 0, NULL);
 *     stint_net_add(n, "linear", 1, (stint_setting[]){{"units", "10"}});
 *     stint_tensor *logits = stint_net_apply(n, x, true);     // x [batch, 64] → [batch, 10]
 *
 * A layer is a class with parameters, set by name as text; sizes of inputs follow from the layers
 * before.  The classes, by what they take (batch first):
 *
 *     [.., in]            linear, layer_norm, and the activations relu, leaky_relu, elu, selu, gelu,
 *                         silu, sigmoid, tanh, softplus, hardtanh, softmax, log_softmax
 *     [time, in]          lstm, gru, attention, conv1d, pool1d, last, mean_time, ema, low_pass
 *     [channels, h, w]    conv2d, pool2d, global_pool, batch_norm, group_norm
 *     whole numbers       embedding
 *     any                 dropout, flatten, reshape, residual and sequential, which hold layers
 *
 * A failed call leaves the net as it was, and the context with the reason; NULL nets are taken, and
 * fail.  A net belongs to its context and to one thread at a time. */
#ifndef STINT_NN_H
#define STINT_NN_H

#include "stint/tensor.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct stint_net stint_net;

/* A net without layers, over samples of this shape (the batch is not part of it; at most 2^40
 * elements, in what layers make of them too).  The weights
 * that layers bring are drawn from Philox numbers of (seed, the weight's number): adding a layer
 * changes none before it.  NULL after a failure. */
STINT_API stint_net *stint_net_new(stint_context *ctx, stint_dtype d, int axes,
                                   const int64_t *shape, int64_t seed);
STINT_API void stint_net_free(stint_net *n); /* takes NULL */

/* Append a layer.  An unknown name or parameter, and a shape that the layer cannot take, is
 * STINT_EUSAGE with the nearest name, or both shapes. */
STINT_API STINT_MUST_CHECK stint_status stint_net_add(stint_net *n, const char *layer,
                                                      int n_settings,
                                                      const stint_setting *settings);
/* Append layers from JSON: a list of names and of {name: {parameter: value}}; the blocks
 * "residual" and "sequential" have a parameter "layers", a list of the same kind. */
STINT_API STINT_MUST_CHECK stint_status stint_net_add_json(stint_net *n, const char *json);
/* What the net is, as JSON that makes it again: {"dtype", "shape", "seed", "layers"}; every
 * parameter stands there. */
STINT_API STINT_MUST_CHECK stint_status stint_net_describe(const stint_net *n, stint_text *out);
/* The layers, their outputs' shapes and their numbers of weights, a line each, for people. */
STINT_API STINT_MUST_CHECK stint_status stint_net_summary(const stint_net *n, stint_text *out);

/* The shape of one sample's output into shape [STINT_AXES]; returns its axes, -1 for NULL. */
STINT_API int stint_net_output(const stint_net *n, int64_t *shape);

/* The graph of the net's output for x [batch, ..].  `training`: dropout drops, batch norm uses
 * the batch's statistics and moves its own.  Works inside a stint_fn.  x has the net's dtype, else
 * STINT_EUSAGE with both shapes. */
STINT_API stint_tensor *stint_net_apply(stint_net *n, stint_tensor *x, bool training);

/* What is learned: tensor i and its name, "0.linear.weight", at most 63 bytes (name may be NULL).
 * Handles of the net, not to be dropped; NULL for an i that is none. */
STINT_API int stint_net_weights(const stint_net *n);
STINT_API stint_tensor *stint_net_weight(stint_net *n, int i, char *name, size_t size);
/* What training changes besides, for checkpoints: running statistics, the generator of dropout.
 * As the weights. */
STINT_API int stint_net_states(const stint_net *n);
STINT_API stint_tensor *stint_net_state(stint_net *n, int i, char *name, size_t size);

/* Weights and states in place as if the net had just been made with this seed: traced steps stay
 * valid. */
STINT_API STINT_MUST_CHECK stint_status stint_net_renew(stint_net *n, int64_t seed);

/* Carry recurrent state (and that of ema and low_pass) from one apply to the next, for batches of
 * exactly `batch` rows; 0 = each apply begins from zeros, as it does at first.  Carried tensors are
 * updated in place; reset makes them zeros, without allocating.  While state is carried samples
 * [time, in] may be of any length: a series may come in pieces. */
STINT_API STINT_MUST_CHECK stint_status stint_net_carry(stint_net *n, int64_t batch);
STINT_API STINT_MUST_CHECK stint_status stint_net_reset(stint_net *n);

/* PATH.json (stint_net_describe) and PATH.safetensors (weights and states), each whole and
 * atomic. */
STINT_API STINT_MUST_CHECK stint_status stint_net_save(stint_net *n, const char *path);
/* Made again from both files; NULL after a failure. */
STINT_API stint_net *stint_net_load(stint_context *ctx, const char *path);
/* Weights and states of a safetensors file (of a save, or a checkpoint that holds them) into this
 * net.  Those of another net are STINT_EDATA with the differences listed: what is missing, what is
 * unknown, whose shapes differ. */
STINT_API STINT_MUST_CHECK stint_status stint_net_read(stint_net *n, const char *safetensors);

/* The classes of layers and losses and their parameters as text, for people; NULL = all. */
STINT_API STINT_MUST_CHECK stint_status stint_net_reference(stint_context *ctx, const char *name,
                                                            stint_text *out);

/* A loss by name: "mse", "mae", "huber", "cross_entropy", "bce_with_logits", "soft_margin",
 * "multi_label_soft_margin"; the mean over the batch.  Targets as those functions of tensor.h take
 * them, but soft_margin, which here takes 0 and 1. */
STINT_API stint_tensor *stint_loss_of(const char *name, int n_settings,
                                      const stint_setting *settings, stint_tensor *output,
                                      stint_tensor *target);

#ifdef __cplusplus
}
#endif
#endif
