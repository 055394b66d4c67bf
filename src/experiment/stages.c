#include "experiment/run.h"

#include "base/json.h"
#include "base/progress.h"

#include "kernel/kernel.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* --- keeping account --------------------------------------------------------------------- */

stint_status stage_begin(run *r, stage s)
{
    if (ctx_interrupted(r->ctx))
        return fail(r->ctx, STINT_EINTERRUPT, "stopped; run the same command to carry on");
    r->stage = ctx_child(r->ctx, stage_name(s), 0);
    if (!r->stage)
        return STINT_ENOMEM;
    (void)watch_stage(r->watch);
    r->stage_began = clock_seconds();
    r->disk_before = rundir_bytes(&r->dir);
    return STINT_OK;
}

/* What the stage still holds is a leak, and fails it. */
stint_status stage_end(run *r, stage s)
{
    ctx_free_child(r->stage);
    r->stage = NULL;
    TRY(ctx_status(r->ctx));
    run_add_timing(r, s);
    return STINT_OK;
}

/* --- ingest, check, split ---------------------------------------------------------------- */

stint_status run_ingest(run *r)
{
    const config *cfg = &r->config;
    int64_t memory = r->plan.ingest_bytes;
    if (memory == 0 && cfg->memory_bytes > 0) /* planned from the cache, should that be damaged */
        memory = cfg->memory_bytes - process_private_bytes(0);
    TRY(source_ingest(r->ctx, &cfg->source, memory, cfg->disk_bytes, &r->ingested));
    TRY(colfile_open(r->ctx, r->ingested.path, &r->file));
    r->opened_file = true;
    return table_open(r->ctx, &r->arena, &r->file, cfg->targets, cfg->drop, &r->table);
}

stint_status run_check(run *r)
{
    const config *cfg = &r->config;
    duplicates_policy policy = cfg->duplicates_error    ? DUPLICATES_ERROR
                               : cfg->duplicates_ignore ? DUPLICATES_IGNORE
                                                        : DUPLICATES_WARN;
    TRY(checks_run(r->stage, &r->table, policy, r->dir.scratch, r->pool, &r->checks));
    for (int i = 0; i < CHECKS; i++)
        if (r->checks.at[i].result == CHECK_WARNED)
            log_line(r->ctx, "warning: %s: %s", r->checks.at[i].name, r->checks.at[i].details);
    return STINT_OK;
}

stint_status run_split(run *r)
{
    TRY(split_open(r->ctx, &r->file, r->ingested.fingerprint, r->table.targets[0], &r->config.split,
                   &r->split));
    r->opened_split = true;
    r->table.split = &r->split;
    return STINT_OK;
}

/* --- prepare ----------------------------------------------------------------------------- */

/* Tasks of one kind, numbered through all models. */
typedef struct prepare_source {
    run *run;
    model_task task;
    task_kind kind;
    int model;
    int64_t item;
} prepare_source;

static int64_t prepare_items(const prepare_source *p)
{
    const model_class *class = p->run->config.models[p->model].class;
    if (p->kind == TASK_PREPARE_END)
        return class->prepare_end ? p->run->config.split.folds + 1 : 0;
    return class->prepare_parts ? class->prepare_parts(&p->task) : 0;
}

static bool prepare_next(void *self, task *out)
{
    prepare_source *p = self;
    while (p->model < p->run->config.n_models && p->item >= prepare_items(p)) {
        p->model++;
        p->item = 0;
    }
    if (p->model >= p->run->config.n_models)
        return false;
    *out = (task){.kind = p->kind,
                  .model = p->model,
                  .item = p->item++,
                  .memory_bytes = p->run->plan.task_bytes[PLAN_PREPARE]};
    return true;
}

static stint_status no_records(void *self, const record *rec, int64_t n)
{
    (void)rec, (void)n;
    return fail(((prepare_source *)self)->run->ctx, STINT_EFAIL, "a record without a trial");
}

static stint_status no_scores(void *self, const target_scores *s, int64_t n)
{
    (void)self, (void)s, (void)n;
    return STINT_OK;
}

static bool none_open(void *self, int64_t trial)
{
    (void)self, (void)trial;
    return false;
}

static void hello_write(run *r, str *out)
{
    json_out j = emit_begin(out, false);
    emit_object(&j, NULL);
    emit_string(&j, "config", r->identity.at);
    emit_string(&j, "column_file", r->ingested.path);
    emit_string(&j, "split", r->split.path);
    emit_string(&j, "scratch", r->dir.scratch);
    emit_int(&j, "threads", r->plan.threads);
    emit_object_end(&j);
}

static stint_status run_open_fleet(run *r)
{
    str hello;
    str_init(&hello, r->ctx, TAG_MESSAGE);
    hello_write(r, &hello);
    int64_t spare = r->config.memory_bytes - (r->plan.stages[STAGE_SEARCH].peak_bytes -
                                              r->plan.workers * r->plan.worker_bytes);
    fleet_settings s = {
        .workers = r->plan.workers,
        .memory_bytes = r->plan.worker_bytes,
        .whole_bytes = r->config.memory_bytes ? spare : 0,
        .deadline = r->deadline,
        .watch = r->watch,
    };
    stint_status status = str_status(&hello);
    s.hello = arena_strdup(&r->arena, hello.at);
    if (status == STINT_OK)
        status = s.hello ? fleet_open(r->ctx, &s, &r->fleet) : STINT_ENOMEM;
    str_deinit(&hello);
    return status;
}

