/* Bounds of groups of centres: see kmeans_yinyang.c. */
#ifndef CLUSTER_KMEANS_GROUPS_H
#define CLUSTER_KMEANS_GROUPS_H

#include "cluster/kmeans_run.h"

/* What a thread knows of an item's open rows while the groups go by. */
typedef struct kmeans_group_row {
    float best, second, own_second, norm; /* own: in the group of the best */
    int32_t place;
} kmeans_group_row;

typedef struct kmeans_groups {
    int64_t size, n; /* centres of one, how many */
    float *low;   /* [rows][n] distance to a group's centres, or less, when it was searched … */
    double *past; /* [n] … plus what the group had moved by then */
    float *far;   /* [rows] distance to the own centre, or more */
    int32_t *order, *place; /* [k] */
    double *distance;       /* [k] */
    kmeans_group_row *rows; /* [threads][item] */
    float *x;               /* [threads][item][d] the open rows */
    bool ordered, known;    /* low and far are of this run */
} kmeans_groups;

int64_t kmeans_groups_bytes(int64_t n, int64_t d, int64_t k, int threads);
stint_status kmeans_groups_init(ctx *c, const kmeans_data *m, int64_t k, kmeans_groups *g);
void kmeans_groups_deinit(kmeans_groups *g);
/* Centres near each other into one group. */
void kmeans_groups_order(kmeans_run *r);

#endif
