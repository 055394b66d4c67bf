/* How good a clustering is: of labelled points by their distances, of two labellings of the same
 * rows by the pairs that they agree on.  Labels are any numbers.
 *
 * Sums of rows are cut by size alone: the same bits for any number of threads. */
#ifndef METRICS_CLUSTERING_H
#define METRICS_CLUSTERING_H

#include "base/pool.h"

/* Rows by their numbers, row-major into out [count][d].  Called from several threads at once. */
typedef stint_status clustering_rows(void *self, const int64_t *which, int64_t count, double *out);

typedef struct labelled {
    int64_t n, d; /* at least 1 */
    clustering_rows *rows;
    void *self;
    const int32_t *labels; /* [n] */
    pool *pool;            /* NULL = the caller's thread alone */
} labelled;

/* Rousseeuw 1987: the mean over rows of (b - a) / max(a, b), where a is the mean distance to the
 * others of the row's cluster and b that to the nearest other cluster; 0 of a row alone.
 * `sample` > 0: among so many rows, drawn by `seed`.  `each` [n], unless NULL: of each row, NaN of
 * one not drawn.  STINT_EDATA unless there are 2 … n-1 clusters among the rows.
 * O(n² d) time, O(n) memory. */
typedef struct silhouette_settings {
    int64_t sample;
    uint64_t seed;
} silhouette_settings;
stint_status clustering_silhouette(ctx *c, const labelled *l, const silhouette_settings *s,
                                   double *each, double *out);

/* Davies and Bouldin 1979: the mean over clusters of the largest (s_i + s_j) / |c_i - c_j|, s the
 * mean distance to the centre; less is better.  2 … n-1 clusters.  O(n d + k² d), O(k d) memory. */
stint_status clustering_davies_bouldin(ctx *c, const labelled *l, double *out);

/* Caliński and Harabasz 1974: the variance between clusters over that within, each by its degrees
 * of freedom; 1 where there is none within.  2 … n-1 clusters. */
stint_status clustering_calinski_harabasz(ctx *c, const labelled *l, double *out);

/* Of two labellings a, b [n], in O(n + clusters) time and memory.  The adjusted Rand index (Hubert
 * and Arabie 1985): 1 = the same partition, about 0 = by chance.  Of no rows 1. */
stint_status clustering_adjusted_rand(ctx *c, const int32_t *a, const int32_t *b, int64_t n,
                                      double *out);

/* Mutual information over the mean of the two entropies.  1 where neither labelling, 0 where one
 * of them does not divide the rows at all. */
stint_status clustering_mutual_information(ctx *c, const int32_t *a, const int32_t *b, int64_t n,
                                           double *out);

#endif
