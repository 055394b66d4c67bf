/* The body of the vector rows of distance_sums.h, included once per instruction set with
 *   DISTANCE_SUMS  the name of the row,
 *   VECTOR_LANES   doubles in a register, ROOTS(v) their square roots.
 *
 * Squares of KERNEL_QUERIES × 2 registers of references stay in registers while the features
 * stream by. */

#include "kernel/distance_sums.h"

#include <immintrin.h>

typedef double lanes __attribute__((vector_size(8 * VECTOR_LANES)));
typedef double loose __attribute__((vector_size(8 * VECTOR_LANES), aligned(8)));

enum { WIDTH = 2 * VECTOR_LANES };

static inline __attribute__((always_inline)) void add_block(const double *q, const double *x,
                                                            int64_t d, double *sum)
{
    lanes square[KERNEL_QUERIES][2] = {0};
    for (int64_t j = 0; j < d; j++) {
        const lanes *b = (const lanes *)(x + j * KERNEL_PANEL);
        for (int i = 0; i < KERNEL_QUERIES; i++)
            for (int v = 0; v < 2; v++) {
                lanes e = b[v] - q[j * KERNEL_QUERIES + i];
                square[i][v] += e * e;
            }
    }
    for (int i = 0; i < KERNEL_QUERIES; i++)
        for (int v = 0; v < 2; v++)
            ((loose *)(sum + i * KERNEL_PANEL))[v] += ROOTS(square[i][v]);
}

void DISTANCE_SUMS(const double *q, const double *x, int64_t d, int64_t panels, double *sum)
{
    for (int64_t p = 0; p < panels; p++, x += d * KERNEL_PANEL)
        for (int r = 0; r < KERNEL_PANEL; r += WIDTH)
            add_block(q, x + r, d, sum + r);
}
