#include "nn/net.h"

#include "stint/optim.h"

/* A net as it was just after it was made, written into the tensors that are there, which traced
 * steps hold.  One tensor is drawn at a time: when memory runs out midway the first ones are new
 * already, and only a renewal that succeeds makes one net of them. */

static stint_status copy_into(ctx *c, stint_tensor *to, stint_tensor *from)
{
    size_t bytes = tensor_bytes(to);
    void *values = mem_alloc(c, TAG_MODEL, bytes);
    if (!values)
        return STINT_ENOMEM;
    stint_status s = stint_read(from, values, bytes);
    if (s == STINT_OK)
        s = stint_write(to, values, bytes);
    mem_free(values);
    return s;
}

static stint_status copy_made(ctx *c, stint_tensor *to, stint_tensor *from)
{
    stint_status s = ctx_status(c);
    return from ? copy_into(c, to, from) : s ? s : STINT_ENOMEM;
}

static int shape_of(const stint_tensor *t, int64_t shape[STINT_AXES])
{
    int axes = stint_tensor_axes(t);
    for (int a = 0; a < axes; a++)
        shape[a] = stint_tensor_size(t, a);
    return axes;
}

static stint_status renew_weight(stint_net *n, const layer_tensor *t)
{
    int64_t shape[STINT_AXES];
    int axes = shape_of(t->at, shape);
    stint_setting setting = {t->key, t->value};
    stint_tensor *generator = stint_generator(n->ctx, layer_seed(n->seed, t->number));
    return copy_made(
        n->ctx, t->at,
        stint_initialise(generator, t->init, t->key != NULL, &setting, STINT_F32, axes, shape));
}

static stint_status renew_state(stint_net *n, const layer_tensor *t)
{
    int64_t shape[STINT_AXES];
    int axes = shape_of(t->at, shape);
    return copy_made(n->ctx, t->at,
                     t->generator ? stint_generator(n->ctx, layer_seed(n->seed, t->number))
                                  : stint_full(n->ctx, STINT_F32, axes, shape, t->fill));
}

static stint_status renew_layer(void *self, layer *l)
{
    for (int64_t i = 0; i < l->weights.n; i++)
        TRY(renew_weight(self, &l->weights.at[i]));
    for (int64_t i = 0; i < l->states.n; i++)
        TRY(renew_state(self, &l->states.at[i]));
    return STINT_OK;
}

stint_status stint_net_renew(stint_net *n, int64_t seed)
{
    if (!n)
        return STINT_EUSAGE;
    TRY(ctx_status(n->ctx));
    stint_scope *s = stint_scope_open(n->ctx);
    if (!s)
        return STINT_ENOMEM;
    int64_t before = n->seed;
    n->seed = seed;
    stint_status status = net_each(n, renew_layer, n), closed = stint_scope_close(s);
    if (status == STINT_OK && closed == STINT_OK)
        return n->carry ? stint_net_reset(n) : STINT_OK;
    n->seed = before;
    return status ? status : closed;
}
