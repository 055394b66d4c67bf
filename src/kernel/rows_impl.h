/* What rows.c is made of: the passes over a row, for each instruction set.
 *
 * The order of a sum is the same everywhere.  A block of ELEMENT_BLOCK terms goes into ROW_LANES
 * lanes, which are halved (lane i + lane i + half) down to 4 in the row's own type, those added
 * in double; block sums are added in double, in order.  So +, -, * give the same bits on every
 * instruction set; e^x is within 4 units of 2^-24 of itself. */
#ifndef KERNEL_ROWS_IMPL_H
#define KERNEL_ROWS_IMPL_H

#include "kernel/row_parts.h"

enum { ROW_LANES = 64 };

typedef void rows_fold(int64_t n, int rows, const void *const *x, double *acc);
typedef void rows_fold_even(int64_t n, int64_t rows, const void *x, int64_t step, double *acc);

/* x and out are of the class's type; scalars are rounded to it. */
typedef struct rows_class {
    const char *name;
    double (*sum)(int64_t n, const void *x);
    double (*most)(int64_t n, const void *x), (*least)(int64_t n, const void *x);
    /* the first that equals value, or is NaN when value is; it is there */
    int64_t (*find)(int64_t n, const void *x, double value);
    /* Σ (x - centre), Σ (x - centre)² */
    void (*moments)(int64_t n, const void *x, double centre, double sums[2]);
    /* Σ e^(x - top), x ≤ top; the terms into out unless NULL */
    double (*exp_sum)(int64_t n, const void *x, double top, void *out);
    void (*exp)(int64_t n, const void *x, double top, double scale, void *out);
    /* ((x - centre) - shift) scale */
    void (*affine)(int64_t n, const void *x, const row_facts *f, void *out);
    rows_fold *fold[3];           /* ADD, MAX, MIN */
    rows_fold_even *fold_even[3]; /* NULL: as many folds */
    /* Many rows of n ≤ short_most values, `step` apart, with the bits of the passes above:
     * e^(x - top) / Σ to out [rows][n]; each row's top and Σ e^(x - top) */
    int64_t short_most;
    void (*short_softmax)(int64_t n, int64_t rows, const void *x, int64_t step, void *out);
    void (*short_exp_sums)(int64_t n, int64_t rows, const void *x, int64_t step, double *top,
                           double *sum);
} rows_class;

extern const rows_class rows_ref_f32, rows_ref_f64; /* the truth */
extern const rows_class rows_baseline, rows_avx2, rows_avx512;

/* The fastest that this processor runs; f64 has one, I64 none. */
const rows_class *rows_of(element_domain d);

#endif
