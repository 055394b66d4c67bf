#include "train/trainer.h"

#include "base/mem.h"

/* Weights and states of the net set aside, one behind the other in the order of the net. */

static stint_tensor *tensor_of(const stint_trainer *t, int i)
{
    return i < t->weights ? t->weight[i] : t->state[i - t->weights];
}

stint_status kept_new(stint_trainer *t, kept *k)
{
    k->bytes = 0;
    for (int i = 0; i < t->weights + t->states; i++)
        k->bytes += plan_tensor_bytes(tensor_of(t, i));
    k->at = mem_alloc(t->ctx, TAG_MODEL, (size_t)k->bytes);
    return k->at ? STINT_OK : STINT_ENOMEM;
}

stint_status kept_take(stint_trainer *t, kept *k)
{
    char *at = k->at;
    for (int i = 0; i < t->weights + t->states; i++) {
        int64_t bytes = plan_tensor_bytes(tensor_of(t, i));
        TRY(stint_read(tensor_of(t, i), at, (size_t)bytes));
        at += bytes;
    }
    return STINT_OK;
}

stint_status kept_put(stint_trainer *t, const kept *k)
{
    const char *at = k->at;
    for (int i = 0; i < t->weights + t->states; i++) {
        int64_t bytes = plan_tensor_bytes(tensor_of(t, i));
        TRY(stint_write(tensor_of(t, i), at, (size_t)bytes));
        at += bytes;
    }
    return STINT_OK;
}
