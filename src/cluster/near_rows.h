/* The k nearest rows of every row, itself among them (a copy of it may stand in its stead): blocks
 * of queries against blocks of rows.  What is held is two blocks and their lists. */
#ifndef CLUSTER_NEAR_ROWS_H
#define CLUSTER_NEAR_ROWS_H

#include "cluster/cluster.h"
#include "neighbors/neighbours.h"

/* A row's list, by distance and then by number. */
typedef void near_rows_take(void *self, int64_t row, const neighbour *list, int64_t count);

typedef struct near_rows {
    const cluster_task *task;
    pool *pool;
    neighbour_metric metric;
    int64_t k;
    double share; /* of the whole work: progress goes from 0 to it */
    near_rows_take *take;
    void *self;
} near_rows;

stint_status near_rows_find(ctx *c, const near_rows *s);
int64_t near_rows_bytes(int64_t n, int64_t d, int64_t k, neighbour_metric metric);

#endif
