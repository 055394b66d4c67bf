#include "train/trainer.h"

#include "base/budget.h"
#include "stint/memory.h"

/* Memory that grows from step to step.
 *
 * After the warm-up a step leaves the bytes of tensors, graphs and plans as they were, so they are
 * looked at after each: one counter for each tag.  Where they have grown to a new height again and
 * again, the profiler is switched on for some of the next growths, and says who made what grows and
 * what holds it.  A program that keeps a few tensors and stops is let be. */

enum { RISES = 6, LOOKS = 9, PATIENCE = 4 };

static int64_t live_bytes(const stint_trainer *t)
{
    return budget_live(ctx_budget(t->ctx));
}

void leak_begin(stint_trainer *t)
{
    t->leak = (leak_watch){.most = live_bytes(t)};
}

static void stop_looking(stint_trainer *t)
{
    if (t->leak.looks > 0)
        stint_memory_stop(t->ctx);
    leak_begin(t);
}

void leak_end(stint_trainer *t)
{
    stop_looking(t);
}

static stint_status refuse(stint_trainer *t)
{
    stint_memory_leak leak;
    int n = stint_memory_suspects(t->ctx);
    if (n <= 0) {
        stop_looking(t);
        return n < 0 ? ctx_status(t->ctx) : STINT_OK;
    }
    TRY(stint_memory_suspect(t->ctx, 0, &leak));
    return fail(t->ctx, STINT_EFAIL,
                "training: memory grows from step to step: %s, made by %s, held by %s; "
                "leak_check = false turns this check off",
                leak.what, leak.made_by, leak.holder);
}

/* The profiler's own memory grows too, so it looks at the pace of the growths before. */
static stint_status look(stint_trainer *t)
{
    leak_watch *l = &t->leak;
    if (l->steps < l->look_at)
        return STINT_OK;
    l->look_at = l->steps + l->gap;
    TRY(stint_memory_checkpoint(t->ctx, "step"));
    return ++l->looks > LOOKS ? refuse(t) : STINT_OK;
}

static stint_status start_looking(stint_trainer *t)
{
    leak_watch *l = &t->leak;
    l->looks = 1;
    l->look_at = l->steps + l->gap;
    return stint_memory_start(t->ctx);
}

stint_status leak_step(stint_trainer *t)
{
    leak_watch *l = &t->leak;
    if (!wants(t->set.leak_check))
        return STINT_OK;
    l->steps++;
    if (l->looks > 0)
        return look(t);
    int64_t live = live_bytes(t);
    if (live <= l->most)
        return STINT_OK;
    int64_t gap = l->steps - l->rose_at;
    l->rises = gap <= PATIENCE * l->gap || l->rises == 0 ? l->rises + 1 : 1;
    l->gap = gap;
    l->rose_at = l->steps;
    l->most = live;
    return l->rises >= RISES ? start_looking(t) : STINT_OK;
}
