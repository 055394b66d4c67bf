/* The sigmoid and tanh of the gates of recurrent nets, in as few operations as carry them to some
 * units in the last place; included after f32.inc.h with FMA(a, b, c) = a b + c, fused where the
 * instruction set has it.
 *
 * Both come from 2^t, t = k + r, |r| ≤ 1/2: 2^r - 1 is r times a minimax fit, to 2^-26. */

INLINE f32s f32_between(f32s x, float least, float most) /* NaN stays */
{
    f32s low = (f32s){0} + least, high = (f32s){0} + most;
#if STINT_SIMD_X86 && VECTOR_BYTES == 64
    return (f32s)_mm512_min_ps((__m512)high, _mm512_max_ps((__m512)low, (__m512)x));
#elif STINT_SIMD_X86 && VECTOR_BYTES == 32
    return (f32s)_mm256_min_ps((__m256)high, _mm256_max_ps((__m256)low, (__m256)x));
#elif STINT_SIMD_X86
    return (f32s)_mm_min_ps((__m128)high, _mm_max_ps((__m128)low, (__m128)x));
#else
    x = f32_choose(x < low, low, x);
    return f32_choose(x > high, high, x);
#endif
}

INLINE f32s f32_nearest(f32s x)
{
#if STINT_SIMD_X86 && VECTOR_BYTES == 64
    return (f32s)_mm512_roundscale_ps((__m512)x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
#elif STINT_SIMD_X86 && VECTOR_BYTES == 32
    return (f32s)_mm256_round_ps((__m256)x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
#else
    return (x + F32_ROUND) - F32_ROUND;
#endif
}

/* 2^k of (x scale), -126 ≤ k ≤ 128, where 2^128 is infinity; returns 2^r - 1 */
INLINE f32s f32_gate_power(f32s x, float scale, f32s *power)
{
    f32s all = (f32s){0}, k = f32_nearest(x * scale), r = FMA(x, all + scale, -k);
    f32s q = FMA(r, all + 0x1.4308fap-13f, all + 0x1.5f07b4p-10f);
    q = FMA(r, q, all + 0x1.3b2ba0p-7f);
    q = FMA(r, q, all + 0x1.c6af6ep-5f);
    q = FMA(r, q, all + 0x1.ebfbdep-3f);
    q = FMA(r, q, all + 0x1.62e430p-1f);
    *power = f32_power(k);
    return r * q;
}

/* 1 / (1 + e^-x): where e^-x is no float, 0 */
INLINE f32s f32_gate_sigmoid(f32s x)
{
    f32s power, p = f32_gate_power(f32_between(x, -88.75f, 87.25f), -0x1.715476p0f, &power);
    return 1 / (1 + FMA(power, p, power));
}

/* m / (m + 2) of m = e^2x - 1, which near 0 is as exact as x */
INLINE f32s f32_gate_tanh(f32s x)
{
    f32s power, p = f32_gate_power(f32_between(x, -20, 20), 0x1.715476p1f, &power);
    f32s m = FMA(power, p, power - 1);
    return m / (m + 2);
}
