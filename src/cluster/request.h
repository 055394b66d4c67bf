/* What a caller of the library asks for, held against the contract of stint/cluster.h and turned
 * into a task.  Nothing is read from the arrays but the rows of a sparse matrix. */
#ifndef CLUSTER_REQUEST_H
#define CLUSTER_REQUEST_H

#include "cluster/cluster.h"

/* STINT_EUSAGE, with `who` before the reason, unless there is one array of sizes that can be. */
stint_status points_given(ctx *c, const char *who, const stint_points *given, points *out);

/* As many threads as the context says; NULL, with the context failed, when memory is short. */
pool *cluster_threads(ctx *c);

typedef struct cluster_request {
    cluster_run run;
    cluster_task task;
    pool *pool; /* NULL where the device has one thread */
} cluster_request;

/* Close it, whatever came of it. */
stint_status cluster_request_open(ctx *c, const stint_cluster_request *given, cluster_request *out);
void cluster_request_close(cluster_request *r);

/* The fit of a request. */
stint_status cluster_request_fit(ctx *c, const stint_cluster_request *given, cluster_watch *watch,
                                 void *watch_self, stint_clustering **out);

#endif
