/* 16-bit floats and saturating integers, by integer arithmetic: what a conversion of dtypes
 * gives, whatever instruction does it.
 *
 * f16 has 5 bits of exponent and 10 of fraction, bf16 is the upper half of an f32.  To them is
 * rounded to nearest even; of a double first to f32 by rounding to odd, which leaves the second
 * rounding the bits to decide as if it were the only one (Boldo, Melquiond 2008). */
#ifndef KERNEL_HALF_H
#define KERNEL_HALF_H

#include <math.h>
#include <stdint.h>
#include <string.h>

static inline uint32_t f32_bits(float x)
{
    uint32_t u;
    memcpy(&u, &x, sizeof u);
    return u;
}

static inline float f32_of_bits(uint32_t u)
{
    float x;
    memcpy(&x, &u, sizeof x);
    return x;
}

static inline float f32_from_bf16(uint16_t h)
{
    return f32_of_bits((uint32_t)h << 16);
}

static inline uint16_t bf16_from_f32(float x)
{
    uint32_t u = f32_bits(x);
    if (x != x)
        return (uint16_t)(u >> 16 | 0x40);
    return (uint16_t)((u + 0x7fff + (u >> 16 & 1)) >> 16);
}

static inline float f32_from_f16(uint16_t h)
{
    uint32_t sign = (uint32_t)(h & 0x8000) << 16, rest = h & 0x7fffu;
    if (rest >= 0x7c00) /* infinite or NaN, made quiet */
        return f32_of_bits(sign | 0x7f800000 | rest << 13 | (rest > 0x7c00 ? 0x400000 : 0));
    if (rest < 0x400) /* multiples of 2^-24 */
        return f32_of_bits(sign | f32_bits((float)rest * 0x1p-24f));
    return f32_of_bits(sign | ((rest << 13) + (112u << 23)));
}

static inline uint16_t f16_from_f32(float x)
{
    uint32_t u = f32_bits(x), rest = u & 0x7fffffff;
    uint16_t sign = (uint16_t)(u >> 16 & 0x8000);
    if (rest > 0x7f800000)
        return (uint16_t)(sign | 0x7e00 | (rest >> 13 & 0x3ff));
    if (rest >= 0x477ff000) /* 65520 rounds to infinity */
        return sign | 0x7c00;
    if (rest < 0x38800000) /* below 2^-14: the sum's last bits count multiples of 2^-24 */
        return (uint16_t)(sign | (f32_bits(f32_of_bits(rest) + 0.5f) & 0xffff));
    return (uint16_t)(sign | ((rest - (112u << 23) + 0xfff + (rest >> 13 & 1)) >> 13));
}

/* To f32; what is not exact becomes the neighbour whose last bit is 1. */
static inline float f32_odd_from_f64(double x)
{
    float f = (float)x;
    uint32_t u = f32_bits(f);
    if (x != x || (double)f == x || (u & 1))
        return f;
    return f32_of_bits(fabs((double)f) > fabs(x) ? u - 1 : u + 1);
}

static inline uint16_t f16_from_f64(double x)
{
    return f16_from_f32(f32_odd_from_f64(x));
}

static inline uint16_t bf16_from_f64(double x)
{
    return bf16_from_f32(f32_odd_from_f64(x));
}

/* To a double of which the last bit says whether anything was cut off. */
static inline double f64_odd_from_i64(int64_t v)
{
    if (v < -((int64_t)1 << 53) || v > (int64_t)1 << 53)
        if (v & 0x7ff)
            v = (v & ~(int64_t)0x7ff) | 0x400;
    return (double)v;
}

/* Towards zero, saturated, 0 of NaN. */
static inline int64_t i64_from_f64(double x)
{
    if (x >= 0x1p63)
        return INT64_MAX;
    return x > -0x1p63 ? (int64_t)x : x == x ? INT64_MIN : 0;
}

static inline int32_t i32_from_f64(double x)
{
    if (x >= 0x1p31)
        return INT32_MAX;
    return x > -0x1p31 ? (int32_t)x : x == x ? INT32_MIN : 0;
}

static inline uint8_t u8_from_f64(double x)
{
    if (x >= 255)
        return 255;
    return x > 0 ? (uint8_t)x : 0;
}

#endif
