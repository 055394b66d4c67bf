#include "experiment/cluster_work.h"

#include "base/fault.h"
#include "data/table.h"

#include <string.h>

/* `stint cluster`: a table's rows, clustered.  The data go the way that a run's go, through the
 * cache into a column file; the points are that file, mapped. */

/* A look, so that what cannot fit is refused before anything is read. */
static stint_status look(cluster_work *w, const source *s)
{
    TRY(source_sample(w->ctx, s, &w->facts));
    int64_t n = w->facts.exact ? w->facts.rows : w->facts.rows_high;
    TRY(cluster_plan_table(w, n > 0 ? n : 1, w->facts.columns));
    return !w->facts.exact && w->steps[STEP_READ] > w->memory ? cluster_plan_check(w) : STINT_OK;
}

static stint_status open_table(cluster_work *w, const source *s)
{
    TRY(source_open(w->ctx, s, w->memory - w->base, 0, &w->ingested, &w->file));
    w->opened = true;
    w->facts.exact = true;
    w->facts.ingest_bytes = 0;
    if (w->file.rows < 1)
        return fail(w->ctx, STINT_EDATA, "%s has no rows", w->request->data);
    TRY(cluster_columns_open(w->ctx, &w->arena, &w->file, w->request->drop, &w->columns));
    w->points = cluster_columns_points(&w->columns);
    if (w->pairs && w->points.n != w->points.d)
        return fail(w->ctx, STINT_EDATA,
                    "%s has %lld rows and %lld columns, but a matrix of pairs is square",
                    w->request->data, (long long)w->points.n, (long long)w->points.d);
    if (w->init)
        TRY(cluster_read_centers(w));
    TRY(cluster_plan_table(w, w->points.n, w->points.d));
    return cluster_plan_check(w);
}

/* The table as the matrix that it is, in memory: methods go through it in any order. */
static stint_status load_pairs(cluster_work *w)
{
    double *made = NULL;
    const double *x;
    if (!w->pairs)
        return STINT_OK;
    TRY(points_check(w->ctx, &w->points, w->pool));
    TRY(points_load(w->ctx, &w->points, &x, &made));
    w->matrix = made;
    for (int64_t i = 0; i < w->points.n; i++)
        for (int64_t j = 0; j < i; j++)
            if (x[i * w->points.n + j] != x[j * w->points.n + i])
                return table_fail(w->ctx, &w->file, w->columns.columns[j], i,
                                  "%g, but the other way round it is %g: a matrix of pairs is "
                                  "symmetric",
                                  x[i * w->points.n + j], x[j * w->points.n + i]);
    return STINT_OK;
}

static stint_status find_clusters(cluster_work *w)
{
    const stint_cluster_table_request *r = w->request;
    TRY(load_pairs(w));
    if (w->to > 0)
        TRY(cluster_sweep(w));
    else
        TRY(cluster_fit_table(w, 0, &w->found));
    if (r->report || w->to > 0)
        TRY(cluster_measure(w, w->found, r->report != NULL, &w->measures));
    if (r->to)
        TRY(cluster_labels_write(w, r->to));
    return r->report ? cluster_report_write(w, r->report) : STINT_OK;
}

/* From here on this process holds no more than was asked for, whatever the plan says; but for what
 * it takes to say that it is too little. */
static stint_status limit_memory(cluster_work *w, ctx *outer)
{
    int64_t left = w->memory - process_private_bytes(0), least = (int64_t)4 << 20;
    left = left > least ? left : least;
    ctx *within = ctx_child(outer, "cluster", w->request->memory ? left : 0);
    w->ctx = within ? within : outer;
    return within ? STINT_OK : STINT_ENOMEM;
}

static stint_status cluster_all(cluster_work *w, str *text)
{
    const stint_cluster_table_request *r = w->request;
    const source s = {.path = r->data, .sheet = r->sheet, .dataset = r->dataset};
    TRY(cluster_ask(w));
    TRY(limit_memory(w, w->ctx));
    TRY(look(w, &s));
    if (!r->plan || w->facts.exact)
        TRY(open_table(w, &s));
    else
        TRY(cluster_plan_check(w));
    if (r->plan) {
        cluster_say_plan(w, text);
        return STINT_OK;
    }
    TRY(find_clusters(w));
    if (r->json)
        cluster_say_json(w, true, text);
    else
        cluster_say_text(w, text);
    return STINT_OK;
}

static void end_work(cluster_work *w, ctx *outer)
{
    cluster_measures_free(&w->measures);
    stint_clustering_free(w->found);
    pool_free(w->pool);
    mem_free(w->centers);
    mem_free(w->matrix);
    if (w->opened)
        colfile_close(&w->file);
    watch_stop(w->watch);
    arena_deinit(&w->arena);
    if (w->ctx != outer)
        ctx_free_child(w->ctx);
}

stint_status stint_cluster_table(stint_context *ctx, const stint_cluster_table_request *r,
                                 stint_text *out)
{
    cluster_work w = {.ctx = ctx, .request = r, .began = clock_seconds(), .elbow = -1, .best = -1};
    str text;
    *out = (stint_text){0};
    fault_role("cluster");
    arena_init(&w.arena, ctx, TAG_CONFIG);
    str_init(&text, ctx, TAG_REPORT);
    stint_status s = watch_start(ctx, &w.watch);
    if (s == STINT_OK)
        s = cluster_all(&w, &text);
    end_work(&w, ctx);
    if (s == STINT_OK)
        s = ctx_status(ctx); /* what was still held is a leak */
    if (s == STINT_OK)
        return text_take(&text, out);
    str_deinit(&text);
    return s;
}
