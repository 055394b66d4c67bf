#include "cluster/kmeans_plan.h"

#include "base/mem.h"

#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

static const char *const init_names[] = {"k-means++", "random", NULL};
static const char *const metric_names[] = {"euclidean", "cosine", NULL};

static const param kmeans_params[] = {
    PARAM_INT(kmeans, n_clusters, 8, 1, 1e9, "clusters"),
    PARAM_CHOICE(kmeans, init, KMEANS_PLUS_PLUS, init_names,
                 "how a run begins: rows far from each other (greedy k-means++), or any"),
    PARAM_INT(kmeans, n_init, 10, 1, 10000, "runs from different starts; the best is kept"),
    PARAM_INT(kmeans, max_iter, 300, 1, 1e9, "rounds of a run, at most"),
    PARAM_F64(kmeans, tol, 1e-4, 0, 1e300,
              "a run ends when the centres' squared shifts, summed, are no more than this times "
              "the mean variance of a column; it always ends when no label changes"),
    PARAM_CHOICE(kmeans, algorithm, KMEANS_AUTO, kmeans_algorithm_names,
                 "what spares distances; the result is the same"),
    PARAM_CHOICE(kmeans, metric, KMEANS_EUCLIDEAN, metric_names,
                 "cosine: rows and centres count by their direction (spherical k-means)"),
    PARAM_INT(kmeans, batch_size, 0, 0, 1e9,
              "rows of a mini-batch: approximate, for very many rows; 0 = all rows in each round"),
    PARAM_INT(kmeans, seed, 0, 0, 9007199254740991.0, "of the starts and batches"),
    PARAM_END,
};

/* --- before ------------------------------------------------------------------------------ */

static stint_status check_weights(ctx *c, const cluster_task *t)
{
    double sum = 0;
    for (int64_t i = 0; t->weights && i < t->points.n; i++) {
        if (!(t->weights[i] >= 0) || !isfinite(t->weights[i]))
            return fail(c, STINT_EDATA, "kmeans: the weight of row %lld is %g; write 0 or more",
                        (long long)i, t->weights[i]);
        sum += t->weights[i];
    }
    if (t->weights && !(sum > 0 && isfinite(sum)))
        return fail(c, STINT_EDATA, "kmeans: the weights sum to %g; at least one must be above 0",
                    sum);
    return STINT_OK;
}

static stint_status kmeans_check(ctx *c, const cluster_task *t, const void *params)
{
    const kmeans *p = params;
    int64_t k = (int64_t)p->n_clusters;
    if (k > t->points.n)
        return fail(c, STINT_EDATA, "kmeans: n_clusters is %lld, but there are only %lld rows",
                    (long long)k, (long long)t->points.n);
    for (int64_t i = 0; t->centers && i < k * t->points.d; i++)
        if (!isfinite(t->centers[i]))
            return fail(c, STINT_EDATA, "kmeans: column %lld of centre %lld is not finite",
                        (long long)(i % t->points.d), (long long)(i / t->points.d));
    return check_weights(c, t);
}

static void kmeans_estimate(const cluster_task *t, const void *params, cluster_cost *out)
{
    const kmeans *p = params;
    kmeans_plan plan;
    kmeans_plan_make(t, p, &plan);
    double n = (double)t->points.n, rounds = fmin(p->max_iter, 40), speed = 2e10;
    double flops = 2 * n * p->n_clusters * (double)t->points.d;
    double seeding = plan.seeds && !plan.small_batches ? 2 + log(p->n_clusters) : 0;
    out->bytes = plan.bytes;
    out->least_bytes = plan.least_bytes;
    out->variant = plan.small_batches ? "mini-batch" : kmeans_algorithm_names[plan.variant];
    out->seconds = (double)plan.runs * (rounds + seeding) * flops /
                   (t->backend == &backend_scalar ? speed / 20 : speed * plan.threads);
    if (plan.small_batches)
        out->seconds /= rounds / 2;
    snprintf(out->why, sizeof out->why, "%s", plan.why);
    if (!plan.keep && !plan.small_batches)
        snprintf(out->knob, sizeof out->knob,
                 "with %.0f MiB more, rows stay in memory in single precision",
                 ceil(n * (double)t->points.d * 4 / (1 << 20)));
    else if (plan.runs > 1)
        snprintf(out->knob, sizeof out->knob, "n_init 1 takes a %.0fth of the time",
                 (double)plan.runs);
}

