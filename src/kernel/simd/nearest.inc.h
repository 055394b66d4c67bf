/* The body of the vector rows of nearest.h, included once per instruction set with
 *   NEAREST_NAME   the row of the table, NEAREST_TEXT its name,
 *   VECTOR_BYTES   of a register,
 *   NEAREST_MOST   centres of a block: 2 of them registers each, and a few more, must fit,
 *   TARGET         attributes of every function,
 *   MULTIPLY_ADD(a, b, c)   a b + c, fused or not.
 *
 * A block's width is known where it is compiled, so that its scores have registers. */

#include "kernel/nearest.h"

#include "kernel/simd/f32.inc.h"

#define LANES ((int)(VECTOR_BYTES / sizeof(float)))

#ifdef __clang__
#define UNROLL _Pragma("clang loop unroll(full)")
#pragma clang diagnostic ignored "-Wpass-failed"
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

#define NEAREST_INLINE static inline __attribute__((always_inline)) TARGET

NEAREST_INLINE f32s all_lanes(float a)
{
    return a - (f32s){0};
}

/* Scores of 2 registers of rows and a block of centres. */
NEAREST_INLINE void scores(const float *x, const float *c, const float *half, int64_t d, int width,
                           f32s (*sum)[2])
{
    UNROLL
    for (int w = 0; w < width; w++)
        sum[w][0] = sum[w][1] = all_lanes(half[w]);
    for (int64_t j = 0; j < d; j++, x += NEAREST_ROWS, c += width) {
        f32s a = *(const f32s *)x, b = *(const f32s *)(x + LANES);
        UNROLL
        for (int w = 0; w < width; w++) {
            f32s e = all_lanes(c[w]);
            sum[w][0] = MULTIPLY_ADD(e, a, sum[w][0]);
            sum[w][1] = MULTIPLY_ADD(e, b, sum[w][1]);
        }
    }
}

/* A further score into the least, the second and the centre of the least. */
NEAREST_INLINE void take(f32s s, int32_t center, f32s *best, f32s *second, i32s *index)
{
    i32s here = (i32s){0} + center;
#if STINT_SIMD_X86 && VECTOR_BYTES == 64
    __m512 v = (__m512)s, b = (__m512)*best;
    __mmask16 less = _mm512_cmp_ps_mask(v, b, _CMP_LT_OQ);
    *second = (f32s)_mm512_min_ps((__m512)*second, _mm512_max_ps(b, v));
    *best = (f32s)_mm512_min_ps(b, v);
    *index = (i32s)_mm512_mask_mov_epi32((__m512i)*index, less, (__m512i)here);
#elif STINT_SIMD_X86 && VECTOR_BYTES == 32
    __m256 v = (__m256)s, b = (__m256)*best, less = _mm256_cmp_ps(v, b, _CMP_LT_OQ);
    *second = (f32s)_mm256_min_ps((__m256)*second, _mm256_max_ps(b, v));
    *best = (f32s)_mm256_min_ps(b, v);
    *index = (i32s)_mm256_blendv_ps((__m256)*index, (__m256)here, less);
#else
    i32s less = s < *best;
    f32s more = (f32s)((less & (i32s)*best) | (~less & (i32s)s));
    i32s closer = more < *second;
    *second = (f32s)((closer & (i32s)more) | (~closer & (i32s)*second));
    *best = (f32s)((less & (i32s)s) | (~less & (i32s)*best));
    *index = (less & here) | (~less & *index);
#endif
}

