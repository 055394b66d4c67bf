/* A net's weights and states by name, as its files have them. */
#ifndef NN_SAVED_NET_H
#define NN_SAVED_NET_H

#include "nn/net.h"

typedef struct saved_net {
    int n;
    const char **names; /* of the net */
    stint_tensor **tensors;
} saved_net;

/* After a failure there is something to free, too. */
stint_status saved_net_of(stint_net *n, saved_net *out);
void saved_net_free(saved_net *s);

#endif
