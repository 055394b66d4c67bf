/* A saved net: DIR/model.safetensors has its weights and states by their names, "x.shift" and
 * "x.scale" [features], "x.order" (which feature each input is), "x.zero", "y.shift" and "y.scale"
 * [outputs]; model.json its layers, window and what tells series apart. */
#ifndef MODEL_NET_SAVED_H
#define MODEL_NET_SAVED_H

#include "base/safetensors.h"
#include "model/net_fit_impl.h"

enum { NET_NAME = 64 }; /* of a tensor */

/* Weights, then states; `name` has room for NET_NAME. */
static inline stint_tensor *net_tensor(stint_net *net, int i, char *name)
{
    int weights = stint_net_weights(net);
    return i < weights ? stint_net_weight(net, i, name, NET_NAME)
                       : stint_net_state(net, i - weights, name, NET_NAME);
}

typedef struct net_scales {
    const double *x_shift, *x_scale; /* [features] by input */
    const int64_t *x_order;          /* [features] */
    const uint8_t *x_zero;           /* [features] */
    const double *y_shift, *y_scale; /* [outputs] */
} net_scales;
enum { NET_SCALES = 6 };

/* As tensors: names, dtypes, sizes, values. */
void net_scales_tensors(const net_scales *s, int64_t features, int64_t outputs,
                        safetensor out[NET_SCALES]);

typedef struct net_model {
    ctx *ctx; /* a child of the caller's, with everything in it */
    arena arena;
    net_data data;
    net_shape shape;
    const char *series;
    net_scales scales;
    file_map map; /* of the file's tensors */
    stint_net *net;
    net_forward forward;
} net_model;

/* Input k of a row from the table's features, as the net was trained on them. */
static inline float net_input(const net_scales *s, int64_t k, double x)
{
    return (float)((x - s->x_shift[k]) / s->x_scale[k]);
}

#endif
