#include "base/mem.h"
#include "base/os/os.h"
#include "data/loader_impl.h"

#include <string.h>

/* Loaders from outside: what is asked for is checked, where the caller stands is kept. */

enum { CORES_A_WORKER = 4, PREFETCH = 2, PREFETCH_MOST = 1 << 20 };

/* --- making ---------------------------------------------------------------------------------- */

static bool array_bytes(const stint_sample_array *a, size_t *out)
{
    size_t bytes = stint_dtype_bytes(a->dtype);
    if (bytes == 0 || a->axes < 0 || a->axes > STINT_AXES)
        return false;
    for (int i = 0; i < a->axes; i++)
        if (a->shape[i] < 0 || __builtin_mul_overflow(bytes, (size_t)a->shape[i], &bytes))
            return false;
    *out = bytes;
    return true;
}

static stint_status take_samples(stint_loader *l, const stint_samples *s)
{
    if (!s || s->n < 1 || !s->fill)
        return fail(l->ctx, STINT_EUSAGE, "loader: there are no samples");
    if (s->arrays < 1 || s->arrays > STINT_SAMPLE_ARRAYS)
        return fail(l->ctx, STINT_EUSAGE, "loader: samples of %d arrays; 1 to %d can be", s->arrays,
                    STINT_SAMPLE_ARRAYS);
    for (int a = 0; a < s->arrays; a++)
        if (!array_bytes(&s->array[a], &l->row_bytes[a]))
            return fail(l->ctx, STINT_EUSAGE, "loader: array %d has no dtype or shape", a);
    l->samples = *s;
    l->order.n = l->order.positions = s->n;
    return STINT_OK;
}

static stint_status take_settings(stint_loader *l, const stint_loader_settings *s)
{
    if (s->batch < 1)
        return fail(l->ctx, STINT_EUSAGE, "loader: a batch of %lld samples; at least 1",
                    (long long)s->batch);
    if (s->draws < 0 || s->workers < -1 || s->prefetch < 0 || s->prefetch > PREFETCH_MOST)
        return fail(l->ctx, STINT_EUSAGE, "loader: draws %lld, workers %d, prefetch %d",
                    (long long)s->draws, s->workers, s->prefetch);
    l->batch = l->next_batch = s->batch;
    l->drop_last = s->drop_last;
    l->order.shuffle = s->shuffle;
    l->order.seed = (uint64_t)s->seed;
    if (!s->weights)
        return STINT_OK;
    if (s->draws > 0)
        l->order.positions = s->draws;
    return alias_open(l->ctx, s->weights, l->order.n, &l->order.draws);
}

static int workers_of(const stint_loader_settings *s)
{
    if (s->workers >= 0)
        return s->workers;
    int cores = cpu_count(), workers = cores / CORES_A_WORKER;
    return cores < 2 ? 0 : workers > 1 ? workers : 1;
}

/* No batch has more rows than an epoch. */
static int64_t rows_at_most(const stint_loader *l, int64_t batch)
{
    return batch < l->order.positions ? batch : l->order.positions;
}

/* A slot that no thread would fill is not made, nor a thread that would find no slot. */
static stint_status furnish(stint_loader *l, const stint_loader_settings *s)
{
    int workers = workers_of(s), prefetch = s->prefetch > 0 ? s->prefetch : PREFETCH;
    l->wanted_slots = workers > 0 ? prefetch + 1 : 1;
    l->slot = mem_new(l->ctx, TAG_BASE, loader_slot, l->wanted_slots);
    if (!l->slot)
        return ctx_status(l->ctx);
    TRY(loader_make_room(l, rows_at_most(l, l->batch)));
    return loader_start(l, workers < l->slots ? workers : l->slots);
}

stint_loader *stint_loader_new(stint_context *ctx, const stint_samples *samples,
                               const stint_loader_settings *settings)
{
    bool good = ctx && settings && ctx_status(ctx) == STINT_OK;
    stint_loader *l = good ? mem_new(ctx, TAG_BASE, stint_loader, 1) : NULL;
    if (!l)
        return NULL;
    l->ctx = ctx;
    lock_init(&l->lock);
    signal_init(&l->work);
    signal_init(&l->done);
    stint_status s = take_samples(l, samples);
    if (s == STINT_OK)
        s = take_settings(l, settings);
    if (s == STINT_OK)
        s = furnish(l, settings);
    if (s == STINT_OK)
        return l;
    stint_loader_free(l);
    return NULL;
}

