/* What the tests of element-wise programs share: the classes that this processor runs, and values
 * that are likely to be got wrong. */
#ifndef ELEMENT_CASES_H
#define ELEMENT_CASES_H

#include "kernel/element_impl.h"

#include "base/rng.h"
#include "unit/fixture.h"

#include <float.h>

enum { ISAS = 4 };

static inline int element_classes(const element_class *out[ISAS])
{
    int n = 0;
    out[n++] = &element_baseline;
#if STINT_SIMD_X86
    if (__builtin_cpu_supports("avx2"))
        out[n++] = &element_avx2;
    if (__builtin_cpu_supports("avx512f"))
        out[n++] = &element_avx512;
#endif
    return n;
}

static const float special_f32[] = {
    0.0f,    -0.0f,   1,        -1,        2,       -2,       3,           -3,
    0.5f,    -0.5f,   INFINITY, -INFINITY, NAN,     -NAN,     FLT_MIN,     -FLT_MIN,
    1e-45,   -1e-45f, 1e-40f,   -3e-39f,   FLT_MAX, -FLT_MAX, FLT_EPSILON, 1e-8f,
    -1e-8f,  1e4f,    1e5f,     -1e10f,    88.7f,   88.73f,   -87.5f,      -103.9f,
    -104.1f, 0.625f,  0.92f,    3.9f,      4.1f,    16777216, 16777218,    0.333f,
    2.5f,    -2.5f,   65520.0f, 65519.9f,  6e-8f,   2.98e-8f, 1.0000001f,  0.9999999f,
};
enum { SPECIALS = sizeof special_f32 / sizeof *special_f32 };

/* Number i of a stream that mixes specials with numbers of every size. */
static inline double element_value(uint64_t stream, int64_t i)
{
    uint64_t u = rng_u64((rng){11, stream}, (uint64_t)i);
    if (u % 8 == 0)
        return special_f32[u / 8 % SPECIALS];
    double x = rng_normal((rng){12, stream}, (uint64_t)i);
    return u % 8 < 6 ? x : u % 8 == 6 ? (double)(int)(x * 10) : x * exp(x * 10);
}

static inline bool same_f32(float a, float b)
{
    return memcmp(&a, &b, sizeof a) == 0 || (a != a && b != b);
}

static inline bool same_f64(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0 || (a != a && b != b);
}

#endif
