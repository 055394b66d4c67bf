/* Matrix products C[M,N] = A[M,K] B[K,N], by packed panels and register tiles.
 *
 * Operands have row and column strides of any kind, so transposes are free.  Everything is cut
 * by shape alone; each element is one chain over k = 0 … K-1 (fused multiply-adds where the
 * instruction set has them), so that a row's bits depend on neither M, nor its place, nor
 * threads.  A finished tile is handed to the caller while it is in cache: bias, activations and
 * optimiser updates happen there.
 *
 *     gemm g = {.domain = ELEMENT_F32, .m = …};
 *     gemm_cut(&g);                              // phases, items, scratch
 *     for each phase, for each item, on any thread: gemm_run(&g, phase, item, …)
 *
 * A phase starts when the one before is done.  Batches are products of equal shape: their
 * items follow one another within each phase. */
#ifndef KERNEL_GEMM_H
#define KERNEL_GEMM_H

#include "kernel/element.h"

enum { GEMM_BESIDES = 4 };

/* How an operand lies in memory: as the domain says or, in F32, as a narrow float that is widened
 * where it is packed, which gives the bits of a product of the widened matrix. */
typedef enum gemm_stored { GEMM_DOMAIN, GEMM_BF16, GEMM_F16 } gemm_stored;
enum { GEMM_STORED = 3 };

typedef struct gemm {
    element_domain domain; /* F32 or F64: of the operands, as they are computed with, and sums */
    gemm_stored a, b;
    int64_t m, n, k, batches;
    int64_t a_row, a_col, b_row, b_col; /* strides in elements */
    int besides; /* matrices beside C that `tile` reads from memory, at most GEMM_BESIDES */

    /* set by gemm_cut */
    int path;
    int phases;                   /* 1 or 2 */
    int64_t items[2];             /* of each phase, all batches together */
    int64_t tile_rows, tile_cols; /* the most of a finished tile */
    size_t shared_bytes;          /* scratch of the whole product: packed operands */
    size_t thread_bytes;          /* scratch of each thread; at most GEMM_THREAD_BYTES */
} gemm;

#define GEMM_THREAD_BYTES (2 << 20)

void gemm_cut(gemm *g);

/* The finished tile of one batch: rows × cols accumulators at `acc`, row-major with leading
 * dimension `ld`, n for tiles of whole rows, of the domain's type; may be overwritten. */
typedef void gemm_tile(void *self, int64_t batch, int64_t row, int64_t col, int64_t rows,
                       int64_t cols, void *acc, int64_t ld);

/* A matrix of C's shape that `tile` will read, element (i, j) row_bytes i + element_bytes j
 * behind the first: its part is fetched while a tile is computed. */
typedef struct gemm_beside {
    const char *at;
    int64_t row_bytes, element_bytes;
} gemm_beside;

/* a and b: one pointer for each batch.  shared, thread: 64-byte aligned scratch.  `direct`,
 * unless NULL, is where C itself lies, [batches] pointers, with unit column stride and row
 * stride direct_row: tiles are written there and `tile` is not called. */
typedef struct gemm_operands {
    const void *const *a, *const *b;
    void *const *direct;
    int64_t direct_row;
    void *shared;
    gemm_tile *tile;
    void *self;
    const gemm_beside *beside; /* [besides], the same for all batches that are run */
} gemm_operands;
void gemm_run(const gemm *g, int phase, int64_t item, const gemm_operands *o, void *thread);

#endif
