#include "base/progress.h"
#include "experiment/run.h"
#include "kernel/kernel.h"

/* The search: trials without a record handed out in order, records into the journal and the
 * store as they come, an end at the first budget that is reached. */

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
    int folds = r->split.folds;
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

stint_status search_records(run *r, const record *rec, int64_t n)
{
    TRY(journal_append(&r->journal, rec, n));
    for (int64_t i = 0; i < n; i++)
        TRY(trials_put(&r->trials, &rec[i]));
    return STINT_OK;
}

static stint_status take_records(void *self, const record *rec, int64_t n)
{
    search_source *s = self;
    TRY(search_records(s->run, rec, n));
    progress_at(&s->progress, s->run->trials.finished);
    return STINT_OK;
}

static stint_status search_tick(void *self)
{
    const search_source *s = self;
    return journal_tick(&s->run->journal);
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
    int folds = r->kind->training ? 1 : r->split.folds;
    TRY(trials_open(r->ctx, r->dir.scratch, r->grid.configurations, folds, &r->trials));
    r->opened_trials = true;
    TRY(rundir_claim(r->ctx, &r->dir, r->identity.at));
    rundir_path(&r->dir, "journal.jsonl", path, sizeof path);
    journal_owner owner = {r->experiment, r->fingerprint, kernel()->name};
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
    stint_status status = fleet_run(r->fleet, &(task_source){.self = &s,
                                                             .next = search_next,
                                                             .records = take_records,
                                                             .open = trial_open,
                                                             .tick = search_tick});
    progress_end(&s.progress);
    stint_status synced = journal_sync(&r->journal);
    if (status == STINT_OK)
        return synced;
    if (status != STINT_EBUDGET)
        return status;
    r->cut = status;
    r->cut_by = r->cut_by ? r->cut_by : "budget.time";
    return synced;
}
