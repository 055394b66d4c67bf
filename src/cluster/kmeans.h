/* k-means: Lloyd's algorithm (1957, 1982) with Lloyd's labels, sooner.
 *
 * The label of a row x is the centre c with the least D = Σ_j (x_j - c_j)², in doubles, j in
 * order; the lower centre of equals.  Variants differ in which D they can do without. */
#ifndef CLUSTER_KMEANS_H
#define CLUSTER_KMEANS_H

#include "cluster/cluster.h"

typedef enum kmeans_init { KMEANS_PLUS_PLUS, KMEANS_RANDOM } kmeans_init;
typedef enum kmeans_metric { KMEANS_EUCLIDEAN, KMEANS_COSINE } kmeans_metric;

typedef enum kmeans_algorithm {
    KMEANS_AUTO,
    KMEANS_LLOYD,
    KMEANS_HAMERLY,
    KMEANS_YINYANG,
} kmeans_algorithm;

typedef struct kmeans {
    double n_clusters, init, n_init, max_iter, tol, algorithm, metric, batch_size, seed;
} kmeans;

/* Centres as a fit left them, [k][d]; of cosine, directions. */
typedef struct kmeans_model {
    const double *centers;
    int64_t k;
    bool directions;
} kmeans_model;

/* The label of each of t's points; *inertia, unless NULL, is Σ weight · D.  Reads t's points,
 * weights, backend and pool; the points are finite. */
stint_status kmeans_predict(ctx *c, const cluster_task *t, const kmeans_model *m, int32_t *labels,
                            double *inertia);
/* The distances of each point to all centres, out [n][k]: √D, of cosine D / 2, which is 1 - the
 * cosine. */
stint_status kmeans_transform(ctx *c, const cluster_task *t, const kmeans_model *m, double *out);

#endif
