#include "cluster/kmeans.h"
#include "cluster/request.h"

#include "base/json.h"

#include <math.h>

/* The interface of stint/cluster.h, but for jobs, files and measures. */

/* --- fit --------------------------------------------------------------------------------- */

static stint_status heed_interrupt(void *self, const char *what, double share)
{
    ctx *c = self;
    (void)share;
    return ctx_interrupted(c) ? fail(c, STINT_EINTERRUPT, "interrupted at %s", what) : STINT_OK;
}

stint_status stint_cluster_fit(stint_context *ctx, const stint_cluster_request *r,
                               stint_clustering **out)
{
    *out = NULL;
    return cluster_request_fit(ctx, r, heed_interrupt, ctx, out);
}

/* --- plan -------------------------------------------------------------------------------- */

typedef struct plan_text {
    const cluster_request *r;
    const cluster_cost *cost;
    bool fits;
} plan_text;

static void size_text(str *out, int64_t bytes)
{
    char text[STR_SIZE_SIZE];
    str_addf(out, "%s (%lld bytes)", str_format_bytes(text, bytes), (long long)bytes);
}

static void write_text(const plan_text *p, str *out)
{
    const cluster_task *t = &p->r->task;
    char seconds[STR_SIZE_SIZE];
    str_addf(out, "%s: %s on %s, of %lld ", p->r->run.class->name, p->cost->variant,
             t->backend->name, (long long)cluster_rows(t));
    if (t->pairs.n > 0)
        str_add(out, "rows as a matrix of pairs\n");
    else
        str_addf(out, "rows of %lld columns\n", (long long)t->points.d);
    str_add(out, "memory  at most ");
    size_text(out, p->cost->bytes);
    str_add(out, " beside the rows; the least that does is ");
    size_text(out, p->cost->least_bytes);
    if (!p->fits) {
        str_add(out, "\nrefused as it may hold only ");
        size_text(out, t->memory);
    }
    str_addf(out, "\ntime    about %s\nwhy     %s\n", str_format_seconds(seconds, p->cost->seconds),
             p->cost->why);
    if (p->cost->knob[0])
        str_addf(out, "knob    %s\n", p->cost->knob);
}

static void write_json(const plan_text *p, str *out)
{
    const cluster_task *t = &p->r->task;
    json_out j = emit_begin(out, true);
    emit_object(&j, NULL);
    emit_string(&j, "method", p->r->run.class->name);
    emit_string(&j, "variant", p->cost->variant);
    emit_string(&j, "device", t->backend->name);
    emit_int(&j, "rows", cluster_rows(t));
    emit_int(&j, "columns", t->pairs.n > 0 ? 0 : t->points.d);
    emit_bool(&j, "fits", p->fits);
    emit_int(&j, "bytes", p->cost->bytes);
    emit_int(&j, "least_bytes", p->cost->least_bytes);
    emit_int(&j, "memory_bytes", t->memory);
    emit_double(&j, "seconds", p->cost->seconds);
    emit_string(&j, "why", p->cost->why);
    emit_string(&j, "knob", p->cost->knob);
    emit_object_end(&j);
    str_add(out, "\n");
}

stint_status stint_cluster_plan(stint_context *ctx, const stint_cluster_request *r, bool json,
                                stint_text *out)
{
    cluster_request asked;
    cluster_cost cost;
    str text;
    *out = (stint_text){0};
    stint_status s = cluster_request_open(ctx, r, &asked);
    if (s == STINT_OK)
        s = cluster_estimate(ctx, &asked.run, &asked.task, &cost);
    if (s == STINT_OK) {
        plan_text p = {&asked, &cost, cost.bytes <= asked.task.memory};
        str_init(&text, ctx, TAG_MODEL);
        (json ? write_json : write_text)(&p, &text);
        s = text_take(&text, out);
    }
    cluster_request_close(&asked);
    return s;
}

/* --- what was found ---------------------------------------------------------------------- */

