/* The body of the vector kernels of element-wise programs, included once per instruction set with
 *   ELEMENT_CLASS    the row of the table, ELEMENT_TEXT its name,
 *   ELEMENT_BYTES    of a vector register.
 *
 * What is not overridden here is the reference's: its slot stays NULL. */

#include "kernel/element_impl.h"

#define VECTOR_BYTES ELEMENT_BYTES
#include "kernel/simd/f32.inc.h"

#include <math.h>

typedef double f64s __attribute__((vector_size(ELEMENT_BYTES), may_alias));
typedef int64_t i64s __attribute__((vector_size(ELEMENT_BYTES), may_alias));
typedef uint64_t u64s __attribute__((vector_size(ELEMENT_BYTES), may_alias));
typedef double f64s_loose __attribute__((vector_size(ELEMENT_BYTES), aligned(4), may_alias));
typedef int64_t i64s_loose __attribute__((vector_size(ELEMENT_BYTES), aligned(4), may_alias));

enum { F32_LANES = ELEMENT_BYTES / 4, F64_LANES = ELEMENT_BYTES / 8 };

/* choose: a where the mask is all ones, b where it is zero; larger, smaller: b unless a is so */
#if ELEMENT_BYTES == 64
INLINE f64s f64_choose(i64s mask, f64s a, f64s b)
{
    return (f64s)_mm512_mask_blend_pd(_mm512_movepi64_mask((__m512i)mask), (__m512d)b, (__m512d)a);
}
INLINE f32s f32_larger(f32s a, f32s b)
{
    return (f32s)_mm512_max_ps((__m512)a, (__m512)b);
}
INLINE f32s f32_smaller(f32s a, f32s b)
{
    return (f32s)_mm512_min_ps((__m512)a, (__m512)b);
}
/* NaN where either is, b where they are equal */
INLINE f32s f32_max(f32s a, f32s b)
{
    __mmask16 number = _mm512_cmp_ps_mask((__m512)a, (__m512)a, _CMP_ORD_Q);
    return (f32s)_mm512_mask_max_ps((__m512)a, number, (__m512)a, (__m512)b);
}
INLINE f32s f32_min(f32s a, f32s b)
{
    __mmask16 number = _mm512_cmp_ps_mask((__m512)a, (__m512)a, _CMP_ORD_Q);
    return (f32s)_mm512_mask_min_ps((__m512)a, number, (__m512)a, (__m512)b);
}
INLINE bool f32_any(i32s mask)
{
    return _mm512_movepi32_mask((__m512i)mask) != 0;
}
INLINE f32s f32_sqrt(f32s x)
{
    return (f32s)_mm512_sqrt_ps((__m512)x);
}
INLINE f64s f64_sqrt(f64s x)
{
    return (f64s)_mm512_sqrt_pd((__m512d)x);
}
#elif ELEMENT_BYTES == 32
INLINE f64s f64_choose(i64s mask, f64s a, f64s b)
{
    return (f64s)_mm256_blendv_pd((__m256d)b, (__m256d)a, (__m256d)mask);
}
INLINE f32s f32_larger(f32s a, f32s b)
{
    return (f32s)_mm256_max_ps((__m256)a, (__m256)b);
}
INLINE f32s f32_smaller(f32s a, f32s b)
{
    return (f32s)_mm256_min_ps((__m256)a, (__m256)b);
}
INLINE bool f32_any(i32s mask)
{
    return _mm256_movemask_ps((__m256)mask) != 0;
}
INLINE f32s f32_sqrt(f32s x)
{
    return (f32s)_mm256_sqrt_ps((__m256)x);
}
INLINE f64s f64_sqrt(f64s x)
{
    return (f64s)_mm256_sqrt_pd((__m256d)x);
}
#else
INLINE f64s f64_choose(i64s mask, f64s a, f64s b)
{
    return (f64s)((mask & (i64s)a) | (~mask & (i64s)b));
}
INLINE f32s f32_larger(f32s a, f32s b)
{
#if STINT_SIMD_X86
    return (f32s)_mm_max_ps((__m128)a, (__m128)b);
#else
    return f32_choose(a > b, a, b);
#endif
}
INLINE f32s f32_smaller(f32s a, f32s b)
{
#if STINT_SIMD_X86
    return (f32s)_mm_min_ps((__m128)a, (__m128)b);
#else
    return f32_choose(a < b, a, b);
#endif
}
INLINE bool f32_any(i32s mask)
{
    bool any = false;
    for (int i = 0; i < F32_LANES; i++)
        any |= mask[i] != 0;
    return any;
}
INLINE f32s f32_sqrt(f32s x)
{
    for (int i = 0; i < F32_LANES; i++)
        x[i] = sqrtf(x[i]);
    return x;
}
INLINE f64s f64_sqrt(f64s x)
{
    for (int i = 0; i < F64_LANES; i++)
        x[i] = sqrt(x[i]);
    return x;
}
#endif

#if ELEMENT_BYTES != 64
INLINE f32s f32_max(f32s a, f32s b)
{
    return f32_choose(a != a, a, f32_larger(a, b));
}
INLINE f32s f32_min(f32s a, f32s b)
{
    return f32_choose(a != a, a, f32_smaller(a, b));
}
#endif

INLINE i64s i64_choose(i64s mask, i64s a, i64s b)
{
    return (mask & a) | (~mask & b);
}

#include "kernel/simd/element_exact.inc.h"
#include "kernel/simd/element_math.inc.h"
#include "kernel/simd/element_pow.inc.h"
#include "kernel/simd/element_half.inc.h"
#include "kernel/simd/element_chain.inc.h"

const element_class ELEMENT_CLASS = {
    .name = ELEMENT_TEXT,
    .op =
        {
#define X(name, operands, value) [ELEMENT_F32][ELEMENT_##name] = simd_f32_##name,
            [ELEMENT_F32] = {[ELEMENT_POW] = simd_f32_POW},
            EXACT_LIST(X) EXACT_FLOAT_LIST(X) MATH_LIST(X) HALF_LIST(X)
#undef X
#define X(name, operands, value) [ELEMENT_F64][ELEMENT_##name] = simd_f64_##name,
                EXACT_LIST(X) EXACT_FLOAT_LIST(X)
#undef X
#define X(name, operands, value) [ELEMENT_I64][ELEMENT_##name] = simd_i64_##name,
                    EXACT_LIST(X)
#undef X
        },
    .load = {[ELEMENT_F32] = {[STINT_F16] = simd_load_F16,
                              [STINT_BF16] = simd_load_BF16,
                              [STINT_I32] = simd_load_I32,
                              [STINT_U8] = simd_load_U8,
                              [STINT_BOOL] = simd_load_U8}},
    .store = {[ELEMENT_F32] = {[STINT_F16] = simd_store_F16,
                               [STINT_BF16] = simd_store_BF16,
                               [STINT_BOOL] = simd_store_BOOL}},
    .chain = simd_chain,
};
