/* `stint train`: a run whose search is one training, in this process. */
#include "experiment/train_job.h"

#include "train/train.h"

#include <math.h>
#include <stdio.h>

/* --- the pack ---------------------------------------------------------------------------- */

/* In order of time the last fold has seen most; else all are alike. */
static int fold_of(const run *r)
{
    int fold = (int)r->config.train.fold, folds = r->split.folds;
    return fold >= 0 ? fold : r->split.kind == SPLIT_TIME ? folds - 1 : 0;
}

static stint_status job_open(run *r)
{
    train_job *j = mem_new(r->ctx, TAG_MODEL, train_job, 1);
    if (!j)
        return STINT_ENOMEM;
    r->job = j;
    *j = (train_job){.run = r, .pack.lock = -1};
    arena_init(&j->arena, r->ctx, TAG_MODEL);
    ctx_use_threads(r->ctx, r->plan.threads);
    j->ctx = ctx_child(r->ctx, "training", 0);
    return j->ctx ? STINT_OK : STINT_ENOMEM;
}

void train_job_close(train_job *j)
{
    if (!j)
        return;
    net_fit_close(j->fit);
    if (j->opened_pack)
        pack_close(&j->pack);
    mem_free(j->stream);
    arena_deinit(&j->arena);
    ctx_free_child(j->ctx);
    mem_free(j);
}

/* Nothing is traced yet, but what cannot be trained is told. */
static stint_status open_fit(train_job *j)
{
    run *r = j->run;
    net_spec spec;
    net_data data = net_data_of(&r->table);
    if (r->config.stream.given)
        TRY(train_stream_check(j));
    TRY(train_spec(j->ctx, &j->arena, &r->config, &data, &spec));
    TRY(train_spec_place(r, &j->arena, &spec));
    return net_fit_open(j->ctx, &spec, &r->table, &j->pack, &j->fit);
}

static stint_status train_prepare(run *r)
{
    hash128 key;
    TRY(job_open(r));
    train_job *j = r->job;
    j->fold = fold_of(r);
    if (j->fold >= r->split.folds)
        return fail(r->ctx, STINT_EUSAGE, "train.fold: there are %d folds, from 0", r->split.folds);
    pack_settings s = {
        .set = j->fold, .standardise = train_standardises(&r->config), .group = r->table.series};
    TRY(run_rows_key(r, r->checks.path, r->split.path, &key));
    TRY(pack_open(r->stage, &r->table, r->states.at ? &r->states : NULL, key, &s, r->pool,
                  &j->pack));
    j->opened_pack = true;
    return open_fit(j);
}

/* --- the training ------------------------------------------------------------------------ */

/* The metric over the rows held out, by the weights that were kept. */
static stint_status held_out_score(train_job *j, double *out)
{
    const metric_class *metric = j->run->config.metric;
    outcome_shape shape = rows_outcomes(&j->run->table, j->pack.n_held_out, metric->keeps);
    outcomes *o;
    TRY(outcomes_new(j->ctx, &shape, &o));
    stint_status s =
        net_fit_outcomes(j->fit, j->pack.held_out, j->pack.n_held_out, &j->run->table, o);
    *out = s == STINT_OK ? metric->value(o) : NAN;
    outcomes_free(o);
    return s;
}

/* The journal keeps what stands: the score of a training that was cut short is this round's alone. */
static stint_status record_score(train_job *j, double began)
{
    record rec = {.trial = 0, .status = TRIAL_OK, .attempts = 1};
    if (j->run->trials.finished > 0)
        return STINT_OK;
    TRY(held_out_score(j, &rec.score));
    rec.seconds = clock_seconds() - began;
    if (j->run->cut)
        return trials_put(&j->run->trials, &rec);
    TRY(search_records(j->run, &rec, 1));
    return journal_sync(&j->run->journal);
}

static stint_status carry_on_later(run *r, stint_status s)
{
    char said[512];
    if (s != STINT_EINTERRUPT && s != STINT_EBUDGET)
        return s;
    snprintf(said, sizeof said, "%s", stint_message(r->ctx));
    stint_clear(r->ctx);
    return fail(r->ctx, s, "%s; run the same command to carry on", said);
}

/* What a time limit leaves is a model too: the best epoch so far. */
static stint_status judge(train_job *j, stint_status s)
{
    run *r = j->run;
    TRY(stint_trainer_result(net_fit_trainer(j->fit), &j->result));
    if (s == STINT_EBUDGET && j->result.epochs > 0) {
        stint_clear(r->ctx);
        r->cut = s;
        r->cut_by = "the time limit";
        snprintf(r->reason, sizeof r->reason, "%s was reached after %lld epochs", r->cut_by,
                 (long long)j->result.epochs);
        return train_restore_best(net_fit_trainer(j->fit));
    }
    if (s == STINT_OK && !j->result.reproducible)
        snprintf(r->reason, sizeof r->reason, "the batch size followed the memory there was");
    return carry_on_later(r, s);
}

/* Whether training waited for its batches, and what a step takes. */
static void say_waits(const train_job *j)
{
    char waited[STR_SIZE_SIZE], slab[STR_SIZE_SIZE];
    const stint_loader_facts *l = &j->result.loader;
    log_line(
        j->run->ctx, "loader: %lld batches by %d thread%s, waited %s for them; a step works in %s",
        (long long)l->batches, l->workers, l->workers == 1 ? "" : "s",
        str_format_seconds(waited, l->wait_seconds), str_format_bytes(slab, j->result.step_bytes));
}

static void tell_waits(const run *r, json_out *out)
{
    const stint_train_result *t = r->job ? &r->job->result : NULL;
    if (!t || t->steps == 0)
        return;
    emit_object(out, "training");
    emit_int(out, "batches", t->loader.batches);
    emit_int(out, "loader_threads", t->loader.workers);
    emit_double(out, "wait_seconds", t->loader.wait_seconds);
    emit_double(out, "fill_seconds", t->loader.fill_seconds);
    emit_int(out, "loader_bytes", t->loader.bytes);
    emit_int(out, "step_bytes", t->step_bytes);
    emit_object_end(out);
}

static stint_status train_fit(run *r)
{
    train_job *j = r->job;
    double began = clock_seconds();
    TRY(judge(j, net_fit_run(j->fit)));
    say_waits(j);
    return record_score(j, began);
}

const run_kind run_training = {
    .training = true,
    .prepare = train_prepare,
    .search = train_fit,
    .model = train_model,
    .tell = train_tell,
    .measured = tell_waits,
};

stint_status stint_train(stint_context *ctx, const stint_request *q, stint_text *out)
{
    return run_whole(ctx, &run_training, q, out);
}
