/* Facts of dtypes, and rounding of a double to each. */
#include "graph/rules.h"

#include <math.h>

size_t stint_dtype_bytes(stint_dtype d)
{
    static const uint8_t bytes_of[] = {
#define X(name, type, bytes, text) bytes,
        STINT_DTYPE_LIST(X)
#undef X
    };
    return (size_t)d < sizeof bytes_of ? bytes_of[d] : 0;
}

const char *stint_dtype_text(stint_dtype d)
{
    static const char *const text_of[] = {
#define X(name, type, bytes, text) text,
        STINT_DTYPE_LIST(X)
#undef X
    };
    return (size_t)d < sizeof text_of / sizeof *text_of ? text_of[d] : "?";
}

/* To `bits` of significand, steps of at least 2^least, infinite from `limit` on. */
static double round_float(double value, int bits, int least, double limit)
{
    if (!isfinite(value) || value == 0)
        return value;
    int exponent;
    frexp(value, &exponent); /* value = f 2^exponent, f in [1/2, 1) */
    int step = exponent - bits > least ? exponent - bits : least;
    double rounded = ldexp(nearbyint(ldexp(value, -step)), step);
    return fabs(rounded) >= limit ? copysign((double)INFINITY, value) : rounded;
}

static double round_integer(double value, double low, double high)
{
    if (isnan(value))
        return 0;
    return value < low ? low : value > high ? high : trunc(value);
}

double dtype_round(stint_dtype d, double value)
{
    switch (d) {
    case STINT_F64: return value;
    case STINT_F32: return (double)(float)value;
    case STINT_F16: return round_float(value, 11, -24, 0x1p16);
    case STINT_BF16: return round_float(value, 8, -133, 0x1p128);
    case STINT_I32: return round_integer(value, INT32_MIN, INT32_MAX);
    case STINT_I64: return round_integer(value, -0x1p63, 0x1.fffffffffffffp62);
    case STINT_U8: return round_integer(value, 0, UINT8_MAX);
    case STINT_BOOL: return value != 0;
    }
    return value;
}
