#include "train/trainer.h"

#include "base/os/os.h"
#include "stint/fn.h"
#include "train/flow.h"

#include <math.h>

/* One epoch: updates from where the position stands to its end, then what it came to.  Nothing is
 * saved, logged or asked within an update; several batches of one are a group. */

/* ---- an update ---- */

double epoch_rate(const stint_trainer *t)
{
    const train_position *p = &t->at;
    if (p->phase == PHASE_EXPLOIT)
        return t->base_rate * t->set.exploit_rate;
    double step = t->set.schedule_by == BY_STEP ? p->steps : p->epoch;
    return t->base_rate * stint_schedule_factor(t->schedule, (int64_t)step);
}

static stint_status set_rate(stint_trainer *t)
{
    double rate = epoch_rate(t);
    if (rate != stint_optimiser_rate(t->optimiser))
        TRY(stint_optimiser_set_rate(t->optimiser, rate));
    t->at.rate = rate;
    return STINT_OK;
}

/* One batch through a step; *done at the end of the epoch. */
static stint_status take_batch(stint_trainer *t, int step, bool *done)
{
    const stint_batch *b;
    stint_tensor *const *in;
    TRY(stint_loader_next(t->train.loader, &b));
    *done = !b;
    if (!b)
        return STINT_OK;
    TRY(feed_inputs(t, &t->train, b, &in));
    t->at.batch++;
    return stint_fn_call(t->fn[step], in, NULL);
}

static stint_status update(stint_trainer *t)
{
    bool done = false;
    TRY(set_rate(t));
    if (!t->accumulator)
        TRY(take_batch(t, STEP_UPDATE, &done));
    for (int k = 0; t->accumulator && k < (int)t->set.accumulate && !done; k++)
        TRY(take_batch(t, STEP_ADD, &done));
    if (t->accumulator)
        TRY(stint_fn_call(t->fn[STEP_APPLY], NULL, NULL));
    t->at.steps++;
    return STINT_OK;
}

/* ---- between updates ---- */

/* Did the batches of the last update pass a multiple of n? */
static bool is_due(const stint_trainer *t, int64_t before, double every)
{
    int64_t n = (int64_t)every;
    return n > 0 && before / n != (int64_t)t->at.batch / n;
}

static stint_status tell_batch(stint_trainer *t)
{
    TRY(sums_read(t));
    train_position *p = &t->at;
    double rows = t->sum[SUM_ROWS] - p->logged_rows;
    stint_train_batch b = {
        .repetition = (int64_t)p->repetition,
        .epoch = (int64_t)p->epoch,
        .batch = (int64_t)p->batch,
        .steps = (int64_t)p->steps,
        .loss = rows > 0 ? (t->sum[SUM_LOSS] - p->logged_loss) / rows : (double)NAN,
        .rate = p->rate,
        .skipped = (int64_t)t->sum[SUM_SKIPPED],
    };
    p->logged_loss = t->sum[SUM_LOSS];
    p->logged_rows = t->sum[SUM_ROWS];
    TRY(log_batch(t, &b));
    return t->given.on_batch ? t->given.on_batch(t->given.self, &b) : STINT_OK;
}

/* Why to stop, STINT_OK for no reason. */
static stint_status must_stop(stint_trainer *t)
{
    if (ctx_interrupted(t->ctx) > 0)
        return STINT_EINTERRUPT;
    if (t->set.time_limit > 0 && clock_seconds() - t->call_began >= t->set.time_limit)
        return STINT_EBUDGET;
    return STINT_OK;
}

static stint_status stop(stint_trainer *t, stint_status why)
{
    if (why == STINT_EBUDGET) {
        t->cut_short = true;
        return fail(t->ctx, why, "training: the time limit of %g s ended it in epoch %.0f",
                    t->set.time_limit, t->at.epoch);
    }
    return fail(t->ctx, why, "training: interrupted in epoch %.0f, batch %.0f", t->at.epoch,
                t->at.batch);
}

