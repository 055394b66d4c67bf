#include "experiment/run.h"

#include "base/fault.h"
#include "base/hash.h"
#include "experiment/account.h"
#include "experiment/evaluate.h"
#include "experiment/round_files.h"
#include "experiment/train_job.h"

#include <stdio.h>
#include <string.h>

/* The stages one after another.  Everything up to the search is derived again by a resumed
 * run (most of it from the cache); the search goes on from its journal; a round, a summary
 * and a report that stand are kept. */

static stint_status run_configure(run *r)
{
    const stint_request *q = r->request;
    config_override *overrides = arena_new(&r->arena, config_override, q->n_settings + 1);
    if (!overrides)
        return STINT_ENOMEM;
    for (int i = 0; i < q->n_settings; i++)
        overrides[i] = (config_override){q->settings[i].key, q->settings[i].value};
    TRY((r->kind->training ? config_load_training : config_load)(r->ctx, q->config, overrides,
                                                                 q->n_settings, &r->config));
    config_identity(&r->config, &r->identity);
    TRY(str_status(&r->identity));
    hash_text(r->experiment, hash_bytes(r->identity.at, r->identity.len));
    r->grid = grid_of(&r->config);
    return STINT_OK;
}

/* What was foretold of the stages that are over stands. */
static void keep_foretold(run *r, const stage_plan before[STAGES])
{
    int over = !r->table.features ? STAGE_CHECK : !r->table.split ? STAGE_SPLIT : STAGE_FEATURES;
    for (int s = 0; s < over; s++)
        r->plan.stages[s] = before[s];
}

static stint_status run_plan(run *r, bool sample)
{
    source_facts facts = {0};
    if (sample)
        TRY(source_sample(r->ctx, &r->config.source, &facts));
    if (sample)
        facts.columns += r->config.derive.n_columns;
    else
        facts = (source_facts){.exact = true,
                               .files = r->plan.facts.files,
                               .bytes = r->plan.facts.bytes,
                               .columns = r->file.n_columns,
                               .rows = r->file.rows,
                               .rows_low = r->file.rows,
                               .rows_high = r->file.rows,
                               .ingest_bytes = r->plan.facts.ingest_bytes,
                               .ingest_most_bytes = r->plan.facts.ingest_most_bytes,
                               .ingest_seconds = r->plan.facts.ingest_seconds,
                               .colfile_bytes = r->plan.facts.colfile_bytes};
    stage_plan before[STAGES];
    memcpy(before, r->plan.stages, sizeof before);
    plan_make(&r->config, &facts, r->table.features ? &r->table : NULL, &r->plan);
    if (!sample)
        keep_foretold(r, before);
    TRY(plan_check(r->ctx, &r->config, &r->plan));
    if (sample)
        plan_warn(r->ctx, &r->config, &r->plan);
    return STINT_OK;
}

static stint_status run_open(run *r)
{
    char path[2048];
    if (r->request->run_dir)
        snprintf(path, sizeof path, "%s", r->request->run_dir);
    else
        snprintf(path, sizeof path, "runs/%s", r->config.name);
    TRY(rundir_open(r->ctx, path, r->identity.at, r->request->fresh, &r->dir));
    r->opened_dir = true;
    TRY(watch_start(r->ctx, &r->watch));
    r->deadline = r->config.time_seconds > 0 ? r->began + r->config.time_seconds : 0;
    return STINT_OK;
}

/* --- the round --------------------------------------------------------------------------- */

static void run_judge(run *r)
{
    if (r->cut && !r->reason[0])
        snprintf(r->reason, sizeof r->reason, "%s was reached after %lld of %lld fits", r->cut_by,
                 (long long)r->trials.finished, (long long)r->trials.n);
    else if (r->trials.failed > 0)
        snprintf(r->reason, sizeof r->reason, "%lld of %lld fits failed; the log says why",
                 (long long)r->trials.failed, (long long)r->trials.n);
}

/* A round that stands may come from a search that was cut short: its metrics say so. */
static stint_status run_find_round(run *r)
{
    json_t *metrics;
    bool found;
    TRY(round_find(r->ctx, &r->dir, &found));
    if (!found)
        return STINT_OK;
    TRY(run_read_metrics(r, &metrics));
    bool whole = json_is_true(json_object_get(metrics, "reproducible"));
    json_decref(metrics);
    r->round_stands = whole && r->trials.finished == r->trials.n;
    return r->round_stands ? STINT_OK : round_remove(r->ctx, &r->dir);
}

