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
    TRY(source_open(r->ctx, &cfg->source, memory, cfg->disk_bytes, &r->ingested, &r->file));
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
    prepare_source p = {.run = r, .task = {&r->table, r->config.scale_standard, r->dir.scratch}};
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
