/* Pools by two: windows of 2 by 2 elements, side by side, of planes of f32.  Nothing is added or
 * rounded, so every row of the table gives the same bits. */
#ifndef KERNEL_PAIRS_H
#define KERNEL_PAIRS_H

#include <stdint.h>

typedef struct pairs_class {
    const char *name; /* "baseline", "avx2", "avx512" */

    /* Of rows of n windows, each over two rows of a plane that are `width` apart: the first
     * greatest element of each, or its first NaN, and its number, counting from x as number `at`.
     * index and values [rows][n]. */
    void (*greatest)(const float *x, int64_t width, int32_t at, int64_t rows, int64_t n,
                     int32_t *index, float *values);

    /* Back: in each window of out 0 + its value where its index says, else 0. */
    void (*put)(const float *values, const int32_t *index, int32_t at, int64_t rows, int64_t n,
                int64_t width, float *out);
} pairs_class;

extern const pairs_class pairs_baseline, pairs_avx2, pairs_avx512;

/* The fastest that this processor runs; STINT_ISA=baseline|avx2|avx512 asks for less. */
const pairs_class *pairs(void);

#endif
