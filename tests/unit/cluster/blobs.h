/* Rows around a few centres far apart, and pairs of them, for tests of the interface. */
#ifndef UNIT_CLUSTER_BLOBS_H
#define UNIT_CLUSTER_BLOBS_H

#include "cluster/cluster.h"

#include "base/rng.h"

#include "unit/fixture.h"

typedef struct blobs {
    int64_t n, d, k;
    double *x;      /* [n][d] */
    float *f32;     /* the same */
    double *apart;  /* [n][n] distances */
    int32_t *truth; /* [n] row i is of blob i % k */
} blobs;

static inline blobs blobs_make(int64_t n, int64_t d, int64_t k)
{
    blobs b = {.n = n, .d = d, .k = k};
    b.x = malloc((size_t)(n * d) * sizeof *b.x);
    b.f32 = malloc((size_t)(n * d) * sizeof *b.f32);
    b.apart = calloc((size_t)(n * n), sizeof *b.apart);
    b.truth = malloc((size_t)n * sizeof *b.truth);
    for (int64_t i = 0; i < n * d; i++) {
        int64_t of = i / d % k, j = i % d;
        b.truth[i / d] = (int32_t)of;
        b.f32[i] = (float)(20 * (double)(j == of % d ? of + 1 : 0) +
                           rng_normal((rng){5, RNG_GENERATE}, (uint64_t)(2 * i)));
        b.x[i] = (double)b.f32[i];
    }
    for (int64_t i = 0; i < n * n; i++) {
        const double *p = b.x + i / n * d, *q = b.x + i % n * d;
        for (int64_t j = 0; j < d; j++)
            b.apart[i] += (p[j] - q[j]) * (p[j] - q[j]);
        b.apart[i] = sqrt(b.apart[i]);
    }
    return b;
}

static inline void blobs_drop(blobs *b)
{
    free(b->x);
    free(b->f32);
    free(b->apart);
    free(b->truth);
}

static inline stint_cluster_request blobs_request(const blobs *b, const char *method)
{
    static char clusters[16];
    static stint_setting settings[1] = {{"n_clusters", clusters}};
    snprintf(clusters, sizeof clusters, "%lld", (long long)b->k);
    return (stint_cluster_request){.method = method,
                                   .settings = settings,
                                   .n_settings = 1,
                                   .points = {.f64 = b->x, .n = b->n, .d = b->d}};
}

/* Two clusterings are the same to the bit. */
static inline void same_array(const void *a, const void *b, int64_t bytes)
{
    assert_int_equal(!a, !b);
    if (a && bytes > 0)
        assert_memory_equal(a, b, (size_t)bytes);
}

static inline void same_clustering(const stint_clustering *a, const stint_clustering *b)
{
    stint_cluster_facts f = stint_cluster_about(a), g = stint_cluster_about(b);
    int64_t wide, wide_b, values, values_b;
    assert_string_equal(f.method, g.method);
    assert_string_equal(f.variant, g.variant);
    assert_string_equal(f.device, g.device);
    assert_string_equal(f.why, g.why);
    assert_string_equal(f.notes, g.notes);
    assert_true(f.n == g.n && f.d == g.d && f.n_clusters == g.n_clusters);
    assert_true(f.inertia == g.inertia || (isnan(f.inertia) && isnan(g.inertia)));
    assert_true(f.residual == g.residual || (isnan(f.residual) && isnan(g.residual)));
    assert_true(f.iterations == g.iterations && f.converged == g.converged);
    assert_true(f.ambiguous == g.ambiguous && f.components == g.components);
    same_array(stint_cluster_labels(a), stint_cluster_labels(b), f.n * 4);
    same_array(stint_cluster_sizes(a), stint_cluster_sizes(b), f.n_clusters * 8);
    same_array(stint_cluster_centers(a), stint_cluster_centers(b), f.n_clusters * f.d * 8);
    const double *e = stint_cluster_embedding(a, &wide), *e_b = stint_cluster_embedding(b, &wide_b);
    assert_int_equal(wide, wide_b);
    same_array(e, e_b, f.n * wide * 8);
    e = stint_cluster_eigenvalues(a, &values);
    e_b = stint_cluster_eigenvalues(b, &values_b);
    assert_int_equal(values, values_b);
    same_array(e, e_b, values * 8);
    const stint_dendrogram *t = stint_cluster_dendrogram(a), *u = stint_cluster_dendrogram(b);
    assert_int_equal(!t, !u);
    if (!t)
        return;
    assert_true(t->merges == u->merges && t->leaves == u->leaves && t->leaves == f.n);
    same_array(t->children, u->children, t->merges * 16);
    same_array(t->distances, u->distances, t->merges * 8);
    same_array(t->sizes, u->sizes, t->merges * 8);
}

#endif
