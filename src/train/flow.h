/* Gradient flow: how large gradients are, layer by layer, and which activations are dead or
 * saturated (Glorot, Bengio 2010; Pascanu, Mikolov, Bengio 2013).
 *
 * What is measured is part of the step's graph: per layer the norm of all its weights' gradients,
 * and for an activation the share of its outputs that are saturated and of its units that are 0
 * for the whole batch, each into a scalar in place.  So a step allocates nothing and reads nothing;
 * the scalars are read every flow_every steps.  With flow off no node is added. */
#ifndef TRAIN_FLOW_H
#define TRAIN_FLOW_H

#include "train/train.h"

#define FLOW_VANISHING 1e-6
#define FLOW_EXPLODING 1e2

/* For the layers of a net as it stands. */
flow *flow_new(ctx *c, stint_net *net);
void flow_free(flow *f); /* takes NULL */

/* While a step is traced: f sees each layer's output (a net_seen; self is the flow), then the
 * gradients of the net's weights, unscaled and before clipping. */
void flow_saw(void *self, const layer *l, stint_tensor *out);
stint_status flow_gradients(flow *f, int n, stint_tensor *const *gradient);

/* After a step: take what it measured into the account. */
stint_status flow_take(flow *f, int64_t step);

/* The account for checkpoints, as an object; and back from it, to the last bit. */
void flow_emit(const flow *f, json_out *j);
stint_status flow_restore(flow *f, const json_t *saved);

stint_status flow_report(const flow *f, stint_flow_format how, str *out);

#endif
