#include "nn/net.h"

#include "graph/graph.h"

#include <string.h>

/* What layers remember from apply to apply: tensors of the net, which applies read and write in
 * place, so that a traced step goes on with them at every call. */

typedef struct making {
    stint_net *net;
    int64_t batch;
    size_t most; /* bytes */
} making;

static stint_status make(void *self, layer *l)
{
    making *m = self;
    for (int64_t i = 0; i < l->carried.n; i++) {
        layer_tensor *t = &l->carried.at[i];
        int64_t shape[STINT_AXES] = {m->batch};
        memcpy(shape + 1, t->size, sizeof *shape * (size_t)t->axes);
        t->next = stint_keep(stint_zeros(m->net->ctx, STINT_F32, t->axes + 1, shape));
        if (!t->next)
            return STINT_ENOMEM;
        graph_own(t->next, "carried by a net");
        m->most = tensor_bytes(t->next) > m->most ? tensor_bytes(t->next) : m->most;
    }
    return STINT_OK;
}

static stint_status forget_next(void *self, layer *l)
{
    (void)self;
    for (int64_t i = 0; i < l->carried.n; i++) {
        stint_drop(l->carried.at[i].next);
        l->carried.at[i].next = NULL;
    }
    return STINT_OK;
}

static stint_status take_next(void *self, layer *l)
{
    (void)self;
    for (int64_t i = 0; i < l->carried.n; i++) {
        layer_tensor *t = &l->carried.at[i];
        stint_drop(t->at);
        t->at = t->next;
        t->next = NULL;
    }
    return STINT_OK;
}

stint_status stint_net_carry(stint_net *n, int64_t batch)
{
    making m = {.net = n, .batch = batch};
    void *zeros = NULL;
    if (!n)
        return STINT_EUSAGE;
    TRY(ctx_status(n->ctx));
    if (batch < 0)
        return fail(n->ctx, STINT_EUSAGE, "net: state cannot be carried for a batch of %lld rows",
                    (long long)batch);
    if (batch == n->carry)
        return stint_net_reset(n);
    if (batch > 0 && (net_each(n, make, &m) != STINT_OK ||
                      !(zeros = mem_alloc(n->ctx, TAG_MODEL, m.most ? m.most : 1)))) {
        (void)net_each(n, forget_next, n);
        stint_status s = ctx_status(n->ctx);
        return s ? s : STINT_ENOMEM;
    }
    (void)net_each(n, take_next, n);
    mem_free(n->zeros);
    n->zeros = zeros;
    n->carry = batch;
    return STINT_OK;
}

static stint_status reset(void *self, layer *l)
{
    const stint_net *n = self;
    for (int64_t i = 0; i < l->carried.n; i++)
        TRY(stint_write(l->carried.at[i].at, n->zeros, tensor_bytes(l->carried.at[i].at)));
    return STINT_OK;
}

stint_status stint_net_reset(stint_net *n)
{
    if (!n)
        return STINT_EUSAGE;
    TRY(ctx_status(n->ctx));
    return n->carry ? net_each(n, reset, n) : STINT_OK;
}

static stint_status find_whole(void *self, layer *l)
{
    bool *streams = self;
    *streams = *streams && !l->class->whole;
    return STINT_OK;
}

bool net_streams(stint_net *n)
{
    bool streams = n->in.axes == 2;
    (void)net_each(n, find_whole, &streams);
    return streams;
}
