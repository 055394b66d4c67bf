/* The nearest centre of many rows, in single precision: a filter, whose answers a bound of the
 * rounding makes certain or leaves to exact arithmetic.
 *
 * A row's score for a centre is |c|²/2 - x·c: half the squared distance, but for the row's own
 * |x|²/2.  Rows are the lanes of registers; scores of a panel and a block of centres stay there
 * while the features stream by, so no rows × centres matrix exists.
 *
 *     x [d][NEAREST_ROWS]   one panel, 64-byte aligned
 *     c [blocks][d][width]  the centres, negated; half [blocks · width], infinite beyond k
 *
 * |score computed - score| ≤ γ(d + 4) (|c|²/2 + |x| |c|), γ(m) = m u / (1 - m u), u = 2^-24, where
 * x and c are themselves rounded to single and nothing leaves its range.  Classes differ in the
 * last bits (fused or not), never by more than that. */
#ifndef KERNEL_NEAREST_H
#define KERNEL_NEAREST_H

#include "kernel/kernel.h"

enum { NEAREST_ROWS = 32, NEAREST_WIDTH = 12 };

typedef struct nearest_centers {
    const float *c, *half;
    int64_t d, blocks;
    int width; /* 1 … the class's `width` */
} nearest_centers;

typedef struct nearest_class {
    const char *name;
    int width; /* centres of a block, at most: NEAREST_WIDTH or less */

    /* The least score of each row, the least of the other centres', and the centre. */
    void (*best)(const float *x, const nearest_centers *c, float *best, float *second,
                 int32_t *index);
    /* bits [blocks · width]: of each centre, the rows whose score is not ≥ the row's limit. */
    void (*below)(const float *x, const nearest_centers *c, const float *limit, uint32_t *bits);
} nearest_class;

extern const nearest_class nearest_ref, nearest_baseline, nearest_avx2, nearest_avx512;

/* The vector row for a kernel's instruction set. */
const nearest_class *nearest_for(const kernel_class *k);

#endif
