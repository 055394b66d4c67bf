/* The body of the vector kernels, included once per instruction set with
 *   KERNEL_NAME    the row of the table, KERNEL_TEXT its name,
 *   VECTOR_LANES   doubles in a register,
 *   GRAM_ROWS      rows of the register block.
 *
 * A block of GRAM_ROWS × 8 outputs stays in registers while all rows stream by: per row, 8
 * columns are loaded and GRAM_ROWS broadcast.  Lanes are outputs, never terms of one sum, so
 * each sum has the reference's order. */

#include "kernel/kernel.h"

typedef double lanes __attribute__((vector_size(8 * VECTOR_LANES)));
typedef double loose __attribute__((vector_size(8 * VECTOR_LANES), aligned(8)));

#include "kernel/simd/near.inc.h"

#define VECTORS (KERNEL_LANES / VECTOR_LANES)

static void simd_gram_block(const double *x, int64_t rows, int64_t ld, int64_t i, int64_t j,
                            double *out)
{
    lanes sum[GRAM_ROWS][VECTORS] = {0};
    for (int64_t r = 0; r < rows; r++) {
        const double *row = x + r * ld;
        const lanes *b = (const lanes *)(row + j);
        for (int k = 0; k < GRAM_ROWS; k++)
            for (int v = 0; v < VECTORS; v++)
                sum[k][v] += row[i + k] * b[v];
    }
    for (int k = 0; k < GRAM_ROWS; k++)
        for (int v = 0; v < VECTORS; v++)
            ((lanes *)(out + (i + k) * ld + j))[v] += sum[k][v];
}

static void simd_gram(const double *x, int64_t rows, int64_t ld, double *out)
{
    for (int64_t i = 0; i < ld; i += GRAM_ROWS)
        for (int64_t j = i / KERNEL_LANES * KERNEL_LANES; j < ld; j += KERNEL_LANES)
            simd_gram_block(x, rows, ld, i, j, out);
}

static void simd_axpy(double w, const double *x, int64_t n, double *y)
{
    int64_t r = 0;
    for (; r + VECTOR_LANES <= n; r += VECTOR_LANES)
        *(loose *)(y + r) += w * *(const loose *)(x + r);
    for (; r < n; r++)
        y[r] += w * x[r];
}

#include "kernel/simd/softmax.inc.h"

const kernel_class KERNEL_NAME = {
    .name = KERNEL_TEXT,
    .gram = simd_gram,
    .axpy = simd_axpy,
    .near_squares = simd_near_squares,
    .near_sizes = simd_near_sizes,
    .softmax = simd_softmax,
};
