/* The parts of spectral clustering: eigenvectors of the normalised Laplacian, an approximation
 * of them from landmarks, and clusters from their rows. */
#ifndef CLUSTER_SPECTRAL_H
#define CLUSTER_SPECTRAL_H

#include "cluster/affinity.h"

typedef struct spectral {
    double n_clusters, affinity, gamma, n_neighbors, assign, n_init, tolerance, landmarks, seed;
} spectral;

/* Eigenvectors of I - N with the least values. */
typedef struct spectral_vectors {
    int64_t n, k;
    double *v;       /* [k][n] orthonormal, by ascending value */
    double *values;  /* [k+1]: the one after too, NaN where there is none or it is not known */
    double residual; /* the largest of ‖Lv - λv‖ */
    int converged;   /* of the k */
    int64_t products;
} spectral_vectors;

/* Null vectors of the components first, then Lanczos on a Chebyshev polynomial of N, whose degree
 * follows from the spectrum's look (Saad, 1984). */
stint_status spectral_find(ctx *c, const cluster_task *t, const affinity *a, double tolerance,
                           uint64_t seed, spectral_vectors *out);
int64_t spectral_find_bytes(int64_t n, int64_t k, int threads);

/* From `landmarks` rows drawn by `seed` (Fowlkes, Belongie, Chung and Malik, 2004): O(n m) time,
 * O(n k + m²) memory.  rbf and cosine. */
stint_status spectral_nystrom(ctx *c, const cluster_task *t, const affinity_settings *s,
                              int64_t landmarks, uint64_t seed, spectral_vectors *out,
                              double *root);
int64_t spectral_nystrom_bytes(const cluster_task *t, int64_t landmarks, int64_t k);

/* labels [n] from the rows of embedding [n][k]: the polar factor of the best conditioned k rows
 * turns them towards the axes (Damle, Minden and Ying, 2019). */
stint_status spectral_assign_qr(ctx *c, int64_t n, int64_t k, const double *embedding,
                                int32_t *labels);

#endif