/* --- runs -------------------------------------------------------------------------------- */

/* A run at a time, and the best of those it did. */
typedef struct worker {
    kmeans_run run;
    int32_t *labels;
    double *centers;
    double inertia;
    int64_t number, iterations; /* number -1 = none yet */
    bool converged;
    atomic_flag busy;
} worker;

typedef struct fitting {
    const cluster_task *task;
    const kmeans *params;
    kmeans_plan plan;
    kmeans_data data;
    pool *pool;
    worker *workers; /* [at_once] */
    atomic_int stopped;
} fitting;

/* The task's watch is called by the thread that fits, 0; the others see that it said no. */
static stint_status watch_round(void *self, const kmeans_run *r)
{
    fitting *f = self;
    double runs = (double)f->plan.runs;
    if (r->thread == 0) {
        double share = ((double)r->number + (double)r->iterations / f->params->max_iter) / runs;
        stint_status s = cluster_at(f->task, "rounds", share < 1 ? share : 1);
        if (s != STINT_OK)
            atomic_store(&f->stopped, (int)s);
    }
    return (stint_status)atomic_load(&f->stopped);
}

static stint_status begin_run(const fitting *f, kmeans_run *r)
{
    int64_t size = r->k * r->data->d;
    if (!f->task->centers)
        return (int)f->params->init == KMEANS_RANDOM ? kmeans_begin_random(r)
                                                     : kmeans_begin_plus_plus(r);
    memcpy(r->centers, f->task->centers, (size_t)size * sizeof(double));
    for (int64_t k = 0; (int)f->params->metric == KMEANS_COSINE && k < r->k; k++) {
        double *x = r->centers + k * r->data->d, square = 0;
        for (int64_t j = 0; j < r->data->d; j++)
            square += x[j] * x[j];
        for (int64_t j = 0; square > 0 && j < r->data->d; j++)
            x[j] /= sqrt(square);
    }
    return STINT_OK;
}

static bool is_better(const worker *w, double inertia, int64_t number)
{
    return w->number < 0 || inertia < w->inertia || (inertia == w->inertia && number < w->number);
}

static void keep(worker *w, int64_t n)
{
    const kmeans_run *r = &w->run;
    if (!is_better(w, r->inertia, r->number))
        return;
    memcpy(w->labels, r->labels, (size_t)n * sizeof *w->labels);
    memcpy(w->centers, r->centers, (size_t)(r->k * r->data->d) * sizeof *w->centers);
    w->inertia = r->inertia;
    w->number = r->number;
    w->iterations = r->iterations;
    w->converged = r->converged;
}

static stint_status run_one(fitting *f, worker *w, int64_t number, int thread)
{
    w->run.number = number;
    w->run.thread = thread;
    if (!f->plan.small_batches || f->task->centers)
        TRY(begin_run(f, &w->run));
    if (f->plan.small_batches)
        TRY(kmeans_batches(&w->run, f->task->centers, watch_round, f));
    else
        TRY(kmeans_rounds(&w->run, watch_round, f));
    keep(w, f->data.n);
    return STINT_OK;
}

/* There are as many as runs at once, so one is free. */
static worker *free_worker(const fitting *f)
{
    for (int i = 0;; i = (i + 1) % f->plan.at_once)
        if (!atomic_flag_test_and_set(&f->workers[i].busy))
            return &f->workers[i];
}

static stint_status do_run(void *self, int64_t number, int thread)
{
    fitting *f = self;
    worker *w = free_worker(f);
    stint_status s = run_one(f, w, number, thread);
    atomic_flag_clear(&w->busy);
    return s;
}

/* --- the fit ----------------------------------------------------------------------------- */

