/* The kinds of affinity, between affinity.c and the files that make them. */
#ifndef CLUSTER_AFFINITY_IMPL_H
#define CLUSTER_AFFINITY_IMPL_H

#include "cluster/affinity.h"

/* W into a->sparse, without its diagonal; then N, roots and components. */
stint_status affinity_open_neighbors(affinity *a, const cluster_task *t, int64_t k);
stint_status affinity_open_given(affinity *a, const stint_pairs *p);
stint_status affinity_normalise_sparse(affinity *a);
int64_t affinity_neighbors_bytes(const cluster_task *t, int64_t k);

/* N as tiles, with roots and components. */
stint_status affinity_open_dense(affinity *a, const cluster_task *t, const affinity_settings *s);
stint_status affinity_apply_dense(const affinity *a, const double *x, double *y);
void affinity_close_dense(affinity_tiles *tiles);
int64_t affinity_dense_bytes(const cluster_task *t, const affinity_settings *s, int64_t *least);

#endif
