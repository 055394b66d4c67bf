/* The distances between clusters, kept: row i of a triangle has those to the clusters below i.
 *
 *     m[i(i-1)/2 + j], j < i        INFINITY where one of the two is merged away
 *
 * Clusters are numbered 0 … count-1 in the order of their slots; when half of them are gone, the
 * triangle is made smaller where it lies. */
#ifndef CLUSTER_CHAIN_MATRIX_H
#define CLUSTER_CHAIN_MATRIX_H

#include "cluster/chain.h"

typedef struct chain_matrix {
    linkage_run *run;
    const chain *chain;
    double *m;
    int64_t count, alive;
    int32_t *slot;     /* [count] of each; -1 = merged away */
    int32_t *number;   /* [n] of each slot */
    chain_near *found; /* by each piece of a scan */
    int64_t a, b;      /* of the scan or merge that is shared */
} chain_matrix;

/* Of the clusters alive now, `count` of them; the caller fills in m. */
stint_status chain_matrix_open(chain_matrix *k, linkage_run *r, const chain *c, int64_t count);
void chain_matrix_close(chain_matrix *k);
int64_t chain_matrix_bytes(int64_t n, int64_t count);

stint_status chain_matrix_nearest(void *self, int32_t x, int32_t before, chain_near *out);
stint_status chain_matrix_join(void *self, int32_t a, int32_t b);

static inline double *chain_matrix_row(const chain_matrix *k, int64_t i)
{
    return k->m + i * (i - 1) / 2;
}

#endif
