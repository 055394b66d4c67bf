#include "experiment/round.h"

#include "base/arena.h"
#include "data/export.h"
#include "experiment/evaluate.h"
#include "experiment/round_clusters.h"
#include "experiment/round_files.h"

#include <stdio.h>
#include <string.h>

#define ROUND_DIR "rounds/001"

stint_status round_find(ctx *c, const rundir *d, bool *found)
{
    char path[4096], why[512];
    *found = false;
    rundir_path(d, ROUND_DIR, path, sizeof path);
    if (!file_exists(path))
        return STINT_OK;
    TRY(manifest_verify(c, path, found, why, sizeof why));
    if (*found)
        return STINT_OK;
    log_line(c, "%s does not verify (%s); it is made again", path, why);
    return round_remove(c, d);
}

/* Out of its final name first, so that no moment shows half of it. */
stint_status round_remove(ctx *c, const rundir *d)
{
    char path[4096], aside[4096];
    rundir_path(d, ROUND_DIR, path, sizeof path);
    rundir_path(d, ROUND_DIR "-removed.tmp", aside, sizeof aside);
    if (!file_exists(path))
        return STINT_OK;
    TRY(dir_remove(c, aside));
    TRY(dir_rename(c, path, aside));
    return dir_remove(c, aside);
}

/* --- tasks of a round: one at a time through the fleet ------------------------------------ */

typedef struct one_task {
    task task;
    bool given;
    round_best *best; /* gets the scores; NULL = none are expected */
} one_task;

static bool one_next(void *self, task *out)
{
    one_task *o = self;
    if (o->given)
        return false;
    o->given = true;
    *out = o->task;
    return true;
}

static stint_status one_scores(void *self, const metric_score *s, int64_t n)
{
    one_task *o = self;
    for (int i = 0; o->best && i < n && i < metrics_count(); i++)
        o->best->scores[i] = s[i];
    return STINT_OK;
}

static stint_status run_one(const round_input *in, task_kind kind, int64_t number, const char *dir,
                            int plan_task, round_best *best)
{
    int64_t own;
    one_task o = {.best = best};
    o.task.kind = kind;
    o.task.model = grid_model(in->grid, number, &own);
    o.task.item = number;
    o.task.memory_bytes = in->plan->task_bytes[plan_task];
    snprintf(o.task.dir, sizeof o.task.dir, "%s", dir);
    return fleet_run(in->fleet, &(task_source){.self = &o, .next = one_next, .scores = one_scores});
}

static stint_status refit_best(const round_input *in, int64_t number, const char *dir,
                               round_best *best)
{
    TRY(run_one(in, TASK_SAVE, number, dir, PLAN_SAVE, NULL));
    return run_one(in, TASK_EVALUATE, number, dir, PLAN_EVALUATE, best);
}

/* --- making ------------------------------------------------------------------------------ */

/* The tables go to Parquet in a child of their own while the pictures are drawn here. */
static stint_status write_tables_and_pictures(ctx *c, const round_input *in, const char *tmp,
                                              const round_best *best)
{
    char search[4096], predictions[4096], to_search[4200], to_predictions[4200];
    char clusters[4096], to_clusters[4200];
    snprintf(search, sizeof search, "%s/" ROUND_SEARCH_FILE, in->dir->scratch);
    snprintf(predictions, sizeof predictions, "%s/" EVALUATE_FILE, in->dir->scratch);
    snprintf(clusters, sizeof clusters, "%s/" ROUND_CLUSTERS_FILE, in->dir->scratch);
    snprintf(to_clusters, sizeof to_clusters, "%s/clusters.parquet", tmp);
    snprintf(to_search, sizeof to_search, "%s/search.parquet", tmp);
    snprintf(to_predictions, sizeof to_predictions, "%s/predictions.parquet", tmp);
    TRY(round_write_search(c, in, search));
    export_item items[] = {
        {search, to_search}, {predictions, to_predictions}, {clusters, to_clusters}};
    child exporter;
    TRY(export_begin(c, items, best->clusters ? 3 : 2, export_bytes(in->plan->export_columns),
                     &exporter));
    watch_add(in->watch, exporter.pid);
    stint_status s = round_write_plots(c, in, tmp, predictions, best);
    watch_remove(in->watch, exporter.pid);
    stint_status exported = export_end(c, &exporter);
    return s == STINT_OK ? exported : s;
}

/* Models come first: what a clustering takes and finds is none of theirs. */
static stint_status write_clusters_and_tables(ctx *c, const round_input *in, const char *tmp,
                                              round_best *best)
{
    char clusters[4096];
    snprintf(clusters, sizeof clusters, "%s/" ROUND_CLUSTERS_FILE, in->dir->scratch);
    if (in->config->cluster)
        TRY(round_write_clusters(c, in, clusters, &best->clusters));
    stint_status s = write_tables_and_pictures(c, in, tmp, best);
    if (s == STINT_OK)
        s = round_write_metrics(c, in, tmp, best);
    stint_clustering_free(best->clusters);
    return s;
}

static stint_status round_fill(ctx *c, const round_input *in, const char *tmp, arena *a)
{
    char model[4200];
    round_best best = {.scores = arena_new(a, metric_score, metrics_count())};
    if (!best.scores)
        return STINT_ENOMEM;
    best.n = trials_best(in->trials, in->config->metric, ROUND_TOP, best.top);
    if (best.n == 0)
        return fail(c, STINT_EFAIL,
                    "no configuration was fitted on every fold; log and journal say why");
    snprintf(model, sizeof model, "%s/model", tmp);
    TRY(dir_make(c, model));
    TRY(in->model ? in->model(in->model_self, c, model, best.scores)
                  : refit_best(in, best.top[0].number, model, &best));
    TRY(write_clusters_and_tables(c, in, tmp, &best));
    return manifest_write(c, tmp);
}

stint_status round_make(ctx *c, const round_input *in)
{
    char final[4096], tmp[4096], rounds[4096];
    rundir_path(in->dir, "rounds", rounds, sizeof rounds);
    rundir_path(in->dir, ROUND_DIR, final, sizeof final);
    rundir_path(in->dir, ROUND_DIR ".tmp", tmp, sizeof tmp);
    TRY(dir_make(c, rounds));
    TRY(dir_remove(c, tmp));
    TRY(dir_make(c, tmp));
    arena a;
    arena_init(&a, c, TAG_SEARCH);
    stint_status s = round_fill(c, in, tmp, &a);
    arena_deinit(&a);
    return s == STINT_OK ? dir_rename(c, tmp, final) : s;
}
