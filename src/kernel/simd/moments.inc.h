/* The body of the vector kernels, included once per instruction set with
 *   KERNEL_NAME   the row of the table, KERNEL_TEXT its name,
 *   GRAM_ROWS     rows of the register block.
 *
 * A block of GRAM_ROWS × 8 outputs stays in registers while all rows stream by: per row,
 * one load of 8 columns and GRAM_ROWS broadcasts.  Lanes are outputs, never terms of one
 * sum, so each sum has the reference's order. */

#include "kernel/kernel.h"

typedef double lanes __attribute__((vector_size(8 * KERNEL_LANES)));

static void simd_gram_block(const double *x, int64_t rows, int64_t ld, int64_t i, int64_t j,
                            double *out)
{
    lanes sum[GRAM_ROWS] = {0};
    for (int64_t r = 0; r < rows; r++) {
        const double *row = x + r * ld;
        lanes b = *(const lanes *)(row + j);
        for (int k = 0; k < GRAM_ROWS; k++)
            sum[k] += row[i + k] * b;
    }
    for (int k = 0; k < GRAM_ROWS; k++)
        *(lanes *)(out + (i + k) * ld + j) += sum[k];
}

static void simd_gram(const double *x, int64_t rows, int64_t ld, double *out)
{
    for (int64_t i = 0; i < ld; i += GRAM_ROWS)
        for (int64_t j = i / KERNEL_LANES * KERNEL_LANES; j < ld; j += KERNEL_LANES)
            simd_gram_block(x, rows, ld, i, j, out);
}

static void simd_axpy(double w, const double *x, int64_t n, double *y)
{
    typedef double loose __attribute__((vector_size(8 * KERNEL_LANES), aligned(8)));
    int64_t r = 0;
    for (; r + KERNEL_LANES <= n; r += KERNEL_LANES)
        *(loose *)(y + r) += w * *(const loose *)(x + r);
    for (; r < n; r++)
        y[r] += w * x[r];
}

const kernel_class KERNEL_NAME = {KERNEL_TEXT, simd_gram, simd_axpy};
