/* One run of k-means from one start: what it holds, and the steps of its rounds. */
#ifndef CLUSTER_KMEANS_RUN_H
#define CLUSTER_KMEANS_RUN_H

#include "cluster/kmeans.h"
#include "cluster/kmeans_filter.h"

typedef struct kmeans_run {
    const kmeans_data *data;
    const kmeans *params;
    pool *pool; /* NULL: as `thread` alone */
    int thread;
    kmeans_algorithm variant;
    int64_t k;

    double *centers, *former; /* [k][d] now, and a round before */
    kmeans_packed packed;
    int32_t *labels, *before; /* [n]; the labels that the sums are of, -1 = none */

    /* the sums of x - mean, of weights, and of rows that weigh, of each cluster: [k][d + 2] */
    double *sums, *parts; /* parts [n_parts][k][d + 2] */
    int64_t n_parts, part_items;
    int64_t *changed; /* [n_parts] */
    double *moved;    /* [k] how far each centre went, as the rows are scaled */
    double *item_sum; /* [items] */
    int64_t round;
    bool weighed;  /* sums are those of `before` */
    int64_t empty; /* clusters that were without a row in the last round */

    float *gap;   /* [n] of hamerly and yinyang */
    float *drift; /* [k] what a gap loses in a round, by label */
    float slack;  /* that a gap must exceed */
    bool has_gaps;
    int samples; /* gaps when they were last looked at, and whose they are */
    float *sample_gap;
    int32_t *sample_label;
    struct kmeans_groups *groups; /* of yinyang */

    double *closest; /* [n] D to the nearest of the centres that k-means++ has */

    int64_t iterations, number; /* which start this is */
    double inertia;
    bool converged;
} kmeans_run;

int64_t kmeans_run_bytes(int64_t n, int64_t d, int64_t k, kmeans_algorithm variant, bool seeds,
                         int threads);
/* Room; freed by kmeans_run_deinit, also after a failure.  `seeds`: k-means++ begins it. */
stint_status kmeans_run_init(ctx *c, const kmeans_data *m, const kmeans *params,
                             kmeans_algorithm variant, bool seeds, kmeans_run *r);
void kmeans_run_deinit(kmeans_run *r);

/* The start of run `number` into r->centers. */
stint_status kmeans_begin_random(kmeans_run *r);
stint_status kmeans_begin_plus_plus(kmeans_run *r);

/* Labels of r->centers, by r's variant. */
stint_status kmeans_assign(kmeans_run *r);
/* Rows whose label is not the one in `before`. */
stint_status kmeans_count_changes(kmeans_run *r, int64_t *changed);
/* Sums from labels, new centres, where each went; *shift is Σ |c - former c|². */
stint_status kmeans_update(kmeans_run *r, int64_t changed, double *shift);
/* Σ weight · D of the labels. */
stint_status kmeans_inertia(kmeans_run *r, double *out);

/* Rounds until the labels stay, the shift is within tol, or max_iter; labels are the centres'. */
typedef stint_status kmeans_watch(void *self, const kmeans_run *r);
stint_status kmeans_rounds(kmeans_run *r, kmeans_watch *watch, void *self);

/* Centres of clusters without a row go to the rows farthest from theirs; sums change, the labels
 * do not.  `sums` [k][d + 2] is what centres are made of. */
stint_status kmeans_fill_empty(kmeans_run *r, double *sums);

enum { KMEANS_SAMPLE = 1024 };

stint_status kmeans_assign_hamerly(kmeans_run *r);
void kmeans_find_drift(kmeans_run *r);
/* By groups of centres, once they are ordered: see kmeans_yinyang.c. */
stint_status kmeans_assign_yinyang(kmeans_run *r);

#endif
