/* Rows in two steps, so that a row of any length needs no room of its own: look at it once, then
 * produce its result block by block.  And columns: many rows folded into one.
 *
 *     row_facts f;
 *     row_look(op, d, n, x, label, eps, &f);
 *     row_produce(op, d, &f, n', x + i, out);     // any block of the row
 *
 * Whole (row_run) or in blocks, the bits are the same. */
#ifndef KERNEL_ROW_PARTS_H
#define KERNEL_ROW_PARTS_H

#include "kernel/rows.h"

/* What a block of the result is made with, and the result of ops of one value. */
typedef struct row_facts {
    double centre, shift, scale; /* ((x - centre) - shift) scale, or e^(x - centre) scale */
    double value;
    int64_t index;
} row_facts;

bool row_is_single(row_op op); /* one value a row */

void row_look(row_op op, element_domain d, int64_t n, const void *x, int64_t label, double eps,
              row_facts *f);

/* Many rows of n ≥ 1, `step` values apart, as row_run takes them one by one; label [rows] is read
 * by CROSS_ENTROPY alone.  Results follow one another in out, which is apart from x. */
typedef struct row_many {
    row_op op;
    element_domain domain;
    int64_t n, rows, step;
    const void *x;
    const int64_t *label;
    double eps;
} row_many;
void row_run_many(const row_many *m, void *out);

/* For ops of as many values as the row has. */
void row_produce(row_op op, element_domain d, const row_facts *f, int64_t n, const void *x,
                 void *out);

/* The most rows that row_fold takes at once. */
enum { ROW_FOLD = 8 };

/* acc[i] = acc[i] + Σ_r x[r][i], or the largest or smallest, NaN if any is: `combine` is
 * ELEMENT_ADD, MAX or MIN, rows ≤ ROW_FOLD.  acc is double, int64_t in domain I64; the f32 of
 * ROW_FOLD rows are added as a tree in f32. */
void row_fold(element_op combine, element_domain d, int64_t n, int rows, const void *const *x,
              void *acc);

/* Any number of rows, `step` values apart: row_fold of ROW_FOLD after ROW_FOLD of them. */
void row_fold_even(element_op combine, element_domain d, int64_t n, int64_t rows, const void *x,
                   int64_t step, void *acc);

#endif