static stint_status run_round(run *r)
{
    run_judge(r);
    if (r->fleet)
        fleet_deadline(r->fleet, 0); /* what is finished is refitted and saved, however late */
    if (r->cut && r->trials.finished < r->trials.folds)
        return fail(r->ctx, STINT_EBUDGET,
                    "%s was reached before any configuration was finished; run the same command "
                    "to carry on",
                    r->cut_by);
    round_input in = {
        .config = &r->config,
        .grid = &r->grid,
        .table = &r->table,
        .states = r->states.at ? &r->states : NULL,
        .trials = &r->trials,
        .checks = &r->checks,
        .plan = &r->plan,
        .dir = &r->dir,
        .fleet = r->fleet,
        .watch = r->watch,
        .fingerprint = r->fingerprint,
        .irreproducible = r->reason[0] ? r->reason : NULL,
        .model = r->kind->model,
        .model_self = r,
        .tell = r->kind->tell,
    };
    return round_make(r->stage, &in);
}

/* The report needs no workers, and they hold what their models keep. */
static void run_dismiss_fleet(run *r)
{
    if (!r->fleet)
        return;
    r->retries = fleet_retries(r->fleet);
    fleet_close(r->fleet);
    r->fleet = NULL;
}

static stint_status run_report(run *r)
{
    account a;
    char predictions[4096], search[4096];
    account_tables tables = {.predictions = predictions, .search = search};
    if (r->config.memory_bytes > 0) /* should they have to be read back */
        tables.memory_bytes = r->config.memory_bytes - process_private_bytes(0);
    snprintf(predictions, sizeof predictions, "%s/" EVALUATE_FILE, r->dir.scratch);
    snprintf(search, sizeof search, "%s/" ROUND_SEARCH_FILE, r->dir.scratch);
    TRY(run_write_environment(r));
    TRY(account_open(r->stage, r->dir.path, &a));
    stint_status s = account_report(r->stage, &a, pool_threads(r->pool), &tables);
    account_close(&a);
    return s;
}

/* --- all of it --------------------------------------------------------------------------- */

