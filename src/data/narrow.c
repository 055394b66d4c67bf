#include "data/narrow.h"

#include <math.h>
#include <string.h>

/* Each test stops at the first value that does not fit, so a chunk of measured doubles
 * costs a handful of looks and a chunk of small counts one pass. */

#define NARROW_TEXT_U8 255 /* missing; codes below it take one byte */

static bool whole_between(double x, double low, double high)
{
    return x >= low && x <= high && x == (double)(int64_t)x && !(x == 0 && signbit(x));
}

static bool numbers_between(const double *x, int64_t n, double low, double high)
{
    for (int64_t i = 0; i < n; i++)
        if (!whole_between(x[i], low, high))
            return false;
    return true;
}

static bool numbers_are_f32(const double *x, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        if ((double)(float)x[i] != x[i] && !isnan(x[i]))
            return false;
    return true;
}

static column_type numbers_type(const double *x, int64_t n)
{
    if (numbers_between(x, n, 0, UINT8_MAX))
        return TYPE_U8;
    if (numbers_between(x, n, INT32_MIN, INT32_MAX))
        return TYPE_I32;
    return numbers_are_f32(x, n) ? TYPE_F32 : TYPE_F64;
}

static column_type integers_type(const int64_t *x, int64_t n)
{
    int64_t low = 0, high = 0;
    for (int64_t i = 0; i < n; i++) {
        low = x[i] < low ? x[i] : low;
        high = x[i] > high ? x[i] : high;
    }
    if (low == 0 && high <= UINT8_MAX)
        return TYPE_U8;
    return low >= INT32_MIN && high <= INT32_MAX ? TYPE_I32 : TYPE_I64;
}

static column_type bools_type(const int8_t *x, int64_t n)
{
    return memchr(x, -1, (size_t)n) ? TYPE_U8 : TYPE_BOOL;
}

static column_type codes_type(const int32_t *x, int64_t n)
{
    int32_t high = 0;
    for (int64_t i = 0; i < n; i++)
        high = x[i] > high ? x[i] : high;
    return high < NARROW_TEXT_U8 ? TYPE_U8 : TYPE_I32;
}

column_type narrow_type(const column_chunk *chunk, int64_t rows)
{
    if (chunk->numbers)
        return numbers_type(chunk->numbers, rows);
    if (chunk->integers)
        return integers_type(chunk->integers, rows);
    if (chunk->bools)
        return bools_type(chunk->bools, rows);
    if (chunk->bits)
        return TYPE_U8;
    return chunk->codes ? codes_type(chunk->codes, rows) : TYPE_I64;
}

#define NARROW_LOOP(to_type, value)                                                                \
    do {                                                                                           \
        to_type *to = scratch;                                                                     \
        for (int64_t i = 0; i < rows; i++)                                                         \
            to[i] = (to_type)(value);                                                              \
        return to;                                                                                 \
    } while (0)

static const void *narrow_numbers(const double *x, int64_t rows, column_type type, void *scratch)
{
    if (type == TYPE_U8)
        NARROW_LOOP(uint8_t, x[i]);
    if (type == TYPE_I32)
        NARROW_LOOP(int32_t, x[i]);
    if (type == TYPE_F32)
        NARROW_LOOP(float, x[i]);
    return x;
}

static const void *narrow_integers(const int64_t *x, int64_t rows, column_type type, void *scratch)
{
    if (type == TYPE_U8)
        NARROW_LOOP(uint8_t, x[i]);
    if (type == TYPE_I32)
        NARROW_LOOP(int32_t, x[i]);
    return x;
}

const void *narrow(const column_chunk *chunk, int64_t rows, column_type type, void *scratch)
{
    if (chunk->numbers)
        return narrow_numbers(chunk->numbers, rows, type, scratch);
    if (chunk->integers)
        return narrow_integers(chunk->integers, rows, type, scratch);
    if (chunk->hashes)
        return chunk->hashes;
    if (chunk->bits)
        return chunk->bits;
    if (chunk->codes) {
        const int32_t *x = chunk->codes;
        if (type == TYPE_U8)
            NARROW_LOOP(uint8_t, x[i] < 0 ? NARROW_TEXT_U8 : x[i]);
        return x;
    }
    const int8_t *x = chunk->bools;
    if (type == TYPE_U8)
        NARROW_LOOP(uint8_t, x[i] < 0 ? 2 : x[i]);
    return x;
}
