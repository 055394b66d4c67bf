#define VECTOR_BYTES 16
#define TILE_ROWS    6
#include "kernel/simd/gemm_vector.h"

/* Vector extensions alone: for any processor. */

static inline vec_f32 fma_f32(vec_f32 a, vec_f32 b, vec_f32 c)
{
    return c + a * b;
}

static inline vec_f64 fma_f64(vec_f64 a, vec_f64 b, vec_f64 c)
{
    return c + a * b;
}

static inline vec_f32 load_part_f32(const float *at, int64_t n)
{
    vec_f32 x = {0};
    for (int64_t i = 0; i < n; i++)
        x[i] = at[i];
    return x;
}

static inline vec_f64 load_part_f64(const double *at, int64_t n)
{
    vec_f64 x = {0};
    for (int64_t i = 0; i < n; i++)
        x[i] = at[i];
    return x;
}

static inline void store_part_f32(float *at, vec_f32 x, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        at[i] = x[i];
}

static inline void store_part_f64(double *at, vec_f64 x, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        at[i] = x[i];
}

INLINE void transpose_f32(vec_f32 x[4])
{
    vec_f32 a = __builtin_shufflevector(x[0], x[2], 0, 4, 1, 5);
    vec_f32 b = __builtin_shufflevector(x[0], x[2], 2, 6, 3, 7);
    vec_f32 c = __builtin_shufflevector(x[1], x[3], 0, 4, 1, 5);
    vec_f32 d = __builtin_shufflevector(x[1], x[3], 2, 6, 3, 7);
    x[0] = __builtin_shufflevector(a, c, 0, 4, 1, 5);
    x[1] = __builtin_shufflevector(a, c, 2, 6, 3, 7);
    x[2] = __builtin_shufflevector(b, d, 0, 4, 1, 5);
    x[3] = __builtin_shufflevector(b, d, 2, 6, 3, 7);
}

INLINE void transpose_f64(vec_f64 x[2])
{
    vec_f64 a = __builtin_shufflevector(x[0], x[1], 0, 2);
    x[1] = __builtin_shufflevector(x[0], x[1], 1, 3);
    x[0] = a;
}

INLINE void load_square_f32(const float *b, int64_t b_row, vec_f32 x[4])
{
    UNROLL
    for (int i = 0; i < 4; i++)
        x[i] = *(const loose_f32 *)(b + i * b_row);
    transpose_f32(x);
}

INLINE void load_square_f64(const double *b, int64_t b_row, vec_f64 x[2])
{
    x[0] = *(const loose_f64 *)b;
    x[1] = *(const loose_f64 *)(b + b_row);
    transpose_f64(x);
}

#define GEMM_ROW  gemm_baseline
#define GEMM_TEXT "baseline"
#include "kernel/simd/gemm_row.inc.h"
