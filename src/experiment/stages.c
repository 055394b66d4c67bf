#include "experiment/run.h"

#include "base/json.h"
#include "base/progress.h"
#include "experiment/plan_model.h"
#include "experiment/round_clusters.h"

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

/* The columns that this run reads decide what it finds; what else the file holds does not. */
static stint_status take_used_columns(run *r)
{
    int n = 0, *columns = arena_new(&r->arena, int, r->file.n_columns);
    if (!columns)
        return STINT_ENOMEM;
    for (int i = 0; i < r->file.n_columns; i++)
        if (config_uses(&r->config, r->file.columns[i].name)) {
            TRY(table_check_exact(r->ctx, &r->file, i));
            columns[n++] = i;
        }
    return colfile_fingerprint(r->ctx, &r->file, columns, n, r->fingerprint);
}

/* From here on the derived table is the table. */
static stint_status derive_table(run *r)
{
    char made[HASH_TEXT_SIZE];
    colfile source = r->file;
    pool *p = pool_new(r->stage, r->plan.workers * r->plan.threads);
    r->opened_file = false;
    stint_status s = p ? derive_open(r->ctx, &source, r->ingested.fingerprint, &r->config.derive, p,
                                     made, r->table_path, sizeof r->table_path, &r->file)
                       : STINT_ENOMEM;
    r->opened_file = s == STINT_OK;
    pool_free(p);
    colfile_close(&source);
    return s;
}

stint_status run_ingest(run *r)
{
    const config *cfg = &r->config;
    int64_t memory = r->plan.ingest_bytes;
    if (memory == 0 && cfg->memory_bytes > 0) /* planned from the cache, should that be damaged */
        memory = cfg->memory_bytes - process_private_bytes(0);
    TRY(source_open(r->ctx, &cfg->source, memory, cfg->disk_bytes, &r->ingested, &r->file));
    r->opened_file = true;
    snprintf(r->table_path, sizeof r->table_path, "%s", r->ingested.path);
    if (derive_is_needed(&cfg->derive))
        TRY(derive_table(r));
    else if (config_has_series(cfg))
        TRY(derive_check(r->ctx, &r->file, &cfg->derive));
    return take_used_columns(r);
}

static stint_status check_columns(run *r, const table_settings *settings)
{
    int n = r->file.n_columns + 1;
    int *targets = mem_new(r->stage, TAG_TABLE, int, n);
    int *candidates = mem_new(r->stage, TAG_TABLE, int, n);
    checks_input in = {.file = &r->file,
                       .fingerprint = r->fingerprint,
                       .kind = r->config.task,
                       .targets = targets,
                       .candidates = candidates,
                       .features = &r->config.features};
    stint_status s = targets && candidates ? STINT_OK : STINT_ENOMEM;
    if (s == STINT_OK)
        s = table_candidates(r->ctx, &r->file, settings, targets, &in.n_targets, candidates,
                             &in.n_candidates);
    if (s == STINT_OK)
        s = checks_run(r->ctx, &in, &r->config.checks, r->dir.scratch, r->pool, &r->checks);
    mem_free(candidates);
    mem_free(targets);
    return s;
}

stint_status run_check(run *r)
{
    table_settings settings = config_table(&r->config);
    TRY(check_columns(r, &settings));
    r->opened_checks = true;
    for (int i = 0; i < r->checks.n; i++)
        if (r->checks.at[i].result != CHECK_PASSED)
            log_line(r->ctx, "%s: %s: %s",
                     r->checks.at[i].result == CHECK_WARNED ? "warning" : "mended",
                     r->checks.at[i].name, r->checks.at[i].details);
    settings.rows = r->checks.path[0] ? &r->checks.rows : NULL;
    return table_open(r->ctx, &r->arena, &r->file, &settings, r->checks.dropped, &r->table);
}

stint_status run_rows_key(run *r, const char *first, const char *second, hash128 *out)
{
    hasher *h = hash_begin(r->ctx);
    if (!h)
        return STINT_ENOMEM;
    hash_add_text(h, r->fingerprint);
    hash_add_text(h, path_name(first));
    hash_add_text(h, path_name(second));
    *out = hash_end(h);
    return STINT_OK;
}

