/* The registers of one instruction set's matrix products: VECTOR_BYTES wide, f32 and f64. */
#ifndef KERNEL_SIMD_GEMM_VECTOR_H
#define KERNEL_SIMD_GEMM_VECTOR_H

#include "kernel/gemm_class.h"
#include "kernel/half.h"

#include <string.h>

typedef float vec_f32 __attribute__((vector_size(VECTOR_BYTES)));
typedef double vec_f64 __attribute__((vector_size(VECTOR_BYTES)));
/* anywhere in memory */
typedef float loose_f32 __attribute__((vector_size(VECTOR_BYTES), aligned(4), may_alias));
typedef double loose_f64 __attribute__((vector_size(VECTOR_BYTES), aligned(8), may_alias));

/* Loops over registers have constant bounds after inlining and must leave no loop. */
#define INLINE static inline __attribute__((always_inline))
#ifdef __clang__
#define UNROLL _Pragma("clang loop unroll(full)")
#pragma clang diagnostic ignored "-Wpass-failed"
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

/* An address is worked out where it is used: a dozen of them ahead would leave registers. */
#define ALONE(pointer) __asm__("" : "+r"(pointer))

/* So few rows are computed without panels. */
enum { FEW_ROWS = 2 };
/* A b over so many bytes is in no near cache: it is fetched ahead even where it is not packed. */
enum { FAR_BYTES = 2 << 20 };

/* Whether a is as well read where it lies: within some pages, and not in few sets of the
 * first-level cache. */
static inline bool lies_close(const gemm_part *p, int64_t bytes)
{
    int64_t stride = (p->a_row == 1 ? p->a_col : p->a_row) * bytes;
    int64_t runs = p->a_row != 1 ? p->rows : p->k < GEMM_DEPTH ? p->k : GEMM_DEPTH;
    return (p->a_row == 1 || p->a_col == 1) && stride % 4096 != 0 && stride * runs <= (512 << 10);
}

static inline void fetch(gemm_ahead *x, int64_t n)
{
    for (; n > 0 && x->runs > 0; n--) {
        __builtin_prefetch(x->at + x->line * 64, 0, 2);
        if (++x->line == x->lines) {
            x->line = 0;
            x->runs--;
            x->at += x->stride;
        }
    }
}

/* rows × cols elements of `bytes` each; none where neither stride is 1 */
static inline gemm_ahead ahead_of(const void *at, int64_t row, int64_t col, int64_t rows,
                                  int64_t cols, int64_t bytes)
{
    gemm_ahead x = {.at = at};
    if (col == 1)
        x.stride = row * bytes, x.runs = rows, x.lines = (cols * bytes + 63) / 64;
    else if (row == 1)
        x.stride = col * bytes, x.runs = cols, x.lines = (rows * bytes + 63) / 64;
    return x;
}

#endif
