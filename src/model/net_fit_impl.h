/* A fitted net inside: its rows, its trainer, its predictions. */
#ifndef MODEL_NET_FIT_IMPL_H
#define MODEL_NET_FIT_IMPL_H

#include "model/net_forward.h"
#include "model/net_samples.h"

struct net_fit {
    ctx *ctx;
    arena arena; /* what of the spec is needed later */
    net_spec spec;
    net_data data;
    const pack *pack;
    uint8_t *zero; /* [features] of the pack; NULL = none */
    const char *series;
    net_rows train, validation; /* n 0 = none */
    stint_net *net;
    stint_trainer *trainer;
    net_forward forward;
    int64_t batch; /* rows of a batch of predictions */
};

/* Layers, output layer and head as a net over samples of this shape; `planned`: without memory
 * for its weights. */
stint_status net_build(ctx *c, const net_spec *spec, const net_data *d, bool planned,
                       stint_net **out);
/* The sample's sizes; returns its axes. */
int net_spec_shape(const net_spec *spec, const net_data *d, int64_t shape[STINT_AXES]);
int64_t net_forward_batch(const net_spec *spec);

/* What is minimised where a spec does not say. */
const char *net_loss_of(target_kind kind);
/* The spec's trainer over samples, which must stay where they are; without validation: its n is
 * 0. */
stint_trainer *net_trainer_new(ctx *c, const net_spec *spec, target_kind kind, stint_net *net,
                               const net_rows *train, const net_rows *validation);

/* Training and validation rows of a pack. */
stint_status net_fit_rows(ctx *c, const net_spec *spec, const pack *p, const uint8_t *zero,
                          net_rows *train, net_rows *validation);

/* Of the pack's features: 0 before a series' first row; NULL = none is, or no memory. */
stint_status net_zero_of(const table *t, arena *a, uint8_t **out);

/* What two specs over two packs must share so that one's traced steps serve the other. */
stint_status net_fit_key(const net_spec *spec, const net_data *d, const pack *p, str *out);
/* The same net with other weights, order, rate and rows: `spec` and `p` have its key. */
stint_status net_fit_renew(net_fit *f, const net_spec *spec, const pack *p);

/* A number of the trainer's settings, as "batch_size", or of its optimiser's; NaN = not there. */
double net_spec_setting(const net_spec *spec, const char *key);
double net_spec_optimiser_setting(const net_spec *spec, const char *key);

#endif
