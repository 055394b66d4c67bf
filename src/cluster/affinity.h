/* Affinities between rows, as the operator that spectral clustering asks for:
 *
 *     N = D^-½ W D^-½,   D = diag(Σ_j w_ij),   W symmetric, not negative, without its diagonal
 *
 * The normalised Laplacian is I - N; its null vectors are √degree on each connected component.
 * A row without affinity to any other is a component of its own.
 *
 *     rbf                exp(-γ |a - b|²)                                   dense
 *     cosine             max(0, cos(a, b))                                  dense
 *     nearest_neighbors  ½ (a among b's nearest) + ½ (b among a's nearest)  sparse
 *     precomputed        as given                                           either
 *
 * A dense N is n² / 2 floats where the memory allows; else its tiles are computed again for every
 * product, by the same arithmetic.  An entry is rounded to single precision once, after it was
 * normalised, so that affinities of 1e-80, which only their ratios count, lose nothing. */
#ifndef CLUSTER_AFFINITY_H
#define CLUSTER_AFFINITY_H

#include "cluster/cluster.h"
#include "linalg/sparse.h"

typedef enum affinity_kind {
    AFFINITY_RBF,
    AFFINITY_NEIGHBORS,
    AFFINITY_COSINE,
    AFFINITY_PRECOMPUTED,
    AFFINITIES
} affinity_kind;
extern const char *const affinity_names[]; /* NULL-terminated */

typedef struct affinity_settings {
    affinity_kind kind;
    double gamma;
    int64_t neighbors; /* of each row, itself among them */
    int64_t memory;    /* that it may hold */
} affinity_settings;

typedef struct affinity_tiles affinity_tiles;

typedef struct affinity {
    ctx *ctx;
    int64_t n;
    double *root;       /* [n] √degree; 0 = isolated */
    int32_t *component; /* [n] */
    int64_t components;
    sparse sparse; /* N; row NULL = dense: */
    affinity_tiles *tiles;
    pool *pool;
} affinity;

/* STINT_EDATA where pairs are not symmetric, negative or not finite, with the entry. */
stint_status affinity_open(ctx *c, const cluster_task *t, const affinity_settings *s,
                           affinity *out);
void affinity_close(affinity *a);

/* y = N x, both [n]; the same bits for any number of threads. */
stint_status affinity_apply(const affinity *a, const double *x, double *y);

/* What affinity_open takes at most with so much memory, and the least it can do with. */
int64_t affinity_bytes(const cluster_task *t, const affinity_settings *s, int64_t *least);

#endif