stint_cluster_facts stint_cluster_about(const stint_clustering *m)
{
    static const stint_cluster_facts nothing = {
        .method = "", .variant = "", .device = "", .why = "", .inertia = NAN, .notes = ""};
    return m ? m->facts : nothing;
}

const int32_t *stint_cluster_labels(const stint_clustering *m)
{
    return m ? m->labels : NULL;
}

const int64_t *stint_cluster_sizes(const stint_clustering *m)
{
    return m ? m->sizes : NULL;
}

const double *stint_cluster_centers(const stint_clustering *m)
{
    return m ? m->centers : NULL;
}

const double *stint_cluster_embedding(const stint_clustering *m, int64_t *wide)
{
    bool there = m && m->embedding;
    if (wide)
        *wide = there ? m->wide : 0;
    return there ? m->embedding : NULL;
}

const double *stint_cluster_eigenvalues(const stint_clustering *m, int64_t *n)
{
    bool there = m && m->eigenvalues;
    if (n)
        *n = there ? m->n_eigenvalues : 0;
    return there ? m->eigenvalues : NULL;
}

const stint_dendrogram *stint_cluster_dendrogram(const stint_clustering *m)
{
    return m && m->tree.leaves > 0 ? &m->tree : NULL;
}

/* --- applied to other points ------------------------------------------------------------- */

typedef struct application {
    cluster_task task;
    kmeans_model model;
} application;

static stint_status check_application(ctx *c, const char *who, const stint_clustering *m,
                                      const stint_points *p, application *out)
{
    if (!m)
        return fail(c, STINT_EUSAGE, "%s: there is no clustering", who);
    if (!m->class->predicts || !m->centers)
        return fail(c, STINT_EUSAGE, "%s: a clustering by %s has no centres for other points", who,
                    m->facts.method);
    TRY(points_given(c, who, p, &out->task.points));
    if (p->d != m->facts.d)
        return fail(c, STINT_EDATA, "%s: the points have %lld columns, the clustering's had %lld",
                    who, (long long)p->d, (long long)m->facts.d);
    out->model = (kmeans_model){m->centers, m->facts.n_clusters, m->directions};
    return STINT_OK;
}

/* Threads and a device for n × k distances, and finite points; its pool is the caller's to free. */
static stint_status open_application(ctx *c, const char *who, const stint_clustering *m,
                                     const stint_points *p, const void *to, application *out)
{
    char why[256];
    bool poor;
    *out = (application){0};
    if (!to)
        return fail(c, STINT_EUSAGE, "%s: there is no place for the result", who);
    TRY(check_application(c, who, m, p, out));
    if (!(out->task.pool = cluster_threads(c)))
        return STINT_ENOMEM;
    out->task.memory = budget_left(ctx_budget(c));
    backend_work work = {.flops = 2.0 * (double)p->n * (double)p->d * (double)out->model.k,
                         .threads = pool_threads(out->task.pool)};
    TRY(backend_choose(c, NULL, &work, &out->task.backend, why, sizeof why, &poor));
    return points_check(c, &out->task.points, out->task.backend->threads ? out->task.pool : NULL);
}

stint_status stint_cluster_predict(stint_context *ctx, const stint_clustering *m,
                                   const stint_points *p, int32_t *labels)
{
    application a;
    stint_status s = open_application(ctx, "predict", m, p, labels, &a);
    if (s == STINT_OK && p->n > 0)
        s = kmeans_predict(ctx, &a.task, &a.model, labels, NULL);
    pool_free(a.task.pool);
    return s;
}

stint_status stint_cluster_transform(stint_context *ctx, const stint_clustering *m,
                                     const stint_points *p, double *out)
{
    application a;
    stint_status s = open_application(ctx, "transform", m, p, out, &a);
    if (s == STINT_OK && p->n > 0)
        s = kmeans_transform(ctx, &a.task, &a.model, out);
    pool_free(a.task.pool);
    return s;
}