stint_status run_prepare(run *r)
{
    TRY(run_open_fleet(r));
    prepare_source p = {.run = r, .task = {&r->table, r->config.scale_standard, r->dir.scratch}};
    task_source source = {&p, prepare_next, no_records, no_scores, none_open};
    p.kind = TASK_PREPARE_PART;
    stint_status s = fleet_run(r->fleet, &source);
    p.kind = TASK_PREPARE_END;
    p.model = 0;
    p.item = 0;
    if (s == STINT_OK)
        s = fleet_run(r->fleet, &source);
    if (s == STINT_EINTERRUPT)
        return fail(r->ctx, s, "stopped; run the same command to carry on");
    if (s == STINT_EBUDGET)
        return fail(r->ctx, s,
                    "budget.time was reached before any fit; run the same command to carry on");
    return s;
}

/* --- search ------------------------------------------------------------------------------ */

typedef struct search_source {
    run *run;
    int64_t at; /* the first trial not yet handed out */
    progress progress;
} search_source;

static bool trial_open(void *self, int64_t trial)
{
    const search_source *s = self;
    return trials_at(&s->run->trials, trial)->status == TRIAL_MISSING;
}

/* Is there room on disk for more records, and for the round and report after them? */
static bool disk_left(run *r)
{
    const stage_plan *p = r->plan.stages;
    int64_t to_come = p[STAGE_ROUND].disk_bytes + p[STAGE_REPORT].disk_bytes;
    if (r->config.disk_bytes == 0 || rundir_bytes(&r->dir) + to_come <= r->config.disk_bytes)
        return true;
    r->cut = STINT_EBUDGET;
    r->cut_by = "budget.disk";
    return false;
}

/* A run of trials without a record, of one model, no more than a batch. */
static bool search_next(void *self, task *out)
{
    search_source *s = self;
    run *r = s->run;
    int folds = r->config.split.folds;
    int64_t own, n = 1;
    while (s->at < r->trials.n && !trial_open(s, s->at))
        s->at++;
    if (s->at >= r->trials.n || !disk_left(r))
        return false;
    int model = grid_model(&r->grid, s->at / folds, &own);
    int64_t end = (s->at / folds - own + grid_count(&r->config.models[model].space)) * folds;
    while (n < r->plan.batch && s->at + n < end && trial_open(s, s->at + n))
        n++;
    *out = (task){.kind = TASK_TRIALS,
                  .model = model,
                  .item = s->at,
                  .count = n,
                  .memory_bytes = r->plan.task_bytes[PLAN_TRIALS]};
    s->at += n;
    return true;
}

static stint_status search_records(void *self, const record *rec, int64_t n)
{
    search_source *s = self;
    TRY(journal_append(&s->run->journal, rec, n));
    for (int64_t i = 0; i < n; i++)
        TRY(trials_put(&s->run->trials, &rec[i]));
    progress_at(&s->progress, s->run->trials.finished);
    return STINT_OK;
}

/* A trial that failed because its worker died or was short of memory deserves another go. */
static stint_status replay_record(void *self, const record *rec)
{
    run *r = self;
    if (rec->status != TRIAL_OK)
        return STINT_OK;
    return rec->trial < r->trials.n ? trials_put(&r->trials, rec) : STINT_OK;
}

stint_status run_open_store(run *r)
{
    char path[4096];
    TRY(trials_open(r->ctx, r->dir.scratch, r->grid.configurations, r->config.split.folds,
                    &r->trials));
    r->opened_trials = true;
    TRY(rundir_claim(r->ctx, &r->dir, r->identity.at));
    rundir_path(&r->dir, "journal.jsonl", path, sizeof path);
    journal_owner owner = {r->experiment, r->ingested.fingerprint, kernel()->name};
    TRY(journal_open(r->ctx, path, &owner, replay_record, r, &r->journal));
    r->opened_journal = true;
    if (r->trials.finished > 0)
        log_line(r->ctx, "%lld of %lld fits stand in the journal; carrying on",
                 (long long)r->trials.finished, (long long)r->trials.n);
    return STINT_OK;
}

stint_status run_search(run *r)
{
    search_source s = {.run = r};
    progress_begin(&s.progress, r->ctx, "search", r->trials.n);
    stint_status status =
        fleet_run(r->fleet, &(task_source){&s, search_next, search_records, no_scores, trial_open});
    progress_end(&s.progress);
    stint_status synced = journal_sync(&r->journal);
    if (status == STINT_OK)
        return synced;
    if (status == STINT_EINTERRUPT)
        return fail(r->ctx, status,
                    "stopped after %lld of %lld fits; run the same command to carry on",
                    (long long)r->trials.finished, (long long)r->trials.n);
    if (status != STINT_EBUDGET)
        return status;
    r->cut = status;
    r->cut_by = r->cut_by ? r->cut_by : "budget.time";
    fleet_deadline(r->fleet, 0); /* what was finished is still refitted and saved */
    return synced;
}
