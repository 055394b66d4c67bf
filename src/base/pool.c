#include "base/pool.h"

#include "base/mem.h"
#include "base/os/os.h"
#include "base/os/thread.h"

#include <assert.h>
#include <stdalign.h>
#include <stdatomic.h>

/* One word, `left`, is a loop: how many of its items nobody has taken.  Threads take items by
 * counting it down, the caller too.  A loop is over when as many items are done as it has,
 * whoever did them, so a helper that took none is not waited for.  A helper that comes late
 * finds nothing left, or an item of the loop that runs by then: what the loop is, is read after
 * an item was taken, and does not change until that item is done.
 *
 * Who waits first spins for a moment, as loops often follow each other within microseconds,
 * and then sleeps.  Going to sleep and waking write one word and then read the other's: a
 * sleeper announces itself and looks again, a poster posts and looks for sleepers, so one of
 * them sees the other (Dekker; these accesses are sequentially consistent). */

enum { HELPER_STACK_BYTES = 2 << 20, PAUSES = 16, LINE = 64 };

static const double SPIN_SECONDS = 50e-6;

struct pool {
    /* written by the caller when it posts, read by all */
    alignas(LINE) _Atomic int64_t left; /* below 0 by what late helpers counted down in vain */
    int64_t items;
    pool_item *run;
    void *self;
    atomic_bool quit;

    /* written by the threads as they finish */
    alignas(LINE) _Atomic int64_t done; /* items, handed in by each thread once a loop */
    _Atomic int first_failure;

    alignas(LINE) thread_lock lock; /* held between looking and sleeping */
    thread_signal posted, finished;
    atomic_int sleepers;           /* helpers */
    _Atomic int64_t caller_sleeps; /* until so many are done; INT64_MAX = it does not */
    atomic_bool running;
    bool spin;

    int threads; /* with the caller */
    struct helper {
        pool *pool;
        int thread;
        thread handle;
    } helpers[];
};

/* --- items ------------------------------------------------------------------------------- */

/* Nothing further starts; returns how many items that skips. */
static int64_t stop(pool *p, stint_status s)
{
    int none = STINT_OK;
    atomic_compare_exchange_strong(&p->first_failure, &none, (int)s);
    int64_t skipped = atomic_exchange(&p->left, 0);
    return skipped > 0 ? skipped : 0;
}

/* Returns how many items this thread brought to their end: run, or skipped after a failure. */
static int64_t take_items(pool *p, int thread)
{
    int64_t ended = 0, left;
    while (atomic_load(&p->left) > 0 && (left = atomic_fetch_sub(&p->left, 1)) > 0) {
        stint_status s = p->run(p->self, p->items - left, thread);
        ended += s == STINT_OK ? 1 : 1 + stop(p, s);
    }
    return ended;
}

/* --- waiting ----------------------------------------------------------------------------- */

static bool is_posted(pool *p, int64_t unused)
{
    (void)unused;
    return atomic_load(&p->left) > 0 || atomic_load(&p->quit);
}

static bool is_done(pool *p, int64_t items)
{
    return atomic_load(&p->done) >= items;
}

/* false = it did not come true in this moment */
static inline bool spin_until(pool *p, bool (*true_yet)(pool *, int64_t), int64_t items)
{
    if (!p->spin)
        return true_yet(p, items);
    double end = clock_seconds() + SPIN_SECONDS;
    do {
        for (int i = 0; i < PAUSES; i++) {
            if (true_yet(p, items))
                return true;
            cpu_pause();
        }
    } while (clock_seconds() < end);
    return false;
}

/* A helper that was woken too late for its loop comes back to spin: more may follow. */
static void sleep_until_posted(pool *p)
{
    lock_acquire(&p->lock);
    atomic_fetch_add(&p->sleepers, 1);
    if (!is_posted(p, 0))
        signal_wait(&p->posted, &p->lock);
    atomic_fetch_sub(&p->sleepers, 1);
    lock_release(&p->lock);
}

static void sleep_until_done(pool *p, int64_t items)
{
    lock_acquire(&p->lock);
    atomic_store(&p->caller_sleeps, items);
    while (!is_done(p, items))
        signal_wait(&p->finished, &p->lock);
    atomic_store(&p->caller_sleeps, INT64_MAX);
    lock_release(&p->lock);
}

