#include <immintrin.h>

#define VECTOR_BYTES 64
#define TILE_ROWS    12
#include "kernel/simd/gemm_vector.h"

static inline vec_f32 fma_f32(vec_f32 a, vec_f32 b, vec_f32 c)
{
    return _mm512_fmadd_ps(a, b, c);
}

static inline vec_f64 fma_f64(vec_f64 a, vec_f64 b, vec_f64 c)
{
    return _mm512_fmadd_pd(a, b, c);
}

static inline vec_f32 load_part_f32(const float *at, int64_t n)
{
    return _mm512_maskz_loadu_ps((__mmask16)((1u << n) - 1), at);
}

static inline vec_f64 load_part_f64(const double *at, int64_t n)
{
    return _mm512_maskz_loadu_pd((__mmask8)((1u << n) - 1), at);
}

static inline void store_part_f32(float *at, vec_f32 x, int64_t n)
{
    _mm512_mask_storeu_ps(at, (__mmask16)((1u << n) - 1), x);
}

static inline void store_part_f64(double *at, vec_f64 x, int64_t n)
{
    _mm512_mask_storeu_pd(at, (__mmask8)((1u << n) - 1), x);
}

/* Quarters L of x[0], x[1], x[2], x[3] together, in out[L]. */
INLINE void quarters(const __m512 *x, __m512 *out, int step)
{
    __m512 a = _mm512_shuffle_f32x4(x[0], x[1], 0x88), b = _mm512_shuffle_f32x4(x[0], x[1], 0xdd);
    __m512 c = _mm512_shuffle_f32x4(x[2], x[3], 0x88), d = _mm512_shuffle_f32x4(x[2], x[3], 0xdd);
    out[0] = _mm512_shuffle_f32x4(a, c, 0x88);
    out[step] = _mm512_shuffle_f32x4(b, d, 0x88);
    out[2 * step] = _mm512_shuffle_f32x4(a, c, 0xdd);
    out[3 * step] = _mm512_shuffle_f32x4(b, d, 0xdd);
}

/* A square of registers turned over its diagonal: within quarters, then quarters. */
INLINE void transpose_f32(vec_f32 x[16])
{
    __m512 y[4][4]; /* [column within a quarter][rows / 4] */
    UNROLL
    for (int q = 0; q < 4; q++) {
        __m512d a = (__m512d)_mm512_unpacklo_ps(x[4 * q], x[4 * q + 1]);
        __m512d b = (__m512d)_mm512_unpackhi_ps(x[4 * q], x[4 * q + 1]);
        __m512d c = (__m512d)_mm512_unpacklo_ps(x[4 * q + 2], x[4 * q + 3]);
        __m512d d = (__m512d)_mm512_unpackhi_ps(x[4 * q + 2], x[4 * q + 3]);
        y[0][q] = (__m512)_mm512_unpacklo_pd(a, c);
        y[1][q] = (__m512)_mm512_unpackhi_pd(a, c);
        y[2][q] = (__m512)_mm512_unpacklo_pd(b, d);
        y[3][q] = (__m512)_mm512_unpackhi_pd(b, d);
    }
    UNROLL
    for (int c = 0; c < 4; c++)
        quarters(y[c], (__m512 *)x + c, 4);
}

INLINE void transpose_f64(vec_f64 x[8])
{
    __m512 y[2][4];
    UNROLL
    for (int q = 0; q < 4; q++) {
        y[0][q] = (__m512)_mm512_unpacklo_pd(x[2 * q], x[2 * q + 1]);
        y[1][q] = (__m512)_mm512_unpackhi_pd(x[2 * q], x[2 * q + 1]);
    }
    UNROLL
    for (int c = 0; c < 2; c++)
        quarters(y[c], (__m512 *)x + c, 2);
}

INLINE __m512 halves(const float *a, const float *b)
{
    return _mm512_insertf32x8(_mm512_castps256_ps512(_mm256_loadu_ps(a)), _mm256_loadu_ps(b), 1);
}

/* x = 16 rows of b of 16, turned: rows come by halves, which saves a pass. */
INLINE void load_square_f32(const float *b, int64_t b_row, vec_f32 x[16])
{
    UNROLL
    for (int h = 0; h < 2; h++) {
        __m512 y[2][4]; /* [rows / 8][column]: quarters are [rows / 4 % 2][column / 4] */
        const float *at = b + 8 * h;
        UNROLL
        for (int r = 0; r < 2; r++) {
            const float *low = at, *high = at + 4 * b_row;
            at += 8 * b_row;
            ALONE(low);
            ALONE(high);
            __m512 p = halves(low, high), q = halves(low + b_row, high + b_row);
            low += 2 * b_row;
            high += 2 * b_row;
            ALONE(low);
            ALONE(high);
            __m512 s = halves(low, high), t = halves(low + b_row, high + b_row);
            __m512d a = (__m512d)_mm512_unpacklo_ps(p, q), c = (__m512d)_mm512_unpacklo_ps(s, t);
            __m512d e = (__m512d)_mm512_unpackhi_ps(p, q), d = (__m512d)_mm512_unpackhi_ps(s, t);
            y[r][0] = (__m512)_mm512_unpacklo_pd(a, c);
            y[r][1] = (__m512)_mm512_unpackhi_pd(a, c);
            y[r][2] = (__m512)_mm512_unpacklo_pd(e, d);
            y[r][3] = (__m512)_mm512_unpackhi_pd(e, d);
        }
        UNROLL
        for (int c = 0; c < 4; c++) {
            x[8 * h + c] = _mm512_shuffle_f32x4(y[0][c], y[1][c], 0x88);
            x[8 * h + 4 + c] = _mm512_shuffle_f32x4(y[0][c], y[1][c], 0xdd);
        }
    }
}

INLINE void load_square_f64(const double *b, int64_t b_row, vec_f64 x[8])
{
    UNROLL
    for (int i = 0; i < 8; i++, b += b_row) {
        ALONE(b);
        x[i] = _mm512_loadu_pd(b);
    }
    transpose_f64(x);
}

#define F16_INSTRUCTION(h) _mm512_cvtph_ps((__m256i)(h))

#define GEMM_ROW  gemm_avx512
#define GEMM_TEXT "avx512"
#include "kernel/simd/gemm_row.inc.h"