NEAREST_INLINE void best_of_width(const float *x, const nearest_centers *c, int width, float *best,
                                  float *second, int32_t *index)
{
    for (int r = 0; r < NEAREST_ROWS; r += 2 * LANES) {
        f32s least[2], next[2];
        i32s center[2] = {{0}, {0}};
        least[0] = least[1] = next[0] = next[1] = all_lanes(__builtin_inff());
        for (int64_t b = 0; b < c->blocks; b++) {
            f32s sum[NEAREST_MOST][2];
            scores(x + r, c->c + b * c->d * width, c->half + b * width, c->d, width, sum);
            UNROLL
            for (int w = 0; w < width; w++)
                for (int v = 0; v < 2; v++)
                    take(sum[w][v], (int32_t)(b * width + w), &least[v], &next[v], &center[v]);
        }
        for (int v = 0; v < 2; v++) {
            *(f32s_loose *)(best + r + v * LANES) = least[v];
            *(f32s_loose *)(second + r + v * LANES) = next[v];
            __builtin_memcpy(index + r + v * LANES, &center[v], VECTOR_BYTES);
        }
    }
}

/* Lanes whose score is not ≥ the limit. */
NEAREST_INLINE uint32_t lanes_below(f32s s, f32s limit)
{
#if STINT_SIMD_X86 && VECTOR_BYTES == 64
    return _mm512_cmp_ps_mask((__m512)s, (__m512)limit, _CMP_NGE_UQ);
#elif STINT_SIMD_X86 && VECTOR_BYTES == 32
    return (uint32_t)_mm256_movemask_ps(_mm256_cmp_ps((__m256)s, (__m256)limit, _CMP_NGE_UQ));
#else
    uint32_t bits = 0;
    i32s most = s >= limit;
    for (int l = 0; l < LANES; l++)
        bits |= (uint32_t)!most[l] << l;
    return bits;
#endif
}

NEAREST_INLINE void below_of_width(const float *x, const nearest_centers *c, int width,
                                   const float *limit, uint32_t *bits)
{
    for (int64_t b = 0; b < c->blocks; b++) {
        uint32_t found[NEAREST_MOST] = {0};
        for (int r = 0; r < NEAREST_ROWS; r += 2 * LANES) {
            f32s sum[NEAREST_MOST][2];
            scores(x + r, c->c + b * c->d * width, c->half + b * width, c->d, width, sum);
            UNROLL
            for (int w = 0; w < width; w++)
                for (int v = 0; v < 2; v++)
                    found[w] |= lanes_below(sum[w][v], *(const f32s_loose *)(limit + r + v * LANES))
                                << (r + v * LANES);
        }
        for (int w = 0; w < width; w++)
            bits[b * width + w] = found[w];
    }
}

/* --- one function a width ---------------------------------------------------------------- */

#if NEAREST_MOST > 6
#define WIDTHS(X) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12)
#else
#define WIDTHS(X) X(1) X(2) X(3) X(4) X(5) X(6)
#endif

#define OF_WIDTH(w)                                                                                \
    TARGET static void best_##w(const float *x, const nearest_centers *c, float *best,             \
                                float *second, int32_t *index)                                     \
    {                                                                                              \
        best_of_width(x, c, w, best, second, index);                                               \
    }                                                                                              \
    TARGET static void below_##w(const float *x, const nearest_centers *c, const float *limit,     \
                                 uint32_t *bits)                                                   \
    {                                                                                              \
        below_of_width(x, c, w, limit, bits);                                                      \
    }
WIDTHS(OF_WIDTH)

#define ROW_OF(w) [w] = {best_##w, below_##w},
static const struct width_row {
    void (*best)(const float *, const nearest_centers *, float *, float *, int32_t *);
    void (*below)(const float *, const nearest_centers *, const float *, uint32_t *);
} by_width[] = {WIDTHS(ROW_OF)};

static void simd_best(const float *x, const nearest_centers *c, float *best, float *second,
                      int32_t *index)
{
    by_width[c->width].best(x, c, best, second, index);
}

static void simd_below(const float *x, const nearest_centers *c, const float *limit, uint32_t *bits)
{
    by_width[c->width].below(x, c, limit, bits);
}

const nearest_class NEAREST_NAME = {NEAREST_TEXT, NEAREST_MOST, simd_best, simd_below};
