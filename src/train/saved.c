#include "train/saved.h"

#include "base/hash.h"

#include <string.h>

void saved_path(const stint_trainer *t, const char *name, char out[512])
{
    str_print(out, 512, "%s/%s", t->given.dir, name);
}

static stint_status add_tensor(stint_trainer *t, items *all, stint_tensor *x, const char *before,
                               const char *name)
{
    item i = {.tensor = x};
    str_print(i.name, sizeof i.name, "%s%s", before, name);
    return vec_push(t->ctx, TAG_MODEL, all, i);
}

stint_status saved_add_host(stint_trainer *t, items *all, const char *name, stint_dtype d, void *at,
                            int64_t count)
{
    item i = {.at = at, .dtype = d, .count = count};
    str_print(i.name, sizeof i.name, "%s", name);
    return vec_push(t->ctx, TAG_MODEL, all, i);
}

stint_status saved_add_sum(stint_trainer *t, items *all, const char *name)
{
    return saved_add_host(t, all, name, STINT_U8, NULL, HASH_TEXT_SIZE - 1);
}

stint_status saved_add_net(stint_trainer *t, items *all)
{
    char name[64];
    for (int i = 0; i < t->weights; i++) {
        stint_tensor *w = stint_net_weight(t->net, i, name, sizeof name);
        TRY(add_tensor(t, all, w, "", name));
    }
    for (int i = 0; i < t->states; i++) {
        stint_tensor *s = stint_net_state(t->net, i, name, sizeof name);
        TRY(add_tensor(t, all, s, "", name));
    }
    return STINT_OK;
}

stint_status saved_add_steps(stint_trainer *t, items *all)
{
    char name[64];
    for (int i = 0; i < stint_optimiser_states(t->optimiser); i++) {
        stint_tensor *x = stint_optimiser_state(t->optimiser, i, name, sizeof name);
        TRY(add_tensor(t, all, x, "train.optimiser.", name));
    }
    for (int i = 0; i < stint_scaler_states(t->scaler); i++) {
        stint_tensor *x = stint_scaler_state(t->scaler, i, name, sizeof name);
        TRY(add_tensor(t, all, x, "train.scaler.", name));
    }
    if (t->clip_history)
        TRY(add_tensor(t, all, t->clip_history, "train.", "clip"));
    if (t->turn_kept.at)
        TRY(saved_add_host(t, all, "train.kept", STINT_U8, t->turn_kept.at, t->turn_kept.bytes));
    return add_tensor(t, all, t->sums, "train.", "sums");
}

safetensor saved_header(const item *i)
{
    safetensor s = {.name = i->name, .dtype = i->dtype, .axes = 1, .shape = {i->count}};
    if (!i->tensor)
        return s;
    s.dtype = stint_tensor_dtype(i->tensor);
    s.axes = stint_tensor_axes(i->tensor);
    for (int a = 0; a < s.axes; a++)
        s.shape[a] = stint_tensor_size(i->tensor, a);
    return s;
}
