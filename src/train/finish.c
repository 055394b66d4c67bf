#include "train/trainer.h"

#include "base/os/os.h"

#include <math.h>
#include <string.h>

/* What an epoch leads to: the best is set aside, the schedule hears of it, and the position moves
 * on, to the next epoch, the exploit phase, the next repetition or the end.  All of that is done
 * before the checkpoint is written, so that a checkpoint stands at a begin and nothing between. */

void position_begin(stint_trainer *t)
{
    static const best_epoch none = {
        .epoch = -1, .loss = (double)INFINITY, .train = (double)NAN, .valid = (double)NAN};
    t->at = (train_position){.batch_size = t->set.batch_size,
                             .reference = (double)INFINITY,
                             .turn = none,
                             .best = none,
                             .reproducible = 1};
}

/* ---- the best ---- */

static stint_status take_best(stint_trainer *t, stint_epoch *e, double loss)
{
    train_position *p = &t->at;
    best_epoch now = {(double)e->repetition, (double)e->epoch, loss, e->train_loss, e->valid_loss};
    if (!(loss < p->turn.loss))
        return STINT_OK;
    p->turn = now;
    e->best = true;
    if (t->turn_kept.at)
        TRY(kept_take(t, &t->turn_kept));
    if (!(loss < p->best.loss))
        return STINT_OK;
    p->best = now;
    return t->best_kept.at ? kept_take(t, &t->best_kept) : STINT_OK;
}

/* The loss that decides: of validation, of training where there is none. */
static stint_status measure(stint_trainer *t, stint_epoch *e)
{
    train_position *p = &t->at;
    double loss = t->valid.samples ? e->valid_loss : e->train_loss;
    if (loss < p->reference - t->set.min_delta) {
        p->reference = loss;
        p->waited = 0;
    } else
        p->waited++;
    if (t->observes && !isnan(loss)) {
        TRY(vec_push(t->ctx, TAG_MODEL, &t->observed, loss));
        stint_schedule_observe(t->schedule, loss);
    }
    return take_best(t, e, loss);
}

/* ---- going on ---- */

static stint_status begin_exploit(stint_trainer *t)
{
    train_position *p = &t->at;
    const kept *from = t->turn_kept.at ? &t->turn_kept : &t->best_kept;
    p->phase = PHASE_EXPLOIT;
    p->exploit_end = p->epoch + t->set.exploit_epochs;
    if (p->turn.epoch >= 0)
        TRY(kept_put(t, from));
    return optimiser_begin(t);
}

static stint_status next_repetition(stint_trainer *t)
{
    train_position *p = &t->at;
    p->all_steps += p->steps;
    p->steps = 0;
    if (p->repetition + 1 >= t->set.repetitions) {
        p->phase = PHASE_DONE;
        return STINT_OK;
    }
    p->repetition++;
    p->phase = PHASE_MAIN;
    p->epoch = p->waited = 0;
    p->reference = p->turn.loss = (double)INFINITY;
    p->turn.epoch = -1;
    TRY(stint_net_renew(t->net, t->net_seed + (int64_t)p->repetition));
    t->net->seed = t->net_seed; /* what the net is has not changed */
    return training_begin(t);
}

static stint_status go_on(stint_trainer *t)
{
    train_position *p = &t->at;
    p->epoch++;
    p->epochs++;
    p->batch = 0;
    if (p->phase == PHASE_EXPLOIT)
        return p->epoch < p->exploit_end ? STINT_OK : next_repetition(t);
    bool stops = t->set.patience > 0 && p->waited >= t->set.patience;
    if (p->epoch < t->set.epochs && !stops)
        return STINT_OK;
    if (p->epoch < t->set.epochs)
        p->stopped_early = 1;
    return t->set.exploit_epochs > 0 ? begin_exploit(t) : next_repetition(t);
}

stint_status epoch_ended(stint_trainer *t, stint_epoch *e, bool validated)
{
    double best_before = t->at.best.loss, phase = t->at.phase, repetition = t->at.repetition;
    if (validated || !t->valid.samples)
        TRY(measure(t, e));
    t->at.skipped += (double)e->skipped;
    TRY(log_epoch(t, e));
    if (t->at.best.loss < best_before && !t->best_kept.at)
        TRY(checkpoint_write_best(t)); /* now or never */
    t->best_unsaved |= t->at.best.loss < best_before && t->best_kept.at;
    TRY(go_on(t));
    if (t->at.phase != PHASE_DONE && wants(t->set.dynamic_batch))
        TRY(plan_fit_batch(t));
    stint_status told = t->given.on_epoch ? t->given.on_epoch(t->given.self, e) : STINT_OK;
    TRY(ctx_status(t->ctx));
    /* what follows begins from the best, which no file may then be ahead of */
    bool turns = t->at.phase != phase || t->at.repetition != repetition;
    if (told != STINT_OK || turns || t->set.checkpoint_every > 0 || checkpoint_is_due(t))
        TRY(checkpoint_write_last(t));
    return told;
}

/* ---- the end ---- */

static void emit_result(const stint_trainer *t, const stint_train_result *r, json_out *j)
{
    emit_object(j, NULL);
    emit_int(j, "epochs", r->epochs);
    emit_int(j, "steps", r->steps);
    emit_int(j, "repetitions", (int64_t)t->set.repetitions);
    emit_int(j, "best_repetition", r->best_repetition);
    emit_int(j, "best_epoch", r->best_epoch);
    emit_double(j, "best_loss", r->best_loss);
    emit_double(j, "train_loss", r->train_loss);
    emit_double(j, "valid_loss", r->valid_loss);
    emit_int(j, "skipped", r->skipped);
    emit_bool(j, "stopped_early", r->stopped_early);
    emit_bool(j, "reproducible", r->reproducible);
    emit_object_end(j);
}

stint_status summary_write(stint_trainer *t)
{
    str text, old;
    char path[512];
    stint_train_result r;
    if (!t->given.dir)
        return STINT_OK;
    TRY(stint_trainer_result(t, &r));
    str_print(path, sizeof path, "%s/summary.json", t->given.dir);
    str_init(&text, t->ctx, TAG_BASE);
    str_init(&old, t->ctx, TAG_BASE);
    json_out j = emit_begin(&text, true);
    emit_result(t, &r, &j);
    str_add(&text, "\n");
    stint_status s = str_status(&text);
    if (s == STINT_OK && file_exists(path))
        s = file_read(t->ctx, path, &old);
    if (s == STINT_OK && (old.len != text.len || memcmp(old.at, text.at, text.len) != 0))
        s = file_write_str(t->ctx, t->given.dir, "summary.json", &text);
    str_deinit(&text);
    str_deinit(&old);
    return s;
}
