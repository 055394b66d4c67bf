#include "unit/graph/elements.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A binary float of `bits` bits of significand (the leading one included) whose least normal
 * exponent is `least`: rounded in f64, where both halves are exact. */
typedef struct narrow_float {
    int bits, least;
    double most;
} narrow_float;

static const narrow_float half = {11, -14, 65504}, brain = {8, -126, 0x1.fep127},
                          single = {24, -126, FLT_MAX};

static double narrowed(const narrow_float *f, double x)
{
    int exponent;
    if (x == 0 || !isfinite(x))
        return x;
    frexp(x, &exponent); /* x = m 2^exponent, 1/2 ≤ m < 1 */
    exponent = exponent - 1 < f->least ? f->least : exponent - 1;
    double unit = ldexp(1, exponent - f->bits + 1), y = nearbyint(x / unit) * unit;
    return fabs(y) > f->most ? copysign(INFINITY, x) : y;
}

static uint16_t half_bits(double x)
{
    uint16_t sign = signbit(x) ? 0x8000 : 0;
    double y = fabs(narrowed(&half, x));
    if (isnan(x))
        return 0x7e00;
    if (isinf(y))
        return sign | 0x7c00;
    if (y < 0x1p-14) /* subnormal: units of 2^-24 */
        return sign | (uint16_t)(y * 0x1p24);
    int exponent;
    double m = frexp(y, &exponent);
    return (uint16_t)(sign | (unsigned)(exponent + 14) << 10 | ((unsigned)(m * 2048) & 0x3ff));
}

static double half_value(uint16_t b)
{
    int exponent = b >> 10 & 31, m = b & 0x3ff;
    double y = exponent == 31 ? (m ? NAN : INFINITY)
               : exponent     ? ldexp(1024 + m, exponent - 25)
                              : ldexp(m, -24);
    return b & 0x8000 ? -y : y;
}

static uint16_t brain_bits(double x)
{
    float y = (float)narrowed(&brain, x);
    uint32_t b;
    memcpy(&b, &y, 4);
    return (uint16_t)(b >> 16);
}

static double brain_value(uint16_t b)
{
    uint32_t wide = (uint32_t)b << 16;
    float y;
    memcpy(&y, &wide, 4);
    return y;
}

void element_put(stint_dtype d, void *at, int64_t i, double x)
{
    switch (d) {
    case STINT_F32: ((float *)at)[i] = (float)narrowed(&single, x); return;
    case STINT_F64: ((double *)at)[i] = x; return;
    case STINT_F16: ((uint16_t *)at)[i] = half_bits(x); return;
    case STINT_BF16: ((uint16_t *)at)[i] = brain_bits(x); return;
    case STINT_I32: ((int32_t *)at)[i] = (int32_t)x; return;
    case STINT_I64: ((int64_t *)at)[i] = (int64_t)x; return;
    case STINT_U8: ((uint8_t *)at)[i] = (uint8_t)x; return;
    case STINT_BOOL: ((uint8_t *)at)[i] = x != 0; return;
    }
}

double element_get(stint_dtype d, const void *at, int64_t i)
{
    switch (d) {
    case STINT_F32: return ((const float *)at)[i];
    case STINT_F64: return ((const double *)at)[i];
    case STINT_F16: return half_value(((const uint16_t *)at)[i]);
    case STINT_BF16: return brain_value(((const uint16_t *)at)[i]);
    case STINT_I32: return ((const int32_t *)at)[i];
    case STINT_I64: return (double)((const int64_t *)at)[i];
    case STINT_U8:
    case STINT_BOOL: return ((const uint8_t *)at)[i];
    }
    return NAN;
}

double element_round(stint_dtype d, double x)
{
    switch (d) {
    case STINT_F32: return narrowed(&single, x);
    case STINT_F16: return narrowed(&half, x);
    case STINT_BF16: return narrowed(&brain, x);
    default: return x;
    }
}

double element_precision(stint_dtype d)
{
    static const double half_unit[] = {
        [STINT_F32] = 0x1p-24, [STINT_F64] = 0x1p-53, [STINT_F16] = 0x1p-11, [STINT_BF16] = 0x1p-8};
    return d <= STINT_BF16 ? half_unit[d] : 0;
}

double element_least(stint_dtype d)
{
    static const double least[] = {[STINT_F32] = FLT_MIN,
                                   [STINT_F64] = DBL_MIN,
                                   [STINT_F16] = 0x1p-14,
                                   [STINT_BF16] = FLT_MIN};
    return d <= STINT_BF16 ? least[d] : 0;
}

int64_t elements_size(const stint_tensor *t)
{
    return stint_tensor_count(t) * (int64_t)stint_dtype_bytes(stint_tensor_dtype(t));
}

stint_tensor *elements_tensor(stint_context *ctx, stint_dtype d, int axes, const int64_t *shape,
                              const double *x)
{
    int64_t n = 1;
    for (int i = 0; i < axes; i++)
        n *= shape[i];
    void *bytes = calloc((size_t)n + 1, 8);
    for (int64_t i = 0; i < n; i++)
        element_put(d, bytes, i, x[i]);
    stint_tensor *t = stint_tensor_new(ctx, d, axes, shape, bytes);
    free(bytes);
    return t;
}

void *elements_bytes(stint_tensor *t)
{
    int64_t size = elements_size(t);
    void *bytes = t ? malloc((size_t)size + 1) : NULL;
    if (bytes && stint_read(t, bytes, (size_t)size) == STINT_OK)
        return bytes;
    free(bytes);
    return NULL;
}

double *elements_read(stint_tensor *t)
{
    void *bytes = elements_bytes(t);
    if (!bytes)
        return NULL;
    int64_t n = stint_tensor_count(t);
    double *x = malloc((size_t)(n + 1) * sizeof *x);
    for (int64_t i = 0; i < n; i++)
        x[i] = element_get(stint_tensor_dtype(t), bytes, i);
    free(bytes);
    return x;
}
