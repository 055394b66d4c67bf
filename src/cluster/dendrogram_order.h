/* From the merges of a run to the tree that is handed out, and from the tree to labels. */
#ifndef CLUSTER_DENDROGRAM_ORDER_H
#define CLUSTER_DENDROGRAM_ORDER_H

#include "cluster/linkage.h"

/* Children, distances and sizes of `out` in SciPy's order: merges by height, equal ones as they were
 * made (`sorted`, else all as they were made); children the smaller number first.  out->n rows. */
stint_status dendrogram_order(linkage_run *r, bool sorted, stint_clustering *out);
int64_t dendrogram_order_bytes(int64_t n);  /* while it works */
int64_t dendrogram_result_bytes(int64_t n); /* of what it makes, and labels and sizes */

/* How many clusters are left when nothing merges at or above the threshold. */
int64_t dendrogram_clusters(const stint_clustering *m, double threshold);

/* Labels when the last merges are undone until there are so many clusters, numbered as
 * scikit-learn does. */
stint_status dendrogram_cut(ctx *c, int64_t clusters, stint_clustering *m);
int64_t dendrogram_cut_bytes(int64_t n, int64_t clusters);

#endif
