/* What computes a tile of a matrix product: one row for each instruction set.
 *
 * ref/ defines the truth.  Every row forms each element as one chain over k from 0, so within a
 * row the bits of an element do not depend on the tile it stands in; the rows with fused
 * multiply-adds differ from those without by rounding. */
#ifndef KERNEL_GEMM_CLASS_H
#define KERNEL_GEMM_CLASS_H

#include "kernel/gemm.h"

/* Memory that is used soon, `runs` of `lines` cache lines, fetched into the second-level cache a
 * few at a time while registers are busy. */
typedef struct gemm_ahead {
    const char *at;
    int64_t stride, runs, lines, line;
} gemm_ahead;

/* c[rows][cols] = a[rows][k] b[k][cols], or, `onto` what c has, as further links of its chains;
 * strides in elements, c's columns side by side. */
typedef struct gemm_part {
    int64_t rows, cols, k;
    const void *a, *b;
    int64_t a_row, a_col, b_row, b_col;
    void *c;
    int64_t c_row;
    bool onto;
    void *scratch; /* gemm_part_bytes, 64-byte aligned */
    gemm_ahead beside[GEMM_BESIDES];
    gemm_stored a_stored, b_stored;
} gemm_part;

/* k is worked through in blocks of at most GEMM_DEPTH; a panel of b is at most GEMM_PANEL_BYTES
 * wide, and a panel of a at most GEMM_PANEL_ROWS high. */
enum { GEMM_LINE = 64 };
enum { GEMM_DEPTH = 256, GEMM_PANEL_BYTES = 128, GEMM_PANEL_ROWS = 12 };

/* Bytes of an operand's element, of `domain_bytes` in the domain */
static inline int64_t gemm_stored_bytes(gemm_stored how, int64_t domain_bytes)
{
    return how == GEMM_DOMAIN ? domain_bytes : 2;
}

/* Scratch of a part: a block of packed a, a panel of packed b. */
static inline int64_t gemm_part_bytes(int64_t rows, int64_t element_bytes)
{
    return (rows * element_bytes + GEMM_PANEL_BYTES) * GEMM_DEPTH;
}

typedef struct gemm_class {
    const char *name; /* "ref", "baseline", "avx2", "avx512" */
    /* by element_domain: F32, F64 */
    void (*run[2])(const gemm_part *p);
    /* to[cols][rows] = from[rows][cols], of rows to_row and from_row apart */
    void (*turn[2])(const void *from, int64_t from_row, int64_t rows, int64_t cols, void *to,
                    int64_t to_row);
    /* rows of `bytes` one behind the other, from rows `from_row` bytes apart; whole lines of
     * GEMM_LINE are read and written, past the last row as well */
    void (*line_up)(const char *from, int64_t from_row, int64_t rows, int64_t bytes, char *to);
} gemm_class;

extern const gemm_class gemm_ref, gemm_baseline, gemm_avx2, gemm_avx512;

/* The slowest first; the first gemm_classes() of them are what this processor runs. */
enum { GEMM_CLASSES = 4 };
extern const gemm_class *const gemm_table[GEMM_CLASSES];
int gemm_classes(void);

/* The fastest of them; STINT_ISA=baseline|avx2|avx512 asks for less, ref for the reference. */
int gemm_class_best(void);

#endif
