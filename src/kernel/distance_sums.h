/* Sums of Euclidean distances from a group of rows to many others, for silhouettes: no matrix, no
 * allocation, no threads, no checks.
 *
 *     sum [KERNEL_QUERIES][KERNEL_PANEL] += √Σ_j (q_j - x_j)²,  panel after panel, j in order
 *
 * of queries q [d][KERNEL_QUERIES] and references x [panels][d][KERNEL_PANEL], 64-byte aligned.
 * Lanes are references and nothing is fused, so every row of the table gives the same bits. */
#ifndef KERNEL_DISTANCE_SUMS_H
#define KERNEL_DISTANCE_SUMS_H

#include "kernel/kernel.h"

typedef void distance_sums(const double *q, const double *x, int64_t d, int64_t panels,
                           double *sum);

extern distance_sums distance_sums_ref, distance_sums_avx2, distance_sums_avx512;

/* The row of an instruction set. */
distance_sums *distance_sums_of(const kernel_class *k);

#endif
