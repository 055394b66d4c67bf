/* The program that follows a matrix product, run on its tiles while they are in cache. */
#ifndef DEVICE_MATMUL_AFTER_H
#define DEVICE_MATMUL_AFTER_H

#include "device/views.h"

/* How an operand of the program lies over the product's matrix: as one line; one value all over;
 * the same row again and again; or in any other way. */
typedef enum matmul_lie { LIE_LINE, LIE_ONE, LIE_ROW, LIE_LOOSE } matmul_lie;

/* Batch axes over which b stays the same and the rows of a go on evenly are more rows of one
 * product: those from `batch_axes` to the row axis.  The axes before count batches. */
typedef struct matmul_after {
    const matmul_args *args;
    int row_axis, batch_axes;
    bool flat;    /* whole rows of every operand may be taken together */
    bool even;    /* at least the rows of every operand go on over the folded axes */
    bool repeats; /* some operand is LIE_ROW */
    element_view in[ELEMENT_MOST_REGISTERS], out[ELEMENT_MOST_REGISTERS];
    uint8_t lie[ELEMENT_MOST_REGISTERS]; /* of inputs */
    int64_t at[STINT_AXES];              /* the batch */
    char *scratch;                       /* MATMUL_AFTER_BYTES */
} matmul_after;

/* Elements of a repeated row that are laid out side by side, to make runs longer. */
enum { MATMUL_REPEATED = 2048 };
#define MATMUL_AFTER_BYTES                                                                         \
    (ELEMENT_SCRATCH_BYTES + (size_t)ELEMENT_MOST_REGISTERS * MATMUL_REPEATED * 8)

/* args, row_axis, batch_axes and scratch are set. */
void matmul_after_bind(matmul_after *p, char *const *memory);

/* Elements from a view's first to a row of the batch at hand. */
int64_t matmul_row_offset(const matmul_after *p, const element_view *v, int64_t row);

/* Whether rows go on evenly where a step along the batch axis `axis` is taken. */
bool matmul_goes_on(const element_space *s, const int64_t *stride, int axis);

/* A gemm_tile, self being a matmul_after. */
void matmul_after_tile(void *self, int64_t batch, int64_t row, int64_t col, int64_t rows,
                       int64_t cols, void *acc, int64_t ld);

#endif
