#include <immintrin.h>

#define VECTOR_BYTES 32
#define TILE_ROWS    6
#include "kernel/simd/gemm_vector.h"

static inline vec_f32 fma_f32(vec_f32 a, vec_f32 b, vec_f32 c)
{
    return _mm256_fmadd_ps(a, b, c);
}

static inline vec_f64 fma_f64(vec_f64 a, vec_f64 b, vec_f64 c)
{
    return _mm256_fmadd_pd(a, b, c);
}

/* ones in the first n lanes */
static inline __m256i mask_f32(int64_t n)
{
    return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

static inline __m256i mask_f64(int64_t n)
{
    return _mm256_cmpgt_epi64(_mm256_set1_epi64x(n), _mm256_setr_epi64x(0, 1, 2, 3));
}

static inline vec_f32 load_part_f32(const float *at, int64_t n)
{
    return _mm256_maskload_ps(at, mask_f32(n));
}

static inline vec_f64 load_part_f64(const double *at, int64_t n)
{
    return _mm256_maskload_pd(at, mask_f64(n));
}

static inline void store_part_f32(float *at, vec_f32 x, int64_t n)
{
    _mm256_maskstore_ps(at, mask_f32(n), x);
}

static inline void store_part_f64(double *at, vec_f64 x, int64_t n)
{
    _mm256_maskstore_pd(at, mask_f64(n), x);
}

/* A square of registers turned over its diagonal: within halves, then halves. */
INLINE void transpose_f32(vec_f32 x[8])
{
    __m256 y[4][2]; /* [column within a half][rows / 4] */
    UNROLL
    for (int h = 0; h < 2; h++) {
        __m256d a = (__m256d)_mm256_unpacklo_ps(x[4 * h], x[4 * h + 1]);
        __m256d b = (__m256d)_mm256_unpackhi_ps(x[4 * h], x[4 * h + 1]);
        __m256d c = (__m256d)_mm256_unpacklo_ps(x[4 * h + 2], x[4 * h + 3]);
        __m256d d = (__m256d)_mm256_unpackhi_ps(x[4 * h + 2], x[4 * h + 3]);
        y[0][h] = (__m256)_mm256_unpacklo_pd(a, c);
        y[1][h] = (__m256)_mm256_unpackhi_pd(a, c);
        y[2][h] = (__m256)_mm256_unpacklo_pd(b, d);
        y[3][h] = (__m256)_mm256_unpackhi_pd(b, d);
    }
    UNROLL
    for (int c = 0; c < 4; c++) {
        x[c] = _mm256_permute2f128_ps(y[c][0], y[c][1], 0x20);
        x[c + 4] = _mm256_permute2f128_ps(y[c][0], y[c][1], 0x31);
    }
}

INLINE void transpose_f64(vec_f64 x[4])
{
    __m256d a = _mm256_unpacklo_pd(x[0], x[1]), b = _mm256_unpackhi_pd(x[0], x[1]);
    __m256d c = _mm256_unpacklo_pd(x[2], x[3]), d = _mm256_unpackhi_pd(x[2], x[3]);
    x[0] = _mm256_permute2f128_pd(a, c, 0x20);
    x[1] = _mm256_permute2f128_pd(b, d, 0x20);
    x[2] = _mm256_permute2f128_pd(a, c, 0x31);
    x[3] = _mm256_permute2f128_pd(b, d, 0x31);
}

INLINE void load_square_f32(const float *b, int64_t b_row, vec_f32 x[8])
{
    UNROLL
    for (int i = 0; i < 8; i++)
        x[i] = _mm256_loadu_ps(b + i * b_row);
    transpose_f32(x);
}

INLINE void load_square_f64(const double *b, int64_t b_row, vec_f64 x[4])
{
    UNROLL
    for (int i = 0; i < 4; i++)
        x[i] = _mm256_loadu_pd(b + i * b_row);
    transpose_f64(x);
}

#define GEMM_ROW  gemm_avx2
#define GEMM_TEXT "avx2"
#include "kernel/simd/gemm_row.inc.h"
