/* Tiles of a dense matrix of affinities, and of it normalised. */
#ifndef CLUSTER_AFFINITY_TILES_H
#define CLUSTER_AFFINITY_TILES_H

#include "cluster/affinity.h"
#include "kernel/element.h"
#include "kernel/gemm.h"

enum { TILE = 256 };

struct affinity_tiles {
    int64_t n, d, blocks;
    affinity_kind kind;
    double gamma;
    const double *root;
    const double *given; /* [n][n], or */
    double *x;           /* [n][d] centred, or directions */
    double *square;      /* [n] */
    float *kept;         /* [tiles][TILE][TILE] or NULL */
    double *scratch;     /* [threads] of TILE_SCRATCH */
    double *share;       /* [slices][n] */
    pool *pool;
    ctx *ctx;
};

/* Of a thread: a tile of W, then what gemm and elements work in, then a tile of N in floats. */
enum {
    TILE_SCRATCH_GEMM = GEMM_THREAD_BYTES / 8,
    TILE_SCRATCH_ELEMENT = ELEMENT_SCRATCH_BYTES / 8,
    TILE_SCRATCH_FLOATS = TILE * TILE / 2,
    TILE_SCRATCH = TILE * TILE + TILE_SCRATCH_GEMM + TILE_SCRATCH_ELEMENT + TILE_SCRATCH_FLOATS
};

/* Rows of block `block`: TILE, but for the last. */
int64_t tile_rows(const affinity_tiles *t, int64_t block);

/* w [TILE][TILE] and the rest of a thread's scratch: tile (i, j) of W, its diagonal 0. */
void tile_affinities(const affinity_tiles *t, int64_t i, int64_t j, double *w);

/* The tile of N, in floats; w is scratch.  What stands beyond the matrix is rubbish. */
void tile_normalised(const affinity_tiles *t, int64_t i, int64_t j, double *w, float *out);

#endif
