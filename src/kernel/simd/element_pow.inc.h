/* x^y of f32 = ± e^(y log |x|), in doubles: the exponent needs their digits; part of
 * element.inc.h.  Vectors are halves: as many f32 as there are doubles in a register. */

typedef float f32h __attribute__((vector_size(ELEMENT_BYTES / 2), may_alias));
typedef float f32h_loose __attribute__((vector_size(ELEMENT_BYTES / 2), aligned(4), may_alias));

#define F64_ROUND 0x1.8p52

/* x ≥ 0 is a float's: never denormal here, and NaN is kept. */
INLINE f64s f64_log(f64s x)
{
    const uint64_t root_half = 0x3fe6a09e667f3bcd, fraction = ((uint64_t)1 << 52) - 1;
    u64s above = (u64s)x - root_half + ((uint64_t)1024 << 52);
    /* the exponent as the last bits of 2^52 */
    f64s k = (f64s)((above >> 52) | 0x4330000000000000u) - (0x1p52 + 1024);
    f64s f = (f64s)((above & fraction) + root_half) - 1, z = f * f;
    f64s p = f * -0x1.e9b430be8d697p-5 + 0x1.b38f80404d2f5p-4;
    p = p * f + -0x1.bb31980138672p-4;
    p = p * f + 0x1.c4087d2e7fd1dp-4;
    p = p * f + -0x1.fce60b2f52e5ap-4;
    p = p * f + 0x1.248f33a33df8cp-3;
    p = p * f + -0x1.5563b9f983de9p-3;
    p = p * f + 0x1.999a130f94f6bp-3;
    p = p * f + -0x1.ffffd38879cbap-3;
    p = p * f + 0x1.555554aef8f49p-2;
    f64s y = (f * z * p - 0.5 * z) + f + k * 0x1.62e42fefa39efp-1;
    y = f64_choose(x == 0, (f64s){0} - INFINITY, y);
    return f64_choose(x < INFINITY, y, x);
}

/* Enough for a float: 0 and infinity are left to the rounding. */
INLINE f64s f64_exp(f64s x)
{
    const f64s none = {0};
    x = f64_choose(x > 200, none + 200, f64_choose(x < -200, none - 200, x));
    f64s rounded = x * 0x1.71547652b82fep+0 + F64_ROUND, k = rounded - F64_ROUND;
    f64s r = x - k * 0x1.62e42fefa39efp-1;
    f64s q = r * 0x1.9f08169c74204p-13 + 0x1.6d8db1d35797ap-10;
    q = q * r + 0x1.111271f95152ep-7;
    q = q * r + 0x1.55548d0ed95b4p-5;
    q = q * r + 0x1.55555441be52bp-3;
    q = q * r + 0x1.0000003a7256bp-1;
    return (1 + r + r * r * q) * (f64s)(((u64s)rounded + 1023) << 52);
}

/* All of C's cases (C17 F.10.4.4). */
INLINE f64s f64_pow(f64s x, f64s y)
{
    const f64s none = {0}, endless = none + INFINITY;
    f64s size = (f64s)((i64s)x & INT64_MAX), power = (f64s)((i64s)y & INT64_MAX);
    f64s rounded = y + F64_ROUND;
    i64s small = power < 0x1p24; /* a larger float is even */
    i64s whole = (rounded - F64_ROUND == y) | ~small;
    u64s odd = (u64s)rounded & 1 & (u64s)whole & (u64s)small;
    f64s z = f64_exp(y * f64_log(size));
    z = (f64s)((u64s)z | ((u64s)x & (odd << 63)));
    z = f64_choose((x < 0) & (x > -endless) & ~whole & (y == y), none + NAN, z);
    i64s unit = (y == 0) | (x == 1) | ((size == 1) & (power == endless));
    return f64_choose(unit, none + 1, z);
}

static void simd_f32_POW(int64_t n, void *out, const void *pa, const void *pb, const void *pc)
{
    (void)pc;
    for (int64_t i = 0; i < n / F64_LANES; i++) {
        f64s x = __builtin_convertvector(((const f32h_loose *)pa)[i], f64s);
        f64s y = __builtin_convertvector(((const f32h_loose *)pb)[i], f64s);
        ((f32h_loose *)out)[i] = __builtin_convertvector(f64_pow(x, y), f32h);
    }
}
