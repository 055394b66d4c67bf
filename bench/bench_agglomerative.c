#include "profile/bench_main.h"

#include "base/budget.h"
#include "base/mem.h"
#include "base/os/os.h"
#include "base/rng.h"
#include "cluster/cluster.h"

/* Trees of clusters beside scikit-learn's AgglomerativeClustering or SciPy's linkage.  Rows are
 * normal around 20 centres; a line of the log has the most bytes that a fit held.  The peers, where
 * they run, print the growth of their process.  Runs from the checkout. */

enum { CENTRES = 20, COMMAND_SIZE = 256 };

typedef struct work {
    const char *name, *linkage, *k, *peer;
    int64_t n, d;
    int iterations;
    int64_t memory;
    double *x;
    pool *threads;
    int64_t peak;
    char command[COMMAND_SIZE];
} work;

static void fill(double *x, int64_t n, int64_t d)
{
    for (int64_t i = 0; i < n * d; i++)
        x[i] = 4 * rng_normal((rng){1, RNG_GENERATE}, (uint64_t)(i / d % CENTRES * d + i % d)) +
               rng_normal((rng){2, RNG_GENERATE}, (uint64_t)i);
}

static stint_status run_fit(ctx *c, void *self)
{
    work *w = self;
    stint_setting settings[] = {
        {"linkage", w->linkage}, {"n_clusters", "20"}, {"connectivity", w->k}};
    cluster_run run = {&cluster_agglomerative, settings, 3, "threads"};
    cluster_task task = {.points = {.n = w->n, .d = w->d, .f64 = w->x, .stride = w->d},
                         .pool = w->threads,
                         .memory = w->memory};
    stint_clustering *m = NULL;
    stint_status s = cluster_fit(c, &run, &task, &m);
    if (s == STINT_OK && m->facts.peak_bytes != w->peak) {
        w->peak = m->facts.peak_bytes;
        log_line(c, "%s: %s, held %.1f MiB", w->name, m->facts.variant,
                 (double)w->peak / (1 << 20));
    }
    stint_clustering_free(m);
    return s;
}

static work works[] = {
    {"ward-10000x16", "ward", "0", "sklearn", 10000, 16, 5},
    {"ward-100000x8", "ward", "0", NULL, 100000, 8, 3},
    {"single-100000x8", "single", "0", NULL, 100000, 8, 3},
    {"single-10000x16", "single", "0", "sklearn", 10000, 16, 5},
    {"average-10000x100", "average", "0", "scipy", 10000, 100, 3},
    {"complete-10000x100", "complete", "0", "scipy", 10000, 100, 3},
    {"ward-graph-10000x16", "ward", "10", "sklearn", 10000, 16, 3},
    {"average-again-10000x16", "average", "0", "scipy", 10000, 16, 1, 128 << 20},
};

enum { CASES = sizeof works / sizeof *works };

static stint_status make_rows(ctx *c, pool *threads)
{
    for (int i = 0; i < CASES; i++) {
        work *w = &works[i];
        if (!(w->x = mem_new(c, TAG_MODEL, double, w->n * w->d)))
            return STINT_ENOMEM;
        w->threads = threads;
        fill(w->x, w->n, w->d);
    }
    return STINT_OK;
}

int main(int argc, char **argv)
{
    static bench_case cases[CASES];
    ctx *c = stint_open(&(stint_options){.sink = bench_print_line});
    pool *threads = c ? pool_new(c, cpu_count()) : NULL;
    if (!threads || make_rows(c, threads) != STINT_OK)
        return stint_status_exit(STINT_ENOMEM);
    for (int i = 0; i < CASES; i++) {
        work *w = &works[i];
        snprintf(w->command, sizeof w->command,
                 "${STINT_PEERS:-build/peers/bin/python} bench/peers/agglomerative.py %s %s %lld "
                 "%lld --connectivity %s",
                 w->peer ? w->peer : "", w->linkage, (long long)w->n, (long long)w->d, w->k);
        cases[i] = (bench_case){.name = w->name,
                                .run = run_fit,
                                .self = w,
                                .warmup = 1,
                                .iterations = w->iterations,
                                .items = (double)w->n,
                                .item = "rows",
                                .peer = w->peer ? w->command : NULL};
    }
    int status = bench_main(argc, argv, cases, CASES);
    for (int i = 0; i < CASES; i++)
        mem_free(works[i].x);
    pool_free(threads);
    stint_close(c);
    return status;
}
