/* Rows folded into one, whose values are doubles; part of rows.inc.h. */

/* FLOAT_LANES values a lane, as doubles. */
typedef double wide __attribute__((vector_size(4 * FLOAT_LANES)));
typedef struct folded {
    wide half[2];
} folded;

INLINE wide widened(f32s v, int half)
{
#if STINT_SIMD_X86 && FLOAT_LANES == 16
    __m512d bits = (__m512d)v;
    return (wide)_mm512_cvtps_pd(
        (__m256)(half ? _mm512_extractf64x4_pd(bits, 1) : _mm512_castpd512_pd256(bits)));
#elif STINT_SIMD_X86 && FLOAT_LANES == 8
    return (wide)_mm256_cvtps_pd(half ? _mm256_extractf128_ps((__m256)v, 1)
                                      : _mm256_castps256_ps128((__m256)v));
#else
    typedef float narrow __attribute__((vector_size(2 * FLOAT_LANES)));
    narrow h[2];
    memcpy(h, &v, sizeof h);
    return __builtin_convertvector(h[half], wide);
#endif
}

/* `combine` 0, 1, 2: add, most, least */
INLINE void fold_into(int combine, folded *acc, f32s v)
{
    typedef int64_t wide_mask __attribute__((vector_size(4 * FLOAT_LANES)));
    UNROLL
    for (int k = 0; k < 2; k++) {
        wide w = widened(v, k), a = acc->half[k];
        wide_mask m = combine == 1 ? (w > a) | (w != w) : (w < a) | (w != w);
        acc->half[k] = combine == 0 ? a + w : (wide)(((wide_mask)w & m) | ((wide_mask)a & ~m));
    }
}

INLINE f32s pair(int combine, f32s a, f32s b)
{
    return combine == 0 ? (f32s)(a + b) : better(combine == 1, a, b);
}

/* ROW_FOLD registers as a tree. */
INLINE f32s fold_tree(int combine, f32s *v)
{
    UNROLL
    for (int r = 0; r < ROW_FOLD; r += 2)
        v[r] = pair(combine, v[r], v[r + 1]);
    return pair(combine, pair(combine, v[0], v[2]), pair(combine, v[4], v[6]));
}

/* One register's columns of all rows; `part` of a register when n < FLOAT_LANES. */
INLINE f32s fold_column(int combine, int rows, const float *const *x, int64_t i, int64_t n)
{
    f32s v[ROW_FOLD], none = {0};
    if (rows < ROW_FOLD) {
        f32s s = load_upto(x[0] + i, n, none);
        for (int r = 1; r < rows; r++)
            s = pair(combine, s, load_upto(x[r] + i, n, none));
        return s;
    }
    UNROLL
    for (int r = 0; r < ROW_FOLD; r++)
        v[r] = load_upto(x[r] + i, n, none);
    return fold_tree(combine, v);
}

/* Columns of one register, n of them wanted, over even rows: the sums stay in registers. */
INLINE void fold_down(int combine, int64_t rows, const float *x, int64_t step, int64_t n,
                      folded *acc)
{
    f32s none = {0};
    for (; rows >= ROW_FOLD; rows -= ROW_FOLD, x += ROW_FOLD * step) {
        f32s v[ROW_FOLD];
        UNROLL
        for (int r = 0; r < ROW_FOLD; r++)
            v[r] = load_upto(x + r * step, n, none);
        fold_into(combine, acc, fold_tree(combine, v));
    }
    if (rows == 0)
        return;
    f32s s = load_upto(x, n, none);
    for (int64_t r = 1; r < rows; r++)
        s = pair(combine, s, load_upto(x + r * step, n, none));
    fold_into(combine, acc, s);
}

/* One register's columns into acc [n]: of x's rows, or of even rows when x is NULL. */
INLINE void fold_some(int combine, int64_t n, int64_t rows, const float *const *x, int64_t i,
                      const float *even, int64_t step, double *acc)
{
    folded f = {0};
    size_t bytes = n < FLOAT_LANES ? (size_t)n * sizeof *acc : sizeof f;
    memcpy(&f, acc, bytes);
    if (x)
        fold_into(combine, &f, fold_column(combine, (int)rows, x, i, n));
    else
        fold_down(combine, rows, even + i, step, n, &f);
    memcpy(acc, &f, bytes);
}

INLINE void fold(int combine, int64_t n, int64_t rows, const float *const *x, const float *even,
                 int64_t step, double *acc)
{
    int64_t i = 0;
    for (; i + FLOAT_LANES <= n; i += FLOAT_LANES)
        fold_some(combine, FLOAT_LANES, rows, x, i, even, step, acc + i);
    if (i < n)
        fold_some(combine, n - i, rows, x, i, even, step, acc + i);
}

#define FOLDS(name, combine)                                                                       \
    static void simd_fold_##name(int64_t n, int rows, const void *const *x, double *acc)           \
    {                                                                                              \
        fold(combine, n, rows, (const float *const *)x, NULL, 0, acc);                             \
    }                                                                                              \
    static void simd_fold_even_##name(int64_t n, int64_t rows, const void *x, int64_t step,        \
                                      double *acc)                                                 \
    {                                                                                              \
        fold(combine, n, rows, NULL, x, step, acc);                                                \
    }
FOLDS(add, 0)
FOLDS(most, 1)
FOLDS(least, 2)
#undef FOLDS
