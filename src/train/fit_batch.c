#include "train/trainer.h"

#include <math.h>

/* What a trainer's memory comes to before it is there, and the batch size that fits it. */

/* ---- estimates ---- */

/* As loaders lay their slots out: indices and arrays on lines of 64 bytes. */
static int64_t loader_bytes(const stint_trainer *t, const stint_samples *s, int64_t batch)
{
    int64_t rows = s->n < batch ? s->n : batch, sum = 0;
    int64_t slots =
        t->set.workers == 0 ? 1 : (t->set.prefetch > 0 ? (int64_t)t->set.prefetch : 2) + 1;
    for (int a = -1; a < s->arrays; a++) {
        int64_t bytes =
            a < 0 ? (int64_t)sizeof(int64_t) : (int64_t)stint_dtype_bytes(s->array[a].dtype);
        for (int i = 0; a >= 0 && i < s->array[a].axes; i++)
            bytes *= s->array[a].shape[i];
        sum += (rows * bytes + 63) / 64 * 64;
    }
    return slots * sum;
}

static int64_t batches_bytes(const stint_trainer *t, const train_feed *f, int64_t batch)
{
    if (!f->samples)
        return 0;
    return f->loader ? stint_loader_report(f->loader).bytes : loader_bytes(t, f->samples, batch);
}

static int64_t state_bytes(stint_trainer *t)
{
    char name[64];
    int64_t sum = plan_tensor_bytes(t->clip_history) + 2 * SUMS * 8 + 2 * 8;
    for (int i = 0; i < stint_optimiser_states(t->optimiser); i++)
        sum += plan_tensor_bytes(stint_optimiser_state(t->optimiser, i, name, sizeof name));
    for (int i = 0; i < stint_scaler_states(t->scaler); i++)
        sum += plan_tensor_bytes(stint_scaler_state(t->scaler, i, name, sizeof name));
    for (int i = 0; t->accumulator && i < t->weights; i++)
        sum += plan_tensor_bytes(t->weight[i]);
    for (int i = 0; i < t->states; i++)
        sum += plan_tensor_bytes(t->state_began[i]);
    return sum;
}

stint_status train_estimate(stint_trainer *t, train_bytes *out)
{
    int64_t batch = (int64_t)t->at.batch_size;
    *out = (train_bytes){0};
    TRY(plan_state(t));
    TRY(plan_slab(t, batch, &out->slab));
    for (int i = 0; i < t->weights; i++)
        out->weights += plan_tensor_bytes(t->weight[i]);
    for (int i = 0; i < t->states; i++)
        out->weights += plan_tensor_bytes(t->state[i]);
    out->optimiser = state_bytes(t);
    out->batches = batches_bytes(t, &t->train, batch) +
                   batches_bytes(t, &t->valid, (int64_t)t->set.batch_size);
    out->all = out->weights + out->optimiser + out->slab + out->batches;
    if (wants(t->set.restore_best) || t->set.exploit_epochs > 0)
        out->all += out->weights; /* set aside */
    if (t->set.exploit_epochs > 0 && t->set.repetitions > 1)
        out->all += out->weights;
    return STINT_OK;
}

/* ---- dynamic batch size ---- */

static stint_status take_batch(stint_trainer *t, int64_t batch)
{
    plan_forget(t);
    leak_end(t);
    t->at.batch_size = (double)batch;
    t->at.reproducible = 0;
    TRY(feed_resize(t, &t->train, batch));
    TRY(plan_steps(t));
    leak_begin(t);
    return STINT_OK;
}

stint_status plan_batch(stint_trainer *t)
{
    int64_t batch = (int64_t)t->at.batch_size;
    if (batch == t->train.batch)
        return STINT_OK;
    double reproducible = t->at.reproducible;
    TRY(take_batch(t, batch));
    t->at.reproducible = reproducible;
    return STINT_OK;
}

/* Below 0.8 of the budget × 1.2, where the plan of that stays below 0.95; above 0.95 × 0.8. */
stint_status plan_fit_batch(stint_trainer *t)
{
    const budget *b = ctx_budget(t->ctx);
    int64_t batch = (int64_t)t->at.batch_size, most = t->train.samples->n;
    int64_t left = budget_left(b), live = budget_live(b);
    if (left > INT64_MAX / 2)
        return STINT_OK;
    double limit = (double)(live + left), slab = 0;
    if ((double)live > 0.95 * limit)
        return batch > 1 ? take_batch(t, (int64_t)floor(0.8 * (double)batch)) : STINT_OK;
    int64_t more = (int64_t)fmax(floor(1.2 * (double)batch), (double)batch + 1), planned;
    more = more < most ? more : most;
    if ((double)live >= 0.8 * limit || more <= batch)
        return STINT_OK;
    TRY(plan_slab(t, more, &planned));
    slab = (double)(planned - t->slab.bytes);
    double loaded = (double)stint_loader_report(t->train.loader).bytes;
    double batches = loaded * ((double)more / (double)batch - 1);
    return (double)live + slab + batches <= 0.95 * limit ? take_batch(t, more) : STINT_OK;
}