void stint_loader_free(stint_loader *l)
{
    if (!l)
        return;
    loader_stop(l);
    signal_deinit(&l->done);
    signal_deinit(&l->work);
    lock_deinit(&l->lock);
    alias_close(&l->order.draws);
    mem_free(l->room);
    mem_free(l->slot);
    mem_free(l);
}

/* --- where it stands ------------------------------------------------------------------------- */

/* What is filled, or being filled, is forgotten; tickets count from the caller's place. */
static void restart(stint_loader *l)
{
    for (int i = 0; i < l->slots; i++)
        l->slot[i].ready = false;
    l->claimed = l->taken = l->released = 0;
    l->base = l->next;
}

/* Is it what the ring has next?  Behind an epoch's end that is the next one's begin. */
static bool is_next(const stint_loader *l, int64_t epoch, int64_t batch)
{
    bool at_end = l->next.number >= loader_batches_of(l, l->batch);
    return (epoch == l->next.epoch && batch == l->next.number) ||
           (at_end && epoch == l->next.epoch + 1 && batch == 0);
}

void stint_loader_seek(stint_loader *l, int64_t epoch, int64_t batch)
{
    if (!l)
        return;
    int64_t batches = loader_batches_of(l, l->next_batch);
    batch = batch < 0 ? 0 : batch > batches ? batches : batch;
    loader_release(l);
    bool goes_on = l->batch == l->next_batch && is_next(l, epoch, batch);
    if (!goes_on)
        loader_pause(l);
    l->next = (loader_place){epoch, batch};
    if (goes_on)
        return;
    l->batch = l->next_batch;
    restart(l);
    loader_resume(l);
}

/* New slots for larger batches; what was filled ahead is filled again.  Where even one slot cannot
 * be had, the old size is gone back to. */
static stint_status enlarge(stint_loader *l, int64_t rows)
{
    int64_t before = l->most_rows;
    loader_pause(l);
    stint_status s = loader_make_room(l, rows);
    if (s != STINT_OK && loader_make_room(l, before) != STINT_OK)
        return s; /* paused: there is nothing to fill */
    restart(l);
    loader_resume(l);
    return s;
}

stint_status stint_loader_resize(stint_loader *l, int64_t batch)
{
    if (!l)
        return STINT_EUSAGE;
    if (batch < 1)
        return fail(l->ctx, STINT_EUSAGE, "loader: a batch of %lld samples; at least 1",
                    (long long)batch);
    loader_release(l);
    if (rows_at_most(l, batch) > l->most_rows)
        TRY(enlarge(l, rows_at_most(l, batch)));
    l->next_batch = batch;
    return STINT_OK;
}

stint_status stint_loader_next(stint_loader *l, const stint_batch **out)
{
    *out = NULL;
    if (!l)
        return STINT_EUSAGE;
    loader_release(l);
    if (!l->room)
        return fail(l->ctx, STINT_ENOMEM, "loader: there is no memory for a batch");
    if (l->next.number >= loader_batches_of(l, l->batch))
        return STINT_OK;
    *out = &loader_take(l)->batch;
    l->next.number++;
    return STINT_OK;
}

/* --- facts ----------------------------------------------------------------------------------- */

int64_t stint_loader_batches(const stint_loader *l)
{
    return l ? loader_batches_of(l, l->next_batch) : 0;
}

int stint_loader_slots(const stint_loader *l)
{
    return l ? l->slots : 0;
}

int64_t stint_loader_sample(const stint_loader *l, int64_t epoch, int64_t position)
{
    epoch_order kept = {.known = false};
    int64_t sample = -1;
    if (l && position >= 0 && position < l->order.positions)
        loader_indices(&l->order, &kept, epoch, position, 1, &sample);
    return sample;
}

stint_loader_facts stint_loader_report(const stint_loader *l)
{
    if (!l)
        return (stint_loader_facts){0};
    thread_lock *lock = (thread_lock *)&l->lock;
    lock_acquire(lock);
    stint_loader_facts f = l->facts;
    lock_release(lock);
    f.workers = l->workers;
    f.prefetch = l->workers > 0 ? l->slots - 1 : 0;
    f.bytes = l->room_bytes;
    return f;
}
