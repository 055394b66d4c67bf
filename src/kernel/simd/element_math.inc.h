/* Transcendental functions of f32 but for those of f32.inc.h and f32_squash.inc.h; part of
 * element.inc.h.
 *
 * Arguments are reduced as in Cody & Waite 1980 (constants in parts whose products are exact);
 * the polynomials are minimax fits of what is left, their relative error below 2^-26, highest
 * power first.  Every function keeps NaN. */

#include "kernel/simd/f32_squash.inc.h"

/* 2^k (e^r - 1) + 2^k - 1, halved on the way as 2^128 is too large */
INLINE f32s f32_expm1(f32s x)
{
    f32s k, e = f32_exp_reduced(f32_most(f32_least(x, 89), -18), &k), p = f32_power(k - 1);
    return f32_choose(f32_size(x) < 0x1p-24f, x, (p * e + (p - 0.5f)) * 2);
}

/* log(1 + f) - f, √½ - 1 ≤ f ≤ √2 - 1, plus `more` */
INLINE f32s f32_log_rest(f32s f, f32s more)
{
    f32s p = f * -0x1.38c0f2p-4f + 0x1.056474p-3f, z = f * f;
    p = p * f + -0x1.0d876cp-3f;
    p = p * f + 0x1.22d91p-3f;
    p = p * f + -0x1.5471f4p-3f;
    p = p * f + 0x1.99a01p-3f;
    p = p * f + -0x1.000228p-2f;
    p = p * f + 0x1.555554p-2f;
    return (f * z * p + more) - 0.5f * z;
}

/* x = 2^k (1 + f), √½ ≤ 1 + f < √2; x is positive and normal */
INLINE f32s f32_split(f32s x, f32s *k)
{
    i32s above = (i32s)((u32s)x - 0x3f3504f3);
    *k = __builtin_convertvector(above >> 23, f32s);
    return (f32s)((above & 0x7fffff) + 0x3f3504f3) - 1;
}

#define F32_LN2_TOP 0x1.63p-1f
#define F32_LN2_LOW -0x1.bd0106p-13f

/* log 0 and of less: `x` is the value less what it was added to. */
INLINE f32s f32_log_of_none(f32s x, f32s at_zero, f32s otherwise)
{
    const f32s none = {0};
    return f32_choose(x <= at_zero, f32_choose(x == at_zero, none - INFINITY, none + NAN),
                      otherwise);
}

INLINE f32s f32_log(f32s x)
{
    i32s small = x < 0x1p-126f;
    f32s k, f = f32_split(f32_choose(small, x * 0x1p24f, x), &k);
    k -= f32_choose(small, (f32s){0} + 24, (f32s){0});
    f32s y = f32_log_rest(f, k * F32_LN2_LOW) + f + k * F32_LN2_TOP;
    return f32_log_of_none(x, (f32s){0}, f32_choose(x < INFINITY, y, x));
}

/* log u + c, u = 1 + x rounded and c = what was lost / u; but of x itself while u is near 1 */
INLINE f32s f32_log1p(f32s x)
{
    f32s u = x + 1, k, f = f32_split(u, &k);
    f32s c = f32_choose(x > 1, 1 - (u - x), x - (u - 1)) / u;
    i32s near = k == 0;
    f = f32_choose(near, x, f);
    c = f32_choose(near, (f32s){0}, c + k * F32_LN2_LOW);
    f32s y = f32_log_rest(f, c) + f + k * F32_LN2_TOP;
    y = f32_choose((x < INFINITY) & (f32_size(x) >= 0x1p-24f), y, x);
    return f32_log_of_none(x, (f32s){0} - 1, y);
}

/* The lanes beyond the reduction's reach, as libm has them. */
static f32s f32_far(f32s x, f32s near, double of(double))
{
    for (int i = 0; i < F32_LANES; i++)
        if (!(fabsf(x[i]) <= 1e4f))
            near[i] = (float)of((double)x[i]);
    return near;
}

/* sin(r + (k + turn) π/2), x = k π/2 + r, |r| ≤ π/4 and a little */
INLINE f32s f32_circle(f32s x, int turn)
{
    f32s rounded = x * 0x1.45f306p-1f + F32_ROUND, k = rounded - F32_ROUND;
    f32s r = ((x - k * 0x1.92p0f) - k * 0x1.fb4p-12f) - k * 0x1.4442d2p-24f, z = r * r;
    f32s s = r + r * z * ((z * -0x1.992c04p-13f + 0x1.1106fcp-7f) * z + -0x1.555544p-3f);
    f32s c = 1 - 0.5f * z;
    c += z * z * ((z * 0x1.99e338p-16f + -0x1.6c0c22p-10f) * z + 0x1.55554ap-5f);
    u32s quarter = (u32s)rounded + (uint32_t)turn;
    f32s y = f32_choose((i32s)((quarter & 1) == 1), c, s);
    return (f32s)((u32s)y ^ ((quarter & 2) << 30));
}

INLINE f32s f32_sin(f32s x)
{
    f32s size = f32_size(x), y = f32_circle(size, 0);
    y = (f32s)((i32s)y ^ ((i32s)x & INT32_MIN));
    return f32_any(~(size <= 1e4f)) ? f32_far(x, y, sin) : y;
}

INLINE f32s f32_cos(f32s x)
{
    f32s size = f32_size(x), y = f32_circle(size, 1);
    return f32_any(~(size <= 1e4f)) ? f32_far(x, y, cos) : y;
}

/* x + x p(x²) near 0, else 1 - exp p(x) */
INLINE f32s f32_erf(f32s x)
{
    f32s a = f32_size(x), z = a * a, t = f32_least(a, 4);
    f32s p = z * 0x1.5f9534p-14f + -0x1.ab105ap-11f;
    p = p * z + 0x1.54df1ap-8f;
    p = p * z + -0x1.b810e8p-6f;
    p = p * z + 0x1.ce2e24p-4f;
    p = p * z + -0x1.812744p-2f;
    p = p * z + 0x1.06eba8p-3f;
    f32s g = t * 0x1.9ae98ep-13f + -0x1.8ee1bep-9f;
    g = g * t + 0x1.6c2a9cp-6f;
    g = g * t + -0x1.a9b44p-4f;
    g = g * t + -0x1.463cbep-1f;
    g = g * t + -0x1.20af5ap+0f;
    g = g * t + -0x1.9a57aap-13f;
    f32s k, e = f32_exp_reduced(g, &k) + 1;
    return f32_sign_of(x, f32_choose(a < 0.92f, a + a * p, 1 - e * f32_power(k)));
}

#define MATH_LIST(X)                                                                               \
    X(EXP, 1, f32_exp_clamped(a))                                                                  \
    X(EXPM1, 1, f32_expm1(a))                                                                      \
    X(LOG, 1, f32_log(a))                                                                          \
    X(LOG1P, 1, f32_log1p(a))                                                                      \
    X(SIN, 1, f32_sin(a))                                                                          \
    X(COS, 1, f32_cos(a))                                                                          \
    X(TANH, 1, f32_tanh(a))                                                                        \
    X(ERF, 1, f32_erf(a))                                                                          \
    X(SIGMOID, 1, f32_sigmoid(a))

#define V                        f32s
#define X(name, operands, value) SIMD_LOOP(f32, F32_LANES, name, operands, value)
MATH_LIST(X)
#undef X
#undef V
