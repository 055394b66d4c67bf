#include "base/mem.h"
#include "base/os/os.h"
#include "data/loader_impl.h"

/* Threads that fill slots ahead, and the caller that takes them; without threads the caller fills
 * a slot itself when it takes it.  Threads live as long as the loader: at an epoch's end they go on
 * with the next, and a seek elsewhere has them pause. */

enum { WORKER_STACK_BYTES = 1 << 20 };

/* --- filling --------------------------------------------------------------------------------- */

static bool may_claim(const stint_loader *l)
{
    return !l->paused && l->room && l->claimed < l->released + l->slots &&
           loader_batches_of(l, l->batch) > 0;
}

/* The lock is held, but for the filling itself. */
static void fill_next(stint_loader *l, epoch_order *kept)
{
    int64_t ticket = l->claimed++;
    l->filling++;
    lock_release(&l->lock);
    double seconds = loader_fill(l, ticket, kept);
    lock_acquire(&l->lock);
    l->filling--;
    l->slot[ticket % l->slots].ready = true;
    l->facts.fill_seconds += seconds;
    if (l->waiting && (ticket == l->taken || l->filling == 0))
        signal_one(&l->done);
}

static void *worker_main(void *arg)
{
    stint_loader *l = arg;
    epoch_order kept = {.known = false};
    lock_acquire(&l->lock);
    while (!l->quit)
        if (may_claim(l))
            fill_next(l, &kept);
        else
            signal_wait(&l->work, &l->lock);
    lock_release(&l->lock);
    return NULL;
}

stint_status loader_start(stint_loader *l, int workers)
{
    if (workers == 0)
        return STINT_OK;
    l->worker = mem_new(l->ctx, TAG_BASE, thread, workers);
    if (!l->worker)
        return ctx_status(l->ctx);
    while (l->workers < workers &&
           thread_start(&l->worker[l->workers], WORKER_STACK_BYTES, worker_main, l))
        l->workers++;
    return STINT_OK;
}

void loader_stop(stint_loader *l)
{
    lock_acquire(&l->lock);
    l->quit = true;
    signal_all(&l->work);
    lock_release(&l->lock);
    for (int i = 0; i < l->workers; i++)
        thread_join(&l->worker[i]);
    mem_free(l->worker);
}

void loader_pause(stint_loader *l)
{
    lock_acquire(&l->lock);
    l->paused = l->waiting = true;
    while (l->filling > 0)
        signal_wait(&l->done, &l->lock);
    l->waiting = false;
    lock_release(&l->lock);
}

void loader_resume(stint_loader *l)
{
    lock_acquire(&l->lock);
    l->paused = false;
    signal_all(&l->work);
    lock_release(&l->lock);
}

/* --- taking ---------------------------------------------------------------------------------- */

/* A thread that sleeps is woken for half of the slots at once: to wake one takes as long as to fill
 * a small batch.  One that is awake sees to every free slot.  Never are all of them free and none
 * is woken. */
void loader_release(stint_loader *l)
{
    if (l->released == l->taken) /* which the caller alone writes */
        return;
    lock_acquire(&l->lock);
    l->slot[l->released % l->slots].ready = false;
    l->released++;
    bool wake = l->workers > 0 && 2 * (l->claimed - l->released) <= l->slots;
    lock_release(&l->lock);
    if (wake)
        signal_one(&l->work);
}

static void wait_for(stint_loader *l, const loader_slot *s)
{
    double began = clock_seconds();
    l->waiting = true;
    while (!s->ready)
        signal_wait(&l->done, &l->lock);
    l->waiting = false;
    l->facts.wait_seconds += clock_seconds() - began;
}

/* What the caller fills itself it waits for as well. */
static void fill_now(stint_loader *l)
{
    double seconds = loader_fill(l, l->taken, &l->own);
    l->facts.fill_seconds += seconds;
    l->facts.wait_seconds += seconds;
}

loader_slot *loader_take(stint_loader *l)
{
    loader_slot *s = &l->slot[l->taken % l->slots];
    if (l->workers == 0) {
        fill_now(l);
        l->taken++;
    } else {
        lock_acquire(&l->lock);
        if (!s->ready)
            wait_for(l, s);
        l->taken++;
        lock_release(&l->lock);
    }
    l->facts.batches++;
    l->facts.rows += s->batch.rows;
    return s;
}
