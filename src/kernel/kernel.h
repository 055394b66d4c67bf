/* Loops over raw memory: no allocation, no threads, no checks.
 *
 * ref/ defines what each computes; simd/ overrides slots.  Every kernel fixes the order in
 * which each output's terms are added, and none uses fused multiply-add, so all rows of the
 * table give the same bits: faster, never different. */
#ifndef KERNEL_KERNEL_H
#define KERNEL_KERNEL_H

#include <stdint.h>

/* Doubles to which leading dimensions are padded. */
#define KERNEL_LANES 8

static inline int64_t kernel_pad(int64_t n)
{
    return (n + KERNEL_LANES - 1) / KERNEL_LANES * KERNEL_LANES;
}

typedef struct kernel_class {
    const char *name; /* "baseline", "avx2", "avx512" */

    /* out[i][j] += Σ_r x[r][i] x[r][j] for j ≥ i, rows in order, their sum formed apart and
     * added once.  x [rows][ld], out [ld][ld]; ld is a multiple of KERNEL_LANES, both are
     * 64-byte aligned; entries below the diagonal of out may be written with rubbish. */
    void (*gram)(const double *x, int64_t rows, int64_t ld, double *out);

    /* y[r] += w x[r] */
    void (*axpy)(double w, const double *x, int64_t n, double *y);
} kernel_class;

extern const kernel_class kernel_baseline, kernel_avx2, kernel_avx512;

/* The fastest that this processor runs; STINT_ISA=baseline|avx2|avx512 asks for less. */
const kernel_class *kernel(void);

#endif
