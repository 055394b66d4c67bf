/* What the trials of one process share: the packed rows of the last training set, and the last net
 * with its traced steps. */
#ifndef MODEL_NET_CLASS_H
#define MODEL_NET_CLASS_H

#include "model/net_fit_impl.h"

typedef struct net_shared {
    ctx *ctx; /* the process's, not a task's */
    const model_class *class;
    pack pack;
    ctx *own; /* of the net, so that it goes whole */
    net_fit *fit;
    char *key;               /* net_fit_key */
    int64_t opened, renewed; /* nets traced, nets made new in place */
} net_shared;

#endif
