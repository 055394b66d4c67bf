/* A fit of agglomerative clustering from settings as text, for the tests of it. */
#ifndef UNIT_CLUSTER_AGGLOMERATIVE_PROBLEM_H
#define UNIT_CLUSTER_AGGLOMERATIVE_PROBLEM_H

#include "base/rng.h"
#include "cluster/cluster.h"
#include "unit/fixture.h"

enum { SETTINGS_MOST = 8 };

typedef struct problem {
    cluster_task task;
    stint_setting settings[SETTINGS_MOST];
    int n_settings;
    const char *device; /* NULL = simd */
} problem;

static inline problem problem_of(const double *x, int64_t n, int64_t d)
{
    return (problem){.task = {.points = {.n = n, .d = d, .f64 = x, .stride = d}}};
}

static inline problem problem_given(const double *dense, int64_t n)
{
    return (problem){.task = {.pairs = {.n = n, .dense = dense}}};
}

/* `value` outlives the problem. */
static inline void problem_set(problem *p, const char *name, const char *value)
{
    p->settings[p->n_settings++] = (stint_setting){name, value};
}

static inline cluster_run problem_run(const problem *p)
{
    return (cluster_run){&cluster_agglomerative, p->settings, p->n_settings,
                         p->device ? p->device : "simd"};
}

static inline stint_status problem_try(ctx *c, const problem *p, stint_clustering **out)
{
    cluster_run run = problem_run(p);
    cluster_task task = p->task;
    return cluster_fit(c, &run, &task, out);
}

static inline stint_clustering *problem_fit(ctx *c, const problem *p)
{
    stint_clustering *out = NULL;
    if (problem_try(c, p, &out) != STINT_OK)
        fail_msg("%s", stint_message(c));
    return out;
}

static inline cluster_cost problem_cost(ctx *c, const problem *p)
{
    cluster_run run = problem_run(p);
    cluster_task task = p->task;
    cluster_cost cost;
    if (cluster_estimate(c, &run, &task, &cost) != STINT_OK)
        fail_msg("%s", stint_message(c));
    return cost;
}

static inline void assert_same_tree(const stint_clustering *a, const stint_clustering *b)
{
    size_t n = (size_t)a->facts.n;
    assert_int_equal(a->facts.n, b->facts.n);
    assert_int_equal(a->facts.n_clusters, b->facts.n_clusters);
    assert_memory_equal(a->labels, b->labels, n * sizeof *a->labels);
    assert_memory_equal(a->children, b->children, (n - 1) * sizeof *a->children);
    assert_memory_equal(a->distances, b->distances, (n - 1) * sizeof *a->distances);
    assert_memory_equal(a->merged, b->merged, (n - 1) * sizeof *a->merged);
}

/* Rows of blobs; with `levels`, of whole numbers, many of them equal. */
static inline double *problem_rows(int64_t n, int64_t d, int levels, uint64_t seed)
{
    double *x = calloc((size_t)(n * d), sizeof *x);
    for (int64_t i = 0; i < n * d; i++) {
        double centre = 4 * rng_normal((rng){seed, 1}, (uint64_t)(i / d % 5 * d + i % d));
        double z = rng_normal((rng){seed, 2}, (uint64_t)i);
        x[i] = levels ? floor(levels * z) : centre + z;
    }
    return x;
}

#endif
