#include "base/pool.h"

#include "base/mem.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

/* Helpers sleep until a loop is posted (a new `round`), then take items off a shared
 * counter until it runs out; the caller takes items too, and then waits for the last
 * helper.  Everything but the counter and the stop flag is under the lock. */

enum { HELPER_STACK_BYTES = 2 << 20 };

struct pool {
    pthread_mutex_t lock;
    pthread_cond_t posted, finished;
    uint64_t round;
    int busy; /* helpers still in this round */
    bool running, quit;
    stint_status first_failure;

    pool_item *run;
    void *self;
    int64_t items;
    _Atomic int64_t next;
    atomic_bool stop;

    int threads; /* with the caller */
    struct helper {
        pool *pool;
        int thread;
        pthread_t handle;
    } helpers[];
};

static void record_failure(pool *p, stint_status s)
{
    atomic_store(&p->stop, true);
    pthread_mutex_lock(&p->lock);
    if (p->first_failure == STINT_OK)
        p->first_failure = s;
    pthread_mutex_unlock(&p->lock);
}

static void take_items(pool *p, int thread)
{
    while (!atomic_load(&p->stop)) {
        int64_t item = atomic_fetch_add(&p->next, 1);
        if (item >= p->items)
            return;
        stint_status s = p->run(p->self, item, thread);
        if (s != STINT_OK)
            record_failure(p, s);
    }
}

/* Wait for a round after `seen`; false = quit. */
static bool wait_for_round(pool *p, uint64_t *seen)
{
    pthread_mutex_lock(&p->lock);
    while (!p->quit && p->round == *seen)
        pthread_cond_wait(&p->posted, &p->lock);
    *seen = p->round;
    bool go = !p->quit;
    pthread_mutex_unlock(&p->lock);
    return go;
}

static void *helper_main(void *arg)
{
    struct helper *h = arg;
    pool *p = h->pool;
    uint64_t seen = 0;
    while (wait_for_round(p, &seen)) {
        take_items(p, h->thread);
        pthread_mutex_lock(&p->lock);
        if (--p->busy == 0)
            pthread_cond_signal(&p->finished);
        pthread_mutex_unlock(&p->lock);
    }
    return NULL;
}

/* Threads the system refuses are done without: the loop is the same on fewer.  Signals
 * stay with the threads of the host. */
static void start_helpers(pool *p, int threads)
{
    sigset_t all, before;
    pthread_attr_t attr;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, HELPER_STACK_BYTES);
    for (p->threads = 1; p->threads < threads; p->threads++) {
        struct helper *h = &p->helpers[p->threads - 1];
        *h = (struct helper){.pool = p, .thread = p->threads};
        if (pthread_create(&h->handle, &attr, helper_main, h))
            break;
    }
    pthread_attr_destroy(&attr);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

pool *pool_new(ctx *c, int threads)
{
    threads = threads < 1 ? 1 : threads;
    size_t helpers = (size_t)(threads - 1) * sizeof(struct helper);
    pool *p = mem_alloc(c, TAG_BASE, sizeof *p + helpers);
    if (!p)
        return NULL;
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->posted, NULL);
    pthread_cond_init(&p->finished, NULL);
    start_helpers(p, threads);
    return p;
}

void pool_free(pool *p)
{
    if (!p)
        return;
    pthread_mutex_lock(&p->lock);
    p->quit = true;
    pthread_cond_broadcast(&p->posted);
    pthread_mutex_unlock(&p->lock);
    for (int i = 0; i < p->threads - 1; i++)
        pthread_join(p->helpers[i].handle, NULL);
    pthread_cond_destroy(&p->finished);
    pthread_cond_destroy(&p->posted);
    pthread_mutex_destroy(&p->lock);
    mem_free(p);
}

int pool_threads(const pool *p)
{
    return p->threads;
}

static void post(pool *p, int64_t items, pool_item *run, void *self)
{
    pthread_mutex_lock(&p->lock);
    assert(!p->running); /* one loop at a time, none within another */
    p->running = true;
    p->run = run;
    p->self = self;
    p->items = items;
    p->first_failure = STINT_OK;
    atomic_store(&p->next, 0);
    atomic_store(&p->stop, false);
    if (items > 1) {
        p->busy = p->threads - 1;
        p->round++;
        pthread_cond_broadcast(&p->posted);
    }
    pthread_mutex_unlock(&p->lock);
}

stint_status parallel_for(pool *p, int64_t items, pool_item *run, void *self)
{
    post(p, items, run, self);
    take_items(p, 0);
    pthread_mutex_lock(&p->lock);
    while (p->busy > 0)
        pthread_cond_wait(&p->finished, &p->lock);
    stint_status s = p->first_failure;
    p->running = false;
    pthread_mutex_unlock(&p->lock);
    return s;
}
