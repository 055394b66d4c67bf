/* Vectors of f32 and their exponential; included after VECTOR_BYTES, the bytes of a register. */

#if STINT_SIMD_X86
#include <immintrin.h>
#endif
#include <stdint.h>

typedef float f32s __attribute__((vector_size(VECTOR_BYTES), may_alias));
typedef int32_t i32s __attribute__((vector_size(VECTOR_BYTES), may_alias));
typedef uint32_t u32s __attribute__((vector_size(VECTOR_BYTES), may_alias));
typedef float f32s_loose __attribute__((vector_size(VECTOR_BYTES), aligned(4), may_alias));

#ifndef INLINE
#define INLINE static inline __attribute__((always_inline))
#endif

/* a where the mask is all ones, b where it is zero */
INLINE f32s f32_choose(i32s mask, f32s a, f32s b)
{
#if STINT_SIMD_X86 && VECTOR_BYTES == 64
    return (f32s)_mm512_mask_blend_ps(_mm512_movepi32_mask((__m512i)mask), (__m512)b, (__m512)a);
#elif STINT_SIMD_X86 && VECTOR_BYTES == 32
    return (f32s)_mm256_blendv_ps((__m256)b, (__m256)a, (__m256)mask);
#else
    return (f32s)((mask & (i32s)a) | (~mask & (i32s)b));
#endif
}

/* Adding this leaves a number rounded to an integer, which its last bits are. */
#define F32_ROUND 0x1.8p23f

/* 2^k, k an integer of -126 … 127 */
INLINE f32s f32_power(f32s k)
{
    return (f32s)((u32s)(k + (F32_ROUND + 127)) << 23);
}

/* x = k ln 2 + r, |r| ≤ ln 2 / 2; returns e^r - 1 = r + r² q(r), q a minimax fit to 2^-26.
 * ln 2 is in two parts, of which the first times k is exact (Cody & Waite 1980). */
INLINE f32s f32_exp_reduced(f32s x, f32s *k)
{
    *k = (x * 0x1.715476p0f + F32_ROUND) - F32_ROUND;
    f32s r = (x - *k * 0x1.63p-1f) - *k * -0x1.bd0106p-13f;
    f32s q = r * 0x1.6a234ep-10f + 0x1.123a6cp-7f;
    q = q * r + 0x1.5558f4p-5f;
    q = q * r + 0x1.55549p-3f;
    q = q * r + 0x1.fffffcp-2f;
    return r + r * r * q;
}

/* e 2^k, in two halves where 2^k may be no number: it becomes subnormal, then 0 */
INLINE f32s f32_scale(f32s e, f32s k)
{
#if STINT_SIMD_X86 && VECTOR_BYTES == 64
    return (f32s)_mm512_scalef_ps((__m512)e, (__m512)k);
#else
    f32s half = (k * 0.5f + F32_ROUND) - F32_ROUND;
    return e * f32_power(half) * f32_power(k - half);
#endif
}

/* e^x to 2 units in the last place, -104 ≤ x ≤ 89 or NaN: infinity from where it is no float */
INLINE f32s f32_exp(f32s x)
{
    f32s k, e = f32_exp_reduced(x, &k) + 1;
    return f32_scale(e, k);
}

/* x, or -104 where it is less: e^-104 is 0 in f32; NaN stays */
INLINE f32s f32_not_too_small(f32s x)
{
    f32s least = (f32s){0} - 104;
#if STINT_SIMD_X86 && VECTOR_BYTES == 64
    return (f32s)_mm512_max_ps((__m512)least, (__m512)x);
#elif STINT_SIMD_X86 && VECTOR_BYTES == 32
    return (f32s)_mm256_max_ps((__m256)least, (__m256)x);
#elif STINT_SIMD_X86
    return (f32s)_mm_max_ps((__m128)least, (__m128)x);
#else
    return f32_choose(x < least, least, x);
#endif
}
