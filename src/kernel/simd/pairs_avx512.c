/* Pools by two with masks, so that rows of any length are done whole. */
#include "kernel/pairs.h"

#include <immintrin.h>

enum { LANES = 16 };

/* The first of so many lanes, at most all. */
static inline __mmask16 first_of(int64_t n)
{
    return n < LANES ? (__mmask16)((1u << n) - 1) : (__mmask16)0xffff;
}

static inline __m512i by_twos(int64_t first)
{
    const __m512i two = _mm512_set_epi32(30, 28, 26, 24, 22, 20, 18, 16, 14, 12, 10, 8, 6, 4, 2, 0);
    return _mm512_add_epi32(two, _mm512_set1_epi32((int32_t)first));
}

typedef struct greatest {
    __m512 value;
    __m512i index;
} greatest;

static inline greatest greater(greatest x, greatest y)
{
    __mmask16 take = _mm512_cmp_ps_mask(y.value, x.value, _CMP_NLE_UQ) &
                     _mm512_cmp_ps_mask(x.value, x.value, _CMP_ORD_Q);
    return (greatest){_mm512_mask_mov_ps(x.value, take, y.value),
                      _mm512_mask_mov_epi32(x.index, take, y.index)};
}

/* Lanes of some windows of a row: of what is one for each of them, and of their elements. */
typedef struct lanes {
    __mmask16 windows, near, far;
} lanes;

static inline lanes lanes_of(int64_t windows)
{
    int64_t far = windows > LANES / 2 ? 2 * windows - LANES : 0;
    return (lanes){first_of(windows), first_of(2 * windows), first_of(far)};
}

/* The greater ones of a row of elements, the first of which is number `at`. */
static inline greatest of_row(const float *x, lanes in, __m512i at)
{
    const __m512i left = by_twos(0), right = by_twos(1), one = _mm512_set1_epi32(1);
    __m512 a = _mm512_maskz_loadu_ps(in.near, x), b = _mm512_maskz_loadu_ps(in.far, x + LANES);
    greatest l = {_mm512_permutex2var_ps(a, left, b), at};
    greatest r = {_mm512_permutex2var_ps(a, right, b), _mm512_add_epi32(at, one)};
    return greater(l, r);
}

static void greatest_rows(const float *x, int64_t width, int32_t at, int64_t rows, int64_t n,
                          int32_t *index, float *values)
{
    const __m512i down = _mm512_set1_epi32((int32_t)width);
    for (int64_t q = 0; q < n; q += LANES) {
        lanes in = lanes_of(n - q);
        const float *from = x + 2 * q;
        __m512i place = by_twos(at + 2 * q);
        for (int64_t r = 0; r < rows; r++, from += 2 * width) {
            __m512i below = _mm512_add_epi32(place, down);
            greatest best = greater(of_row(from, in, place), of_row(from + width, in, below));
            _mm512_mask_storeu_epi32(index + r * n + q, in.windows, best.index);
            _mm512_mask_storeu_ps(values + r * n + q, in.windows, best.value);
            place = _mm512_add_epi32(below, down);
        }
    }
}

/* A row of elements of windows, the first of which is number `at`. */
static inline void put_row(__m512 value, __m512i found, lanes in, __m512i at, float *out)
{
    const __m512i low = _mm512_set_epi32(23, 7, 22, 6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
    const __m512i high = _mm512_add_epi32(low, _mm512_set1_epi32(8));
    __mmask16 left = _mm512_cmpeq_epi32_mask(found, at);
    __mmask16 right = _mm512_cmpeq_epi32_mask(found, _mm512_add_epi32(at, _mm512_set1_epi32(1)));
    __m512 a = _mm512_maskz_mov_ps(left, value), b = _mm512_maskz_mov_ps(right, value);
    _mm512_mask_storeu_ps(out, in.near, _mm512_permutex2var_ps(a, low, b));
    _mm512_mask_storeu_ps(out + LANES, in.far, _mm512_permutex2var_ps(a, high, b));
}

static void put_rows(const float *values, const int32_t *index, int32_t at, int64_t rows, int64_t n,
                     int64_t width, float *out)
{
    const __m512i down = _mm512_set1_epi32((int32_t)width);
    for (int64_t q = 0; q < n; q += LANES) {
        lanes in = lanes_of(n - q);
        float *to = out + 2 * q;
        __m512i place = by_twos(at + 2 * q);
        for (int64_t r = 0; r < rows; r++, to += 2 * width) {
            __m512i below = _mm512_add_epi32(place, down);
            __m512i found = _mm512_maskz_loadu_epi32(in.windows, index + r * n + q);
            __m512 value = _mm512_maskz_loadu_ps(in.windows, values + r * n + q);
            value = _mm512_add_ps(value, _mm512_setzero_ps());
            put_row(value, found, in, place, to);
            put_row(value, found, in, below, to + width);
            place = _mm512_add_epi32(below, down);
        }
    }
}

const pairs_class pairs_avx512 = {"avx512", greatest_rows, put_rows};
