/* The passes over an f32 row with its values in lanes, included once per instruction set with
 *   ROWS_NAME, ROWS_TEXT   the row of the table and its name,
 *   FLOAT_LANES            floats in a register.
 *
 * ROW_LANES running values are held in PARTS registers; loops over them are unrolled so that
 * they stay there.  What is left of a row is read into a register filled up with a value that
 * changes nothing. */

#include "kernel/rows_impl.h"

#define VECTOR_BYTES (4 * FLOAT_LANES)
#include "kernel/simd/f32.inc.h"

#include <string.h>

#define PARTS (ROW_LANES / FLOAT_LANES)
#ifdef __clang__
#define UNROLL _Pragma("unroll")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

#include "kernel/simd/rows_lanes.inc.h"

INLINE f32s exp_of(f32s x)
{
    return f32_exp(f32_not_too_small(x));
}

/* The sum of the first register's lanes, in the order of rows_impl.h. */
INLINE double register_sum(const f32s *s)
{
    typedef float four __attribute__((vector_size(16)));
#if FLOAT_LANES == 16
    typedef float eight __attribute__((vector_size(32)));
    eight e = __builtin_shufflevector(s[0], s[0], 0, 1, 2, 3, 4, 5, 6, 7) +
              __builtin_shufflevector(s[0], s[0], 8, 9, 10, 11, 12, 13, 14, 15);
    four q = __builtin_shufflevector(e, e, 0, 1, 2, 3) + __builtin_shufflevector(e, e, 4, 5, 6, 7);
#elif FLOAT_LANES == 8
    four q = __builtin_shufflevector(s[0], s[0], 0, 1, 2, 3) +
             __builtin_shufflevector(s[0], s[0], 4, 5, 6, 7);
#else
    four q = s[0];
#endif
    return ((double)q[0] + (double)q[1]) + ((double)q[2] + (double)q[3]);
}

/* The sum of PARTS registers, of which all from `parts` on are zeros and none holds a -0. */
INLINE double lanes_sum_of(int parts, f32s *s)
{
    UNROLL
    for (int half = PARTS / 2; half >= 1; half /= 2) {
        UNROLL
        for (int p = 0; p < half; p++)
            if (p + half < parts)
                s[p] += s[p + half];
    }
    return register_sum(s);
}

INLINE double lanes_sum(f32s *s)
{
    return lanes_sum_of(PARTS, s);
}

/* The terms of a sum; registers filled up with `neutral` add nothing. */
typedef enum term { TERM_VALUE, TERM_EXP, TERM_MOMENTS } term;

/* Sums of a block: of the terms, and of their squares for TERM_MOMENTS. */
typedef struct block {
    f32s sum[PARTS], squares[PARTS];
} block;

INLINE f32s neutral_of(term t, f32s a)
{
    return t == TERM_VALUE ? fill(0) : t == TERM_EXP ? fill(-__builtin_inff()) : a;
}

INLINE f32s take(term t, block *b, int part, f32s x, f32s a)
{
    f32s d = t == TERM_VALUE ? x : (f32s)(x - a), e = t == TERM_EXP ? exp_of(d) : d;
    b->sum[part] += e;
    if (t == TERM_MOMENTS)
        b->squares[part] += d * d;
    return e;
}

/* n ≤ ELEMENT_BLOCK; the terms to out, unless NULL */
INLINE void block_take(term t, int64_t n, const float *x, f32s a, float *out, block *b)
{
    int64_t i = 0;
    for (; i + ROW_LANES <= n; i += ROW_LANES) {
        UNROLL
        for (int p = 0; p < PARTS; p++) {
            f32s e = take(t, b, p, load(x + i + p * FLOAT_LANES), a);
            if (out)
                store(out + i + p * FLOAT_LANES, e);
        }
    }
    UNROLL
    for (int p = 0; p < PARTS; p++) {
        int64_t at = i + p * FLOAT_LANES;
        if (at < n) {
            f32s e = take(t, b, p, load_upto(x + at, n - at, neutral_of(t, a)), a);
            if (out)
                store_upto(out + at, n - at, e);
        }
    }
}

INLINE void sums_of(term t, int64_t n, const float *x, float a, float *out, double sums[2])
{
    sums[0] = sums[1] = 0;
    for (int64_t at = 0; at < n; at += ELEMENT_BLOCK) {
        int64_t m = n - at < ELEMENT_BLOCK ? n - at : ELEMENT_BLOCK;
        block b = {0};
        block_take(t, m, x + at, fill(a), out ? out + at : NULL, &b);
        sums[0] += lanes_sum(b.sum);
        if (t == TERM_MOMENTS)
            sums[1] += lanes_sum(b.squares);
    }
}

static double simd_sum(int64_t n, const void *x)
{
    double sums[2];
    sums_of(TERM_VALUE, n, x, 0, NULL, sums);
    return sums[0];
}

static double simd_exp_sum(int64_t n, const void *x, double top, void *out)
{
    double sums[2];
    if (out)
        sums_of(TERM_EXP, n, x, (float)top, out, sums);
    else
        sums_of(TERM_EXP, n, x, (float)top, NULL, sums);
    return sums[0];
}

static void simd_moments(int64_t n, const void *x, double centre, double sums[2])
{
    sums_of(TERM_MOMENTS, n, x, (float)centre, NULL, sums);
}

#include "kernel/simd/rows_best.inc.h"
#include "kernel/simd/rows_fold.inc.h"
#include "kernel/simd/rows_short.inc.h"

static void simd_exp(int64_t n, const void *x, double top, double scale, void *out)
{
    const float *v = x;
    float *o = out;
    f32s t = fill((float)top), a = fill((float)scale);
    int64_t i = 0;
    for (; i + FLOAT_LANES <= n; i += FLOAT_LANES)
        store(o + i, exp_of(load(v + i) - t) * a);
    if (i < n)
        store_part(o + i, n - i, exp_of(load_part(v + i, n - i, t) - t) * a);
}

static void simd_affine(int64_t n, const void *x, const row_facts *f, void *out)
{
    const float *v = x;
    float *o = out;
    f32s c = fill((float)f->centre), s = fill((float)f->shift), a = fill((float)f->scale);
    int64_t i = 0;
    for (; i + FLOAT_LANES <= n; i += FLOAT_LANES)
        store(o + i, ((load(v + i) - c) - s) * a);
    if (i < n)
        store_part(o + i, n - i, ((load_part(v + i, n - i, c) - c) - s) * a);
}

const rows_class ROWS_NAME = {
    .name = ROWS_TEXT,
    .sum = simd_sum,
    .most = simd_most,
    .least = simd_least,
    .find = simd_find,
    .moments = simd_moments,
    .exp_sum = simd_exp_sum,
    .exp = simd_exp,
    .affine = simd_affine,
    .short_most = SHORT_PARTS * FLOAT_LANES,
    .short_softmax = simd_short_softmax,
    .short_exp_sums = simd_short_exp_sums,
    .fold = {simd_fold_add, simd_fold_most, simd_fold_least},
    .fold_even = {simd_fold_even_add, simd_fold_even_most, simd_fold_even_least},
};