#define STAGE(id, call)                                                                            \
    do {                                                                                           \
        TRY(stage_begin(r, STAGE_##id));                                                           \
        TRY(call);                                                                                 \
        TRY(stage_end(r, STAGE_##id));                                                             \
    } while (0)

static bool is_json(const run *r, const char *name)
{
    char path[4096];
    rundir_path(&r->dir, name, path, sizeof path);
    json_t *tree = json_load_file(path, 0, NULL);
    json_decref(tree);
    return tree != NULL;
}

/* A whole round stands, and what tells of it does too. */
static stint_status run_is_told(run *r, bool *told)
{
    char page[4096], workbook[4096];
    rundir_path(&r->dir, ACCOUNT_PAGE, page, sizeof page);
    rundir_path(&r->dir, ACCOUNT_WORKBOOK, workbook, sizeof workbook);
    *told = r->round_stands && file_exists(page) && file_exists(workbook) &&
            is_json(r, "environment.json") && is_json(r, "plan.json");
    return *told ? run_check_summary(r, told) : STINT_OK;
}

static stint_status run_tables(run *r)
{
    STAGE(INGEST, run_ingest(r));
    TRY(run_plan(r, false));
    r->pool = pool_new(r->ctx, r->plan.workers * r->plan.threads);
    if (!r->pool)
        return STINT_ENOMEM;
    STAGE(CHECK, run_check(r));
    TRY(run_plan(r, false));
    STAGE(SPLIT, run_split(r));
    TRY(run_plan(r, false)); /* a given column has folds of its own */
    STAGE(FEATURES, run_features(r));
    if (r->kind->training && !rundir_is_claimed(&r->dir)) /* a net that cannot be claims nothing */
        STAGE(PREPARE, r->kind->prepare(r));
    TRY(run_open_store(r));
    return run_find_round(r);
}

static stint_status run_stages(run *r)
{
    bool told;
    TRY(run_tables(r));
    TRY(run_is_told(r, &told));
    if (told)
        return STINT_OK;
    if (!r->round_stands || !is_json(r, "plan.json"))
        TRY(run_write_plan(r));
    if (!r->round_stands) {
        if (!r->job)
            STAGE(PREPARE, r->kind->prepare(r));
        STAGE(SEARCH, r->kind->search(r));
        STAGE(ROUND, run_round(r));
    }
    run_dismiss_fleet(r);
    TRY(run_write_summary(r));
    TRY(run_write_timings(r));
    STAGE(REPORT, run_report(r));
    return run_write_timings(r);
}

/* A stage that failed may have left its blocks: freed with the objects they belong to, or
 * with the process; the failure that is recorded already is the one to tell. */
static void run_close(run *r)
{
    ctx_free_child(r->stage);
    train_job_close(r->job);
    if (r->fleet)
        fleet_close(r->fleet);
    if (r->opened_journal)
        journal_close(&r->journal);
    if (r->opened_trials)
        trials_close(&r->trials);
    watch_stop(r->watch);
    pool_free(r->pool);
    if (r->opened_states)
        features_states_close(&r->states);
    if (r->opened_split)
        split_close(&r->split);
    if (r->opened_checks)
        checks_close(&r->checks);
    if (r->opened_file)
        colfile_close(&r->file);
    if (r->opened_dir)
        rundir_close(r->ctx, &r->dir);
    config_free(&r->config);
    str_deinit(&r->timings);
    str_deinit(&r->identity);
    arena_deinit(&r->arena);
}

static void run_init(run *r, ctx *c, const run_kind *kind, const stint_request *q)
{
    *r = (run){.ctx = c, .request = q, .began = clock_seconds(), .kind = kind};
    arena_init(&r->arena, c, TAG_CONFIG);
    str_init(&r->identity, c, TAG_CONFIG);
    str_init(&r->timings, c, TAG_REPORT);
}

static stint_status verdict_take(run *r, stint_text *out)
{
    account a;
    str text;
    TRY(account_open(r->ctx, r->dir.path, &a));
    str_init(&text, r->ctx, TAG_REPORT);
    if (r->request->json)
        account_json(&a, &text);
    else
        account_verdict(&a, &text);
    account_close(&a);
    return text_take(&text, out);
}

/* From here on everything is held within the config's budget. */
static stint_status run_within_budget(run *r, ctx *outer)
{
    r->ctx = ctx_child(outer, "run", r->config.memory_bytes);
    if (!r->ctx) {
        r->ctx = outer;
        return STINT_ENOMEM;
    }
    TRY(run_plan(r, true));
    TRY(run_open(r));
    return run_stages(r);
}

stint_status run_whole(ctx *outer, const run_kind *kind, const stint_request *q, stint_text *out)
{
    run *r = mem_new(outer, TAG_BASE, run, 1);
    if (!r)
        return STINT_ENOMEM;
    fault_role("run");
    run_init(r, outer, kind, q);
    stint_status s = run_configure(r);
    if (s == STINT_OK)
        s = run_within_budget(r, outer);
    if (s == STINT_OK)
        s = verdict_take(r, out);
    if (s == STINT_OK && r->cut)
        s = fail(outer, r->cut, "%s; run the same command to carry on", r->reason);
    struct stint_context *within = r->ctx;
    run_close(r);
    if (within != outer)
        ctx_free_child(within);
    mem_free(r);
    return s == STINT_OK ? ctx_status(outer) : s;
}

const run_kind run_searching = {.prepare = run_prepare, .search = run_search};

stint_status stint_run(stint_context *ctx, const stint_request *q, stint_text *out)
{
    return run_whole(ctx, &run_searching, q, out);
}

stint_status stint_plan(stint_context *ctx, const stint_request *q, stint_text *out)
{
    run *r = mem_new(ctx, TAG_BASE, run, 1);
    str text;
    if (!r)
        return STINT_ENOMEM;
    run_init(r, ctx, q->training ? &run_training : &run_searching, q);
    str_init(&text, ctx, TAG_REPORT);
    stint_status s = run_configure(r);
    stint_status verdict = s == STINT_OK ? run_plan(r, true) : s;
    if (r->plan.configurations > 0)
        (q->json ? plan_json : plan_text)(&r->config, &r->plan, &text);
    s = text_take(&text, out);
    run_close(r);
    mem_free(r);
    return verdict != STINT_OK ? verdict : s;
}
