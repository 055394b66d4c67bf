/* Convolutions without columns: products whose second operand is read where the windows lie, in a
 * source that is laid out with its surroundings.  The sums are those of the products of
 * gemm_class.h of the same instruction set, to the bit: one chain an element. */
#ifndef KERNEL_DIRECT_H
#define KERNEL_DIRECT_H

#include <stdbool.h>
#include <stdint.h>

/* c[i][l][q] = Σ_p a[i][p] x[l line + q + offset[p]] of rows × lines × cols, or, `onto` what c
 * has, as further links of its chains.  All in elements; whole registers of x are read, up to
 * DIRECT_BEYOND elements past the last. */
typedef struct direct_part {
    int64_t rows, lines, cols, k;
    const float *a, *x;
    int64_t a_row, line;
    const int32_t *offset; /* [k] */
    float *c;
    int64_t c_row, c_line;
    bool onto;
} direct_part;

enum { DIRECT_BEYOND = 16 };

/* NULL where the instruction set of this row of gemm_table has none. */
typedef void direct_run(const direct_part *p);
direct_run *direct_of(int path);

extern direct_run direct_avx512;

/* The same where rows of windows are short beside a register, which channels fill instead: c and a
 * turned, [lines cols][row] and [k][row], whole registers of them.  Of up to DIRECT_SHORT windows
 * in a row. */
typedef struct direct_turned {
    int64_t channels, lines, cols, k, row;
    const float *a, *x;
    int64_t line;
    const int32_t *offset;
    float *c;
    bool onto;
} direct_turned;

enum { DIRECT_SHORT = 14 };

typedef void direct_turned_run(const direct_turned *p);
direct_turned_run *direct_turned_of(int path);

extern direct_turned_run direct_turned_avx512;

/* The gradient by the weights, of windows whose rows have three elements each: those are
 * neighbours in the source.  Element 3 t + j of channel n:
 *
 *     c[3 t + j][n] = Σ_l Σ_q x[l line + q step + offset[t] + j] g[l cols + q][n]
 *
 * or, `onto` what c has, as further links of its chains.  Whole registers of g are read. */
typedef struct direct_weights {
    int64_t triples, channels, lines, cols;
    const float *x, *g;
    int64_t line, step, g_row;
    const int32_t *offset; /* [triples] */
    float *c;
    int64_t c_row;
    bool onto;
} direct_weights;

typedef void direct_weights_run(const direct_weights *p);
direct_weights_run *direct_weights_of(int path);

extern direct_weights_run direct_weights_avx512;

#endif