/* A sleeper holds the lock from announcing itself until it waits. */
static void let_sleepers_settle(pool *p)
{
    lock_acquire(&p->lock);
    lock_release(&p->lock);
}

/* As many helpers as have an item to take; those awake will see it. */
static void wake_helpers(pool *p, int64_t items)
{
    int sleepers = atomic_load(&p->sleepers), awake = p->threads - 1 - sleepers;
    int64_t wanted = items - 1 - awake;
    if (sleepers == 0 || wanted <= 0)
        return;
    let_sleepers_settle(p);
    if (wanted >= sleepers)
        signal_all(&p->posted);
    else
        for (int64_t i = 0; i < wanted; i++)
            signal_one(&p->posted);
}

static void hand_in(pool *p, int64_t ended)
{
    if (atomic_fetch_add(&p->done, ended) + ended < atomic_load(&p->caller_sleeps))
        return;
    let_sleepers_settle(p);
    signal_one(&p->finished);
}

static void *helper_main(void *arg)
{
    struct helper *h = arg;
    pool *p = h->pool;
    while (!atomic_load(&p->quit)) {
        int64_t ended = take_items(p, h->thread);
        if (ended > 0)
            hand_in(p, ended);
        if (!spin_until(p, is_posted, 0))
            sleep_until_posted(p);
    }
    return NULL;
}

/* --- the pool ---------------------------------------------------------------------------- */

/* Threads the system refuses are done without: the loop is the same on fewer. */
static int start_helpers(pool *p, int threads)
{
    int started = 1;
    for (; started < threads; started++) {
        struct helper *h = &p->helpers[started - 1];
        *h = (struct helper){.pool = p, .thread = started};
        if (!thread_start(&h->handle, HELPER_STACK_BYTES, helper_main, h))
            break;
    }
    return started;
}

pool *pool_new(ctx *c, int threads)
{
    threads = threads < 1 ? 1 : threads;
    size_t helpers = (size_t)(threads - 1) * sizeof(struct helper);
    pool *p = mem_alloc(c, TAG_BASE, sizeof *p + helpers);
    if (!p)
        return NULL;
    lock_init(&p->lock);
    signal_init(&p->posted);
    signal_init(&p->finished);
    atomic_init(&p->caller_sleeps, INT64_MAX);
    p->spin = threads <= cpu_count(); /* else it would keep the one waited for off its core */
    p->threads = start_helpers(p, threads);
    return p;
}

void pool_free(pool *p)
{
    if (!p)
        return;
    atomic_store(&p->quit, true);
    let_sleepers_settle(p);
    signal_all(&p->posted);
    for (int i = 0; i < p->threads - 1; i++)
        thread_join(&p->helpers[i].handle);
    signal_deinit(&p->finished);
    signal_deinit(&p->posted);
    lock_deinit(&p->lock);
    mem_free(p);
}

int pool_threads(const pool *p)
{
    return p->threads;
}

static stint_status run_alone(int64_t items, pool_item *run, void *self)
{
    for (int64_t i = 0; i < items; i++)
        TRY(run(self, i, 0));
    return STINT_OK;
}

/* Nobody touches what is written here before `left`: all items of the last loop are done. */
static void post(pool *p, int64_t items, pool_item *run, void *self)
{
    p->run = run;
    p->self = self;
    p->items = items;
    atomic_store_explicit(&p->done, 0, memory_order_relaxed);
    atomic_store_explicit(&p->first_failure, STINT_OK, memory_order_relaxed);
    atomic_store(&p->left, items);
    wake_helpers(p, items);
}

stint_status parallel_for(pool *p, int64_t items, pool_item *run, void *self)
{
    /* one loop at a time, none within another */
    assert(!atomic_load_explicit(&p->running, memory_order_relaxed));
    atomic_store_explicit(&p->running, true, memory_order_relaxed);
    stint_status s = STINT_OK;
    if (items <= 1 || p->threads == 1) {
        s = run_alone(items, run, self);
    } else {
        post(p, items, run, self);
        atomic_fetch_add(&p->done, take_items(p, 0));
        if (!spin_until(p, is_done, items))
            sleep_until_done(p, items);
        s = (stint_status)atomic_load(&p->first_failure);
    }
    atomic_store_explicit(&p->running, false, memory_order_relaxed);
    return s;
}
