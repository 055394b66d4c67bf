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

/* Rows against rows, for neighbours: a group of queries, panels of references. */
#define KERNEL_QUERIES 4
#define KERNEL_PANEL   16

/* Distances of one group of queries q [d][KERNEL_QUERIES] to the references x
 * [panels][d][KERNEL_PANEL], d ≥ 1, all of them finite; x is 64-byte aligned.
 *
 * A distance is near when it is not ≥ its query's limit (a limit that is NaN holds nothing
 * back).  Looks for the first panel with one and returns its number, or `panels`; of that panel,
 * *near has a bit for each near distance, bit query * KERNEL_PANEL + reference, and out
 * [KERNEL_QUERIES][KERNEL_PANEL] the near distances among rubbish. */
typedef int64_t kernel_near(const double *q, const double *x, int64_t d, int64_t panels,
                            const double limit[KERNEL_QUERIES],
                            double out[KERNEL_QUERIES * KERNEL_PANEL], uint64_t *near);

typedef struct kernel_class {
    const char *name; /* "baseline", "avx2", "avx512" */

    /* out[i][j] += Σ_r x[r][i] x[r][j] for j ≥ i, rows in order, their sum formed apart and
     * added once.  x [rows][ld], out [ld][ld]; ld is a multiple of KERNEL_LANES, both are
     * 64-byte aligned; entries below the diagonal of out may be written with rubbish. */
    void (*gram)(const double *x, int64_t rows, int64_t ld, double *out);

    /* y[r] += w x[r] */
    void (*axpy)(double w, const double *x, int64_t n, double *y);

    kernel_near *near_squares; /* distance Σ_j (q_j - x_j)², j in order */
    kernel_near *near_sizes;   /* distance Σ_j |q_j - x_j|, j in order */

    /* Probabilities of each row r < n from its scores z[k][r], k < classes, in place:
     *
     *     top[r] = max_k z,  sum[r] = Σ_k e^(z - top), k ascending,  z[k][r] = e^(z - top) / sum[r]
     *
     * e^x to 2e-16 of itself, below e^-708 as that.  Rows up to kernel_pad(n) are written, with
     * rubbish from n on: `stride`, top and sum have room for them. */
    void (*softmax)(double *z, int64_t classes, int64_t stride, int64_t n, double *top,
                    double *sum);
} kernel_class;

extern const kernel_class kernel_baseline, kernel_avx2, kernel_avx512;

/* The fastest that this processor runs; STINT_ISA=baseline|avx2|avx512 asks for less. */
const kernel_class *kernel(void);

#endif
