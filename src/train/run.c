#include "train/trainer.h"

#include "base/os/os.h"

#include <math.h>

/* A run: what a directory says is taken up, epochs follow each other, the best weights are put
 * back, the summary is written.
 *
 *     begin     last.safetensors with nothing trained: the directory is ours from here on
 *     epochs    best.safetensors, epochs.csv, last.safetensors, in this order
 *     end       last.safetensors says that it is done, then summary.json */

static stint_status lock_dir(stint_trainer *t)
{
    char path[512];
    if (!t->given.dir)
        return STINT_OK;
    TRY(dir_make(t->ctx, t->given.dir));
    str_print(path, sizeof path, "%s/train.lock", t->given.dir);
    return lock_take(t->ctx, path, &t->lock);
}

static void unlock_dir(stint_trainer *t)
{
    logs_close(t);
    if (t->lock >= 0)
        lock_drop(t->lock);
    t->lock = -1;
}

/* As the directory says, or, without one, as the last call left it. */
static stint_status take_up(stint_trainer *t)
{
    bool found = false;
    if (t->given.dir) {
        TRY(schedule_begin(t));
        t->best_unsaved = false;
        TRY(checkpoint_identify(t, &found));
    }
    TRY(stint_trainer_warm_up(t));
    if (!t->given.dir)
        return STINT_OK;
    TRY(plan_batch(t));
    if (found)
        TRY(checkpoint_read(t));
    TRY(logs_open(t, t->at.log_bytes));
    return found ? STINT_OK : checkpoint_write_last(t);
}

stint_status train_restore_best(stint_trainer *t)
{
    bool is_kept = wants(t->set.restore_best) && t->at.best.epoch >= 0;
    return is_kept ? kept_put(t, &t->best_kept) : STINT_OK;
}

static stint_status finish(stint_trainer *t)
{
    TRY(train_restore_best(t));
    return summary_write(t);
}

/* At most */
static int64_t updates_in_all(const stint_trainer *t)
{
    int64_t batches = stint_loader_batches(t->train.loader), each = (int64_t)t->set.accumulate;
    int64_t updates = (batches + each - 1) / each;
    double epochs = t->set.repetitions * (t->set.epochs + t->set.exploit_epochs);
    return (int64_t)fmin(epochs * (double)updates, 9e18);
}

static stint_status run(stint_trainer *t)
{
    TRY(take_up(t));
    leak_begin(t);
    progress_begin(&t->progress, t->ctx, "training", updates_in_all(t));
    stint_status s = STINT_OK;
    while (s == STINT_OK && t->at.phase != PHASE_DONE)
        s = epoch_run(t);
    progress_end(&t->progress);
    leak_end(t);
    return s ? s : finish(t);
}

stint_status stint_trainer_run(stint_trainer *t)
{
    if (!t)
        return STINT_EUSAGE;
    TRY(ctx_status(t->ctx));
    t->call_began = clock_seconds();
    t->cut_short = false;
    stint_status s = lock_dir(t);
    if (s == STINT_OK)
        s = run(t);
    unlock_dir(t);
    return s;
}
