/* What every way to a tree of clusters shares: the parameters, the merges found so far, and how
 * far the work is.
 *
 * A cluster lives in a slot.  Slot i is row i at first; a merge of slots a < b leaves both their
 * rows in b.  Of equal distances the lower slot is nearer. */
#ifndef CLUSTER_LINKAGE_H
#define CLUSTER_LINKAGE_H

#include "cluster/cluster.h"
#include "kernel/apart.h"

typedef enum linkage {
    LINKAGE_WARD,
    LINKAGE_COMPLETE,
    LINKAGE_AVERAGE,
    LINKAGE_SINGLE,
    LINKAGES
} linkage;

typedef enum linkage_metric {
    METRIC_EUCLIDEAN,
    METRIC_MANHATTAN,
    METRIC_COSINE,
    METRIC_PRECOMPUTED,
    LINKAGE_METRICS
} linkage_metric;

/* The parameters, as doubles. */
typedef struct agglomerative {
    double n_clusters, distance_threshold, linkage, metric, connectivity;
} agglomerative;

/* Rows that slots, places and labels have room for; sizes multiply exactly. */
enum { LINKAGE_MOST_ROWS = 1 << 27 };

typedef struct linkage_merge {
    int32_t a, b; /* slots, a < b; of single linkage, rows in any order */
    double height;
} linkage_merge;

typedef struct linkage_run {
    ctx *ctx;
    const cluster_task *task;
    linkage linkage;
    linkage_metric metric;
    const kernel_class *kernel;
    const apart_class *apart;
    pool *pool; /* NULL = the caller alone */
    int64_t n, d;
    linkage_merge *merges; /* [n-1], `made` of them */
    int64_t made;
    double base; /* share of the work before the merges */
    double work; /* operations since it was last said how far the work is */
} linkage_run;

/* So many operations are done: now and then the watch is told, and may stop the run. */
stint_status linkage_did(linkage_run *r, double operations);

/* An item for each of so many pieces, by the pool where there is one. */
stint_status linkage_each(const linkage_run *r, int64_t items, pool_item *run, void *self);

/* Every row as a double, [n][d]: of cosine divided by its length, STINT_EDATA for a row of
 * zeros. */
stint_status linkage_load(linkage_run *r, double *x);

/* A height from a sum of terms: of squares, of squares of directions, of sizes. */
double linkage_height(linkage_metric m, double sum);

/* Sums of squares rather than sizes are compared. */
static inline bool linkage_squares(linkage_metric m)
{
    return m != METRIC_MANHATTAN;
}

/* The distance of rows i and j of a precomputed matrix: what stands above the diagonal. */
static inline double linkage_given(const stint_pairs *p, int64_t i, int64_t j)
{
    return i < j ? p->dense[i * p->n + j] : p->dense[j * p->n + i];
}

static inline int64_t linkage_panels(int64_t n)
{
    return (n + APART_PANEL - 1) / APART_PANEL;
}

#endif