stint_status run_split(run *r)
{
    hash128 key;
    char text[HASH_TEXT_SIZE];
    bool thinned = r->checks.path[0] != '\0';
    TRY(run_rows_key(r, r->checks.path, "", &key));
    hash_text(text, key);
    split_input in = {
        .file = &r->file,
        .fingerprint = text,
        .rows = thinned ? &r->checks.rows : NULL,
        .kind = r->config.task,
        .period = r->config.period,
        .targets = r->table.targets,
        .n_targets = r->table.n_targets,
    };
    TRY(split_open(r->ctx, &in, &r->config.split, &r->split));
    r->opened_split = true;
    r->table.split = &r->split;
    if (r->split.notes[0])
        log_line(r->ctx, "split: %s", r->split.notes);
    return STINT_OK;
}

/* --- features ---------------------------------------------------------------------------- */

stint_status run_features(run *r)
{
    hash128 key;
    TRY(run_rows_key(r, r->checks.path, r->split.path, &key));
    TRY(features_states_open(r->ctx, r->table.features, &r->split, key,
                             config_needs_standard(&r->config), r->pool, &r->states));
    r->opened_states = true;
    TRY(plan_check_models(r->ctx, &r->config, &r->plan.shape));
    return r->config.cluster ? round_check_clusters(r->ctx, &r->config, &r->table) : STINT_OK;
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

/* Models that share statistics have them prepared once, for the first of them. */
static bool is_prepared(const config *cfg, int model)
{
    for (int i = 0; i < model; i++)
        if (cfg->models[i].class->statistics == cfg->models[model].class->statistics)
            return true;
    return false;
}

static int64_t prepare_items(const prepare_source *p)
{
    const config *cfg = &p->run->config;
    const model_statistics *statistics = cfg->models[p->model].class->statistics;
    if (!statistics || is_prepared(cfg, p->model))
        return 0;
    return p->kind == TASK_PREPARE_END ? p->run->split.folds + 1 : statistics->parts(&p->task);
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

static void hello_write(run *r, str *out)
{
    json_out j = emit_begin(out, false);
    emit_object(&j, NULL);
    emit_string(&j, "config", r->identity.at);
    emit_string(&j, "column_file", r->table_path);
    emit_string(&j, "split", r->split.path);
    emit_string(&j, "rows", r->checks.path);
    emit_string(&j, "states", r->states.path);
    emit_array(&j, "without");
    for (int i = 0; i < r->checks.n_dropped; i++)
        emit_string(&j, NULL, r->checks.dropped[i]);
    emit_array_end(&j);
    emit_string(&j, "scratch", r->dir.scratch);
    emit_int(&j, "threads", r->plan.threads);
    emit_object_end(&j);
}

static stint_status run_open_fleet(run *r)
{
    str hello;
    str_init(&hello, r->ctx, TAG_MESSAGE);
    hello_write(r, &hello);
    int64_t alone = r->config.memory_bytes - r->plan.base_bytes - r->plan.search_bytes;
    fleet_settings s = {
        .workers = r->plan.workers,
        .memory_bytes = r->plan.worker_bytes,
        .whole_bytes = r->config.memory_bytes ? alone : 0,
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
    const features_states *states = r->states.at ? &r->states : NULL;
    prepare_source p = {.run = r, .task = {&r->table, states, r->dir.scratch}};
    task_source source = {.self = &p, .next = prepare_next};
    p.kind = TASK_PREPARE_PART;
    stint_status s = fleet_run(r->fleet, &source);
    p.kind = TASK_PREPARE_END;
    p.model = 0;
    p.item = 0;
    if (s == STINT_OK)
        s = fleet_run(r->fleet, &source);
    if (s == STINT_EBUDGET)
        return fail(r->ctx, s,
                    "budget.time was reached before any fit; run the same command to carry on");
    return s;
}
