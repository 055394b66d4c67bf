#include "device/device.h"

#include "base/mem.h"
#include "base/os/os.h"

#include <stdatomic.h>

/* The processor runs a plan step by step and a step phase by phase.  A phase's items are shared
 * among threads where its step is worth it, which its flops and bytes decide: never a clock, so
 * that a plan runs the same way each time.  Thread t has scratch + t * PLAN_SCRATCH_BYTES to
 * itself. */

/* What one core does, roughly, and the work below which another costs more than it saves: not for
 * waking it, but for the lines that both then have to fetch from each other. */
static const double FLOPS_A_SECOND = 50e9, BYTES_A_SECOND = 10e9, SHARED_SECONDS = 60e-6;

struct device {
    pool *pool;
    char *scratch; /* [threads][PLAN_SCRATCH_BYTES] */
};

device *device_new(ctx *c, int threads)
{
    device *d = mem_new(c, TAG_BASE, device, 1);
    if (!d)
        return NULL;
    d->pool = pool_new(c, threads > 0 ? threads : cpu_count());
    if (d->pool)
        d->scratch = mem_alloc(c, TAG_BASE, (size_t)device_threads(d) * PLAN_SCRATCH_BYTES);
    if (d->scratch)
        return d;
    device_free(d);
    return NULL;
}

void device_free(device *d)
{
    if (!d)
        return;
    pool_free(d->pool);
    mem_free(d->scratch);
    mem_free(d);
}

int device_threads(const device *d)
{
    return pool_threads(d->pool);
}

/* One phase of one step, as the pool's items see it. */
typedef struct phase_run {
    const plan_step *step;
    int phase;
    char *const *memory;
    char *scratch;
    int64_t items;
    _Atomic int64_t front, back; /* items taken from either end */
} phase_run;

/* Every other thread takes items from the end: neighbouring items stay with one thread, step
 * after step, and what it wrote is in its cache when it reads it.  As many items are taken as
 * there are, so the ends never pass each other. */
static stint_status run_item(void *self, int64_t taken, int thread)
{
    phase_run *r = self;
    (void)taken;
    int64_t item =
        thread % 2 ? r->items - 1 - atomic_fetch_add(&r->back, 1) : atomic_fetch_add(&r->front, 1);
    void *scratch = r->scratch + (size_t)thread * PLAN_SCRATCH_BYTES;
    r->step->class->run(r->step->args, r->phase, item, r->memory, scratch);
    return STINT_OK;
}

static bool is_shared(const plan_step *s)
{
    return s->flops >= SHARED_SECONDS * FLOPS_A_SECOND ||
           s->bytes >= SHARED_SECONDS * BYTES_A_SECOND;
}

static void run_phase(device *d, phase_run *r, bool shared)
{
    r->items = r->step->class->items(r->step->args, r->phase);
    atomic_store_explicit(&r->front, 0, memory_order_relaxed);
    atomic_store_explicit(&r->back, 0, memory_order_relaxed);
    if (shared && r->items > 1) {
        (void)parallel_for(d->pool, r->items, run_item, r); /* no item fails */
        return;
    }
    for (int64_t i = 0; i < r->items; i++)
        r->step->class->run(r->step->args, r->phase, i, r->memory, d->scratch);
}

void device_run(device *d, const plan *p, char *const *memory)
{
    for (int64_t i = 0; i < p->steps.n; i++) {
        const plan_step *s = &p->steps.at[i];
        phase_run r = {.step = s, .memory = memory, .scratch = d->scratch};
        int phases = s->class->phases ? s->class->phases(s->args) : 1;
        bool shared = is_shared(s);
        for (; r.phase < phases; r.phase++)
            run_phase(d, &r, shared);
    }
}
