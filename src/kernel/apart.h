/* Distances of one row to many, for trees of clusters: no allocation, no threads, no checks.
 *
 * Rows lie in panels, x [panels][d][APART_PANEL], 64-byte aligned, d ≥ 1; a place that holds no row
 * is INFINITY in every feature, and so infinitely far.  q [d] is finite.  Sums take the features in
 * order, and nothing is fused, so every row of the table gives the same bits.
 *
 * Boxes are panels of the least and the largest of each feature over some rows (INFINITY and
 * -INFINITY where there are none).  As rounding never turns an order around, the distance to a box,
 * summed like one to a row, is at most that to any row in it: bounds need no slack. */
#ifndef KERNEL_APART_H
#define KERNEL_APART_H

#include "kernel/kernel.h"

#include <stddef.h>

enum { APART_PANEL = KERNEL_PANEL };

/* out [panels][APART_PANEL] = the distances */
typedef void apart_rows(const double *q, const double *x, int64_t d, int64_t panels, double *out);

/* One panel, a step of Prim: nearest[r] = the distance where that is smaller; a bit for each such. */
typedef uint32_t apart_relax(const double *q, const double *x, int64_t d, double *nearest);

/* One panel of boxes: a bit for each that is nearer than its limit. */
typedef uint32_t apart_boxes(const double *q, const double *low, const double *high, int64_t d,
                             const double *limit);

typedef struct apart_class {
    const char *name;

    apart_rows *squares; /* Σ_j (q_j - x_j)² */
    apart_rows *sizes;   /* Σ_j |q_j - x_j| */
    apart_relax *relax_squares, *relax_sizes;
    apart_boxes *boxes_squares, *boxes_sizes;

    /* One panel of centres of s [APART_PANEL] rows each beside one of `size`:
     *
     *     out[r] = Σ_j (q_j - x_j)² · (size s_r / (size + s_r))
     *
     * by which the sum of squares grows if they merge.  A bit for each ≤ limit. */
    uint32_t (*ward)(const double *q, const double *x, int64_t d, double size, const double *s,
                     double limit, double *out);
    /* The same of boxes, s the smallest size in each. */
    uint32_t (*ward_boxes)(const double *q, const double *low, const double *high, int64_t d,
                           double size, const double *s, double limit);

    /* The first of the smallest of n ≥ 1 values, none of them NaN. */
    int64_t (*least)(const double *x, int64_t n);
    /* x[i] = √x[i], rounded correctly */
    void (*roots)(double *x, int64_t n);
    /* y[i] = the larger of x[i] and y[i], or their mean (a x[i] + b y[i]) / (a + b). */
    void (*most)(const double *x, double *y, int64_t n);
    void (*mean)(const double *x, double *y, int64_t n, double a, double b);
} apart_class;

extern const apart_class apart_baseline, apart_avx2, apart_avx512;

/* The row of an instruction set. */
const apart_class *apart_of(const kernel_class *k);

#endif
