/* Kernels that need a whole row at once: softmax and its kin, normalisation, arg-reductions.
 *
 * Values are f32 or f64 (the domain); rows are contiguous; out may be in.  Sums of f32 rows are
 * formed in blocks of fixed size whose partial sums combine in a fixed order, so the bits depend
 * on the row alone. */
#ifndef KERNEL_ROWS_H
#define KERNEL_ROWS_H

#include "kernel/element.h"

/* name, text, values out: N as many as the row has, 1 */
#define ROW_OP_LIST(X)                                                                             \
    X(SOFTMAX, "softmax", N)                                                                       \
    X(LOG_SOFTMAX, "log_softmax", N)                                                               \
    X(LOG_SUM_EXP, "log_sum_exp", 1)                                                               \
    X(NORMALISE, "normalise", N)         /* (x - mean) / √(variance + eps) */                    \
    X(CROSS_ENTROPY, "cross_entropy", 1) /* log Σ e^x - x[label]; NaN where label is outside */   \
    X(ARGMAX, "argmax", 1) /* an index, exact in f64 and in f32 as the f32's bits: see row_run */  \
    X(ARGMIN, "argmin", 1)

typedef enum row_op {
#define X(name, text, out) ROW_##name,
    ROW_OP_LIST(X)
#undef X
        ROW_OPS
} row_op;
extern const char *const row_op_text[ROW_OPS];

/* One row of n ≥ 1.  `label` is read by CROSS_ENTROPY, `eps` by NORMALISE.  ARGMAX and ARGMIN
 * write an int64_t, the others values of the domain. */
void row_run(row_op op, element_domain d, int64_t n, const void *x, int64_t label, double eps,
             void *out);

/* The sum of n values, and the fixed order in which partial sums are formed: 8 or 16 lanes over
 * blocks of ELEMENT_BLOCK, block sums added in double. */
double row_sum(element_domain d, int64_t n, const void *x);
/* The sum of squares, each rounded, in the same order; f32 and f64. */
double row_sum_squares(element_domain d, int64_t n, const void *x);
/* The largest or smallest, NaN if any is; n ≥ 1; I64 too. */
void row_max(element_domain d, int64_t n, const void *x, void *out);
void row_min(element_domain d, int64_t n, const void *x, void *out);
int64_t row_sum_i64(int64_t n, const int64_t *x); /* wraps */

#endif
