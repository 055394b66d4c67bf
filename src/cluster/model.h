/* A clustering as an object: made empty, moved to another context.  fit.c fills it in. */
#ifndef CLUSTER_MODEL_H
#define CLUSTER_MODEL_H

#include "cluster/cluster.h"

/* Without arrays and with texts that are "".  NULL when memory is short. */
stint_clustering *cluster_new(ctx *c);

/* Into memory of `to`, array by array; what is moved is gone from `m`, which stays the caller's to
 * free, whatever comes of it. */
stint_status cluster_move(ctx *to, stint_clustering *m, stint_clustering **out);

/* The dendrogram of the arrays that the clustering has. */
void cluster_set_tree(stint_clustering *m, int64_t merges);

#endif