static stint_status after_update(stint_trainer *t, int64_t before)
{
    if (t->flow && (int64_t)t->at.steps % (int64_t)t->set.flow_every == 0)
        TRY(flow_take(t->flow, (int64_t)t->at.steps));
    stint_status told = is_due(t, before, t->set.log_every) ? tell_batch(t) : STINT_OK;
    if (told != STINT_OK && ctx_status(t->ctx) != STINT_OK)
        return told;
    TRY(leak_step(t));
    stint_status why = told ? STINT_OK : must_stop(t);
    if (told || (why && ctx_interrupted(t->ctx) < 2) ||
        is_due(t, before, t->set.checkpoint_every) || checkpoint_is_due(t))
        TRY(checkpoint_write_last(t));
    return told ? told : why ? stop(t, why) : STINT_OK;
}

/* ---- the epoch ---- */

/* Each repetition draws orders of its own. */
static int64_t loader_epoch(const stint_trainer *t)
{
    int64_t each = (int64_t)(t->set.epochs + t->set.exploit_epochs);
    return (int64_t)t->at.repetition * each + (int64_t)t->at.epoch;
}

static stint_status train_batches(stint_trainer *t)
{
    int64_t batches = stint_loader_batches(t->train.loader), before;
    stint_loader_seek(t->train.loader, loader_epoch(t), (int64_t)t->at.batch);
    if (t->at.batch == 0)
        TRY(sums_begin_epoch(t));
    while ((before = (int64_t)t->at.batch) < batches) {
        TRY(update(t));
        TRY(after_update(t, before));
        progress_at(&t->progress, (int64_t)(t->at.all_steps + t->at.steps));
    }
    return sums_read(t);
}

stint_status epoch_loss(stint_trainer *t, train_feed *f, int64_t epoch, double *out)
{
    double sums[2] = {0, 0};
    const stint_batch *b;
    stint_tensor *const *in;
    TRY(stint_write(t->valid_sums, sums, sizeof sums));
    stint_loader_seek(f->loader, epoch, 0);
    for (;;) {
        TRY(stint_loader_next(f->loader, &b));
        if (!b)
            break;
        TRY(feed_inputs(t, f, b, &in));
        TRY(stint_fn_call(t->fn[STEP_LOSS], in, NULL));
    }
    TRY(stint_read(t->valid_sums, sums, sizeof sums));
    *out = sums[0] / sums[1];
    return STINT_OK;
}

static bool is_last(const stint_trainer *t)
{
    double end = t->at.phase == PHASE_EXPLOIT ? t->at.exploit_end : t->set.epochs;
    return t->at.epoch + 1 >= end;
}

static bool is_validated(const stint_trainer *t)
{
    bool due = ((int64_t)t->at.epoch + 1) % (int64_t)t->set.validate_every == 0 || is_last(t);
    return t->valid.samples && due;
}

stint_status epoch_run(stint_trainer *t)
{
    t->epoch_began = clock_seconds();
    t->epoch_waited = stint_loader_report(t->train.loader).wait_seconds;
    TRY(train_batches(t));
    const train_position *p = &t->at;
    stint_epoch e = {
        .repetition = (int64_t)p->repetition,
        .epoch = (int64_t)p->epoch,
        .steps = (int64_t)p->steps,
        .valid_loss = (double)NAN,
        .train_loss = t->sum[SUM_ROWS] > 0 ? t->sum[SUM_LOSS] / t->sum[SUM_ROWS] : (double)NAN,
        .rate = p->rate,
        .skipped = (int64_t)t->sum[SUM_SKIPPED],
        .exploit = p->phase == PHASE_EXPLOIT,
        .batch = (int64_t)p->batch_size,
    };
    bool validated = is_validated(t);
    if (validated)
        TRY(epoch_loss(t, &t->valid, (int64_t)t->at.validations++, &e.valid_loss));
    e.seconds = clock_seconds() - t->epoch_began;
    e.wait_seconds = stint_loader_report(t->train.loader).wait_seconds - t->epoch_waited;
    return epoch_ended(t, &e, validated);
}