/* The first worker's best is the result's own memory. */
static stint_status make_workers(ctx *c, fitting *f, stint_clustering *out)
{
    int64_t n = f->data.n, size = (int64_t)f->params->n_clusters * f->data.d;
    out->labels = mem_new(out->ctx, TAG_MODEL, int32_t, n);
    out->centers = mem_new(out->ctx, TAG_MODEL, double, size);
    f->workers = mem_new(c, TAG_MODEL, worker, f->plan.at_once);
    if (!out->labels || !out->centers || !f->workers)
        return STINT_ENOMEM;
    for (int i = 0; i < f->plan.at_once; i++) {
        worker *w = &f->workers[i];
        w->number = -1;
        atomic_flag_clear(&w->busy);
        w->labels = i ? mem_new(c, TAG_MODEL, int32_t, n) : out->labels;
        w->centers = i ? mem_new(c, TAG_MODEL, double, size) : out->centers;
        if (!w->labels || !w->centers)
            return STINT_ENOMEM;
        TRY(kmeans_run_init(c, &f->data, f->params, f->plan.variant,
                            f->plan.seeds && !f->plan.small_batches, &w->run));
        w->run.pool = f->plan.at_once > 1 ? NULL : f->pool;
    }
    return STINT_OK;
}

static void drop_workers(fitting *f)
{
    for (int i = 0; f->workers && i < f->plan.at_once; i++) {
        worker *w = &f->workers[i];
        kmeans_run_deinit(&w->run);
        mem_free(i ? w->labels : NULL);
        mem_free(i ? w->centers : NULL);
    }
    mem_free(f->workers);
}

static stint_status run_all(fitting *f)
{
    if (f->plan.at_once > 1)
        return parallel_for(f->pool, f->plan.runs, do_run, f);
    for (int64_t i = 0; i < f->plan.runs; i++)
        TRY(do_run(f, i, 0));
    return STINT_OK;
}

static void take_best(const fitting *f, stint_clustering *out)
{
    const worker *best = &f->workers[0];
    for (int i = 1; i < f->plan.at_once; i++) {
        const worker *w = &f->workers[i];
        if (w->number >= 0 && is_better(best, w->inertia, w->number))
            best = w;
    }
    if (best != &f->workers[0]) {
        memcpy(out->labels, best->labels, (size_t)f->data.n * sizeof *out->labels);
        memcpy(out->centers, best->centers,
               (size_t)((int64_t)f->params->n_clusters * f->data.d) * sizeof *out->centers);
    }
    out->facts.n_clusters = (int64_t)f->params->n_clusters;
    out->facts.inertia = best->inertia;
    out->facts.iterations = best->iterations;
    out->facts.converged = best->converged;
    out->directions = (int)f->params->metric == KMEANS_COSINE;
}

static void say(const fitting *f, stint_clustering *out)
{
    int64_t empty = 0, k = out->facts.n_clusters;
    for (int64_t i = 0; i < k; i++)
        empty += out->sizes[i] == 0;
    if (empty)
        cluster_note(out,
                     "%lld of %lld clusters are empty: there are fewer distinct points than "
                     "clusters, or fewer that weigh",
                     (long long)empty, (long long)k);
    if (!out->facts.converged)
        cluster_note(out, "stopped after max_iter = %.0f rounds, before the centres came to rest",
                     f->params->max_iter);
}

static stint_status kmeans_fit(ctx *c, const cluster_task *t, const void *params,
                               stint_clustering *out)
{
    fitting f = {.task = t, .params = params};
    kmeans_plan_make(t, params, &f.plan);
    f.pool = t->backend->threads ? t->pool : NULL;
    int64_t k = (int64_t)f.params->n_clusters;
    TRY(kmeans_data_open(c, t, (int)f.params->metric == KMEANS_COSINE, f.plan.keep, k > 32 ? k : 32,
                         f.pool, &f.data));
    stint_status s = make_workers(c, &f, out);
    if (s == STINT_OK)
        s = run_all(&f);
    if (s == STINT_OK)
        take_best(&f, out);
    drop_workers(&f);
    kmeans_data_close(&f.data);
    TRY(s);
    TRY(cluster_count(out));
    say(&f, out);
    return cluster_at(t, "rounds", 1);
}

const cluster_class cluster_kmeans = {
    .name = "kmeans",
    .title = "k-means",
    .help = "Around n_clusters centres, each the mean of its rows, so that the squared distances "
            "to them are small in sum.",
    .size = sizeof(kmeans),
    .params = kmeans_params,
    .takes_weights = true,
    .takes_centers = true,
    .predicts = true,
    .check = kmeans_check,
    .estimate = kmeans_estimate,
    .fit = kmeans_fit,
};
