/* Pools by two with registers of VECTOR_BYTES: two rows of elements are parted into the left and
 * the right ones of their windows.  What is left of a row ends with the row: some windows are
 * done again.  Rows shorter than a register go one window at a time. */
#include "kernel/pairs.h"

#include <stdbool.h>
#include <string.h>

enum { LANES = VECTOR_BYTES / sizeof(float) };

typedef float vec __attribute__((vector_size(VECTOR_BYTES)));
typedef int32_t ints __attribute__((vector_size(VECTOR_BYTES)));

#if VECTOR_BYTES == 16
#define LEFT(a, b)  __builtin_shufflevector(a, b, 0, 2, 4, 6)
#define RIGHT(a, b) __builtin_shufflevector(a, b, 1, 3, 5, 7)
#define LOW(a, b)   __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define HIGH(a, b)  __builtin_shufflevector(a, b, 2, 6, 3, 7)
#else
#define LEFT(a, b)  __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14)
#define RIGHT(a, b) __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15)
#define LOW(a, b)   __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define HIGH(a, b)  __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
#endif

static inline vec load(const float *at)
{
    vec x;
    memcpy(&x, at, sizeof x);
    return x;
}

/* 0, 2, 4 … */
static inline ints by_twos(void)
{
    ints x = {0};
    for (int l = 0; l < LANES; l++)
        x[l] = 2 * l;
    return x;
}

typedef struct greatest {
    vec value;
    ints index;
} greatest;

static inline greatest greater(greatest x, greatest y)
{
    ints take = ~(y.value <= x.value) & (x.value == x.value);
    return (greatest){(vec)((take & (ints)y.value) | (~take & (ints)x.value)),
                      (take & y.index) | (~take & x.index)};
}

static inline bool takes(float y, float x)
{
    return x == x && !(y <= x);
}

static void greatest_one(const float *x, int64_t width, int32_t at, int32_t *index, float *value)
{
    int32_t best = 0;
    for (int32_t i = 1; i < 4; i++) {
        int32_t place = (i >> 1) * (int32_t)width + (i & 1);
        best = takes(x[place], x[best]) ? place : best;
    }
    *index = at + best;
    *value = x[best];
}

static void greatest_row(const float *x, int64_t width, int32_t at, int64_t n, int32_t *index,
                         float *values)
{
    for (int64_t q = 0; n < LANES && q < n; q++)
        greatest_one(x + 2 * q, width, at + (int32_t)(2 * q), index + q, values + q);
    for (int64_t q = 0; n >= LANES && q < n; q += LANES) {
        q = q + LANES <= n ? q : n - LANES;
        greatest row[2];
        for (int i = 0; i < 2; i++) {
            const float *from = x + i * width + 2 * q;
            vec a = load(from), b = load(from + LANES);
            ints place = by_twos() + (at + (int32_t)(i * width + 2 * q));
            row[i] = greater((greatest){LEFT(a, b), place}, (greatest){RIGHT(a, b), place + 1});
        }
        greatest best = greater(row[0], row[1]);
        memcpy(index + q, &best.index, sizeof best.index);
        memcpy(values + q, &best.value, sizeof best.value);
    }
}

static void put_one(float value, int32_t place, int64_t width, float *out)
{
    for (int64_t i = 0; i < 4; i++) {
        int64_t here = (i >> 1) * width + (i & 1);
        out[here] = place == here ? 0 + value : 0;
    }
}

static void put_row(const float *values, const int32_t *index, int32_t at, int64_t n, int64_t width,
                    float *out)
{
    for (int64_t q = 0; n < LANES && q < n; q++)
        put_one(values[q], index[q] - at - (int32_t)(2 * q), width, out + 2 * q);
    for (int64_t q = 0; n >= LANES && q < n; q += LANES) {
        q = q + LANES <= n ? q : n - LANES;
        vec value = load(values + q) + (vec){0};
        ints place;
        memcpy(&place, index + q, sizeof place);
        place -= by_twos() + (at + (int32_t)(2 * q));
        for (int i = 0; i < 2; i++, place -= (int32_t)width) {
            vec a = (vec)((ints)value & (place == 0)), b = (vec)((ints)value & (place == 1));
            vec low = LOW(a, b), high = HIGH(a, b);
            float *to = out + i * width + 2 * q;
            memcpy(to, &low, sizeof low);
            memcpy(to + LANES, &high, sizeof high);
        }
    }
}

static void greatest_rows(const float *x, int64_t width, int32_t at, int64_t rows, int64_t n,
                          int32_t *index, float *values)
{
    for (int64_t r = 0; r < rows; r++, x += 2 * width, at += (int32_t)(2 * width))
        greatest_row(x, width, at, n, index + r * n, values + r * n);
}

static void put_rows(const float *values, const int32_t *index, int32_t at, int64_t rows, int64_t n,
                     int64_t width, float *out)
{
    for (int64_t r = 0; r < rows; r++, out += 2 * width, at += (int32_t)(2 * width))
        put_row(values + r * n, index + r * n, at, n, width, out);
}

const pairs_class PAIRS_NAME = {PAIRS_TEXT, greatest_rows, put_rows};
