#include "train/trainer.h"

#include "base/mem.h"
#include "data/loader_impl.h"

#include <string.h>

/* A loader's batches as tensors: its slots' memory is wrapped once, for full batches and for an
 * epoch's smaller last one, so a step is handed its inputs without a copy or an allocation. */

/* ---- what samples must be ---- */

static int64_t values(int axes, const int64_t *shape)
{
    int64_t n = 1;
    for (int i = 0; i < axes; i++)
        n *= shape[i];
    return n;
}

static stint_status check_input(stint_trainer *t, const stint_sample_array *a, const char *what)
{
    const sample_shape *in = &t->net->in;
    bool same = a->axes == in->axes && a->dtype == in->dtype;
    for (int i = 0; same && i < a->axes; i++)
        same = a->shape[i] == in->size[i];
    if (same)
        return STINT_OK;
    return fail(t->ctx, STINT_EUSAGE,
                "trainer: %s samples begin with %s of %d axes and %lld values; the net takes %s of "
                "%d axes and %lld values",
                what, stint_dtype_text(a->dtype), a->axes, (long long)values(a->axes, a->shape),
                stint_dtype_text(in->dtype), in->axes, (long long)values(in->axes, in->size));
}

static stint_status check_target(stint_trainer *t, const stint_sample_array *a, const char *what)
{
    const sample_shape *out = &t->net->out;
    bool labels = t->loss->labels;
    int64_t have = values(a->axes, a->shape);
    int64_t want = values(labels && out->axes ? out->axes - 1 : out->axes, out->size);
    bool typed = labels ? a->dtype == STINT_I32 || a->dtype == STINT_I64 : a->dtype == out->dtype;
    if (!typed)
        return fail(t->ctx, STINT_EUSAGE, "trainer: targets of %s are %s for loss %s, not %s", what,
                    labels ? "classes in i32" : stint_dtype_text(out->dtype), t->loss->name,
                    stint_dtype_text(a->dtype));
    if (have != want)
        return fail(t->ctx, STINT_EUSAGE,
                    "trainer: %s samples have %lld target values; loss %s of this net takes %lld",
                    what, (long long)have, t->loss->name, (long long)want);
    return STINT_OK;
}

stint_status feed_check(stint_trainer *t, const stint_samples *samples, const char *what)
{
    if (!samples || samples->n < 1)
        return fail(t->ctx, STINT_EUSAGE, "trainer: there are no %s samples", what);
    if (samples->arrays < 2)
        return fail(
            t->ctx, STINT_EUSAGE,
            "trainer: %s samples of %d array; the first is the input, the second the target", what,
            samples->arrays);
    TRY(check_input(t, &samples->array[0], what));
    return check_target(t, &samples->array[1], what);
}

/* ---- tensors ---- */

static stint_tensor *wrap(stint_trainer *t, const stint_sample_array *a, int64_t rows, void *at)
{
    int64_t shape[STINT_AXES] = {rows};
    for (int i = 0; i < a->axes; i++)
        shape[i + 1] = a->shape[i];
    return stint_wrap(t->ctx, a->dtype, a->axes + 1, shape, NULL, at);
}

stint_status feed_like(stint_trainer *t, const stint_samples *samples, int64_t rows,
                       stint_tensor *in[2])
{
    for (int i = 0; i < 2; i++)
        if (!(in[i] = wrap(t, &samples->array[i], rows, NULL)))
            return ctx_status(t->ctx);
    return STINT_OK;
}

static stint_status wrap_pair(stint_trainer *t, const stint_samples *samples, feed_pair *p,
                              int64_t rows, void *const *data)
{
    for (int i = 0; i < 2; i++) {
        stint_drop(p->in[i]);
        p->in[i] = stint_keep(wrap(t, &samples->array[i], rows, data[i]));
        p->at[i] = data[i];
        if (!p->in[i])
            return ctx_status(t->ctx);
    }
    p->rows = rows;
    return STINT_OK;
}

/* Full batches in [0], others in [1]. */
static feed_pair *pair_of(train_feed *f, int slot, int64_t rows)
{
    return &f->pairs[2 * slot + (rows != f->batch)];
}

stint_status feed_inputs(stint_trainer *t, train_feed *f, const stint_batch *b,
                         stint_tensor *const **in)
{
    feed_pair *p = pair_of(f, b->slot, b->rows);
    if (p->rows != b->rows || p->at[0] != b->data[0] || p->at[1] != b->data[1])
        TRY(wrap_pair(t, f->samples, p, b->rows, b->data));
    *in = p->in;
    return STINT_OK;
}

static stint_status wrap_all(stint_trainer *t, train_feed *f)
{
    int64_t n = f->samples->n, full = n < f->batch ? n : f->batch, last = n % f->batch;
    for (int i = 0; i < f->slots; i++) {
        const stint_batch *b = &f->loader->slot[i].batch;
        TRY(wrap_pair(t, f->samples, pair_of(f, i, full), full, b->data));
        if (last && last != full && !f->loader->drop_last)
            TRY(wrap_pair(t, f->samples, pair_of(f, i, last), last, b->data));
    }
    return STINT_OK;
}

/* ---- the loader ---- */

static void drop_pairs(train_feed *f)
{
    for (int i = 0; f->pairs && i < 2 * f->slots; i++) {
        stint_drop(f->pairs[i].in[0]);
        stint_drop(f->pairs[i].in[1]);
    }
    mem_free(f->pairs);
    f->pairs = NULL;
}

static stint_status make_pairs(stint_trainer *t, train_feed *f)
{
    f->slots = stint_loader_slots(f->loader);
    f->pairs = mem_new(t->ctx, TAG_MODEL, feed_pair, 2 * (int64_t)f->slots);
    return f->pairs ? wrap_all(t, f) : STINT_ENOMEM;
}

stint_status feed_resize(stint_trainer *t, train_feed *f, int64_t batch)
{
    TRY(stint_loader_resize(f->loader, batch));
    drop_pairs(f);
    f->batch = batch;
    return make_pairs(t, f);
}

stint_status feed_open(stint_trainer *t, train_feed *f, const stint_samples *samples, bool shuffle)
{
    bool training = f == &t->train;
    f->samples = samples;
    f->batch = (int64_t)(training ? t->at.batch_size : t->set.batch_size);
    f->loader =
        stint_loader_new(t->ctx, samples,
                         &(stint_loader_settings){.batch = f->batch,
                                                  .drop_last = training && wants(t->set.drop_last),
                                                  .shuffle = shuffle,
                                                  .seed = t->seed,
                                                  .workers = (int)t->set.workers,
                                                  .prefetch = (int)t->set.prefetch});
    if (!f->loader)
        return ctx_status(t->ctx);
    stint_status s = make_pairs(t, f);
    if (s != STINT_OK)
        feed_close(f);
    return s;
}

void feed_close(train_feed *f)
{
    drop_pairs(f);
    stint_loader_free(f->loader);
    *f = (train_feed){.samples = f->samples};
}
