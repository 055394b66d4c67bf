/* The means of labelled rows, and passes over all of them in order. */
#ifndef METRICS_CLUSTER_MEANS_H
#define METRICS_CLUSTER_MEANS_H

#include "metrics/clustering.h"
#include "metrics/label_codes.h"

typedef struct cluster_means {
    label_codes codes;
    double *means; /* [k][d] */
    double *mean;  /* [d] of all rows */
    double *room;  /* rows in passing */
} cluster_means;

/* For `measure`, which needs 2 … n-1 clusters.  Free with cluster_means_deinit, whatever came of
 * it. */
stint_status cluster_means_init(ctx *c, const char *measure, const labelled *l, cluster_means *out);
void cluster_means_deinit(cluster_means *m);

/* Each row's squared distance to the mean of its cluster, as it is given to `take`. */
typedef void cluster_means_take(void *self, int32_t cluster, double square);
stint_status cluster_means_each(const cluster_means *m, const labelled *l, cluster_means_take *take,
                                void *self);

double cluster_means_square(const double *a, const double *b, int64_t d);

#endif
