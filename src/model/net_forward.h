/* Predictions of a net: batches of one shape, traced once; and what its outputs say. */
#ifndef MODEL_NET_FORWARD_H
#define MODEL_NET_FORWARD_H

#include "model/net_fit.h"
#include "stint/fn.h"

typedef struct net_forward {
    ctx *ctx;
    stint_net *net;
    int64_t batch, floats, width; /* rows of a batch; floats of a sample, of an output */
    float *x, *y;                 /* [batch][floats], [batch][width] */
    stint_tensor *in;
    stint_fn *fn;
} net_forward;

enum { NET_FORWARD_MOST = 1024 }; /* rows of a batch */

/* Over nets of such samples; nothing is traced before warm_up. */
stint_status net_forward_new(ctx *c, stint_net *net, int64_t batch, int axes, const int64_t *shape,
                             int64_t width, net_forward *out);
void net_forward_free(net_forward *f);
stint_status net_forward_warm_up(net_forward *f);
/* The slab that it would have, nothing allocated. */
stint_status net_forward_plan(net_forward *f, int64_t *slab_bytes);
/* y from x: the whole batch, whatever part of it is of use. */
stint_status net_forward_run(net_forward *f);

/* Outputs [n][width] as predictions: out[column * column_stride + i], numbers in their units. */
void net_decode(const net_data *d, const double *y_shift, const double *y_scale, const float *y,
                int64_t n, double *out, int64_t column_stride);

#endif
