/* Rows folded into one, whose values are doubles; part of rows.inc.h. */

/* acc [FLOAT_LANES] and one value a lane; `combine` 0, 1, 2: add, most, least */
INLINE void fold_into(int combine, double *acc, f32s v)
{
    typedef float half __attribute__((vector_size(2 * FLOAT_LANES)));
    typedef double wide __attribute__((vector_size(4 * FLOAT_LANES)));
    typedef int64_t wide_mask __attribute__((vector_size(4 * FLOAT_LANES)));
    half h[2];
    memcpy(h, &v, sizeof h);
    UNROLL
    for (int k = 0; k < 2; k++) {
        wide w = __builtin_convertvector(h[k], wide), a;
        memcpy(&a, acc + k * FLOAT_LANES / 2, sizeof a);
        wide_mask m = combine == 1 ? (w > a) | (w != w) : (w < a) | (w != w);
        a = combine == 0 ? a + w : (wide)(((wide_mask)w & m) | ((wide_mask)a & ~m));
        memcpy(acc + k * FLOAT_LANES / 2, &a, sizeof a);
    }
}

INLINE f32s pair(int combine, f32s a, f32s b)
{
    return combine == 0 ? (f32s)(a + b) : better(combine == 1, a, b);
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
    UNROLL
    for (int r = 0; r < ROW_FOLD; r += 2)
        v[r] = pair(combine, v[r], v[r + 1]);
    return pair(combine, pair(combine, v[0], v[2]), pair(combine, v[4], v[6]));
}

INLINE void fold(int combine, int64_t n, int rows, const void *const *x, double *acc)
{
    const float *const *v = (const float *const *)x;
    int64_t i = 0;
    for (; i + FLOAT_LANES <= n; i += FLOAT_LANES)
        fold_into(combine, acc + i, fold_column(combine, rows, v, i, FLOAT_LANES));
    if (i < n) {
        double part[FLOAT_LANES] = {0};
        memcpy(part, acc + i, (size_t)(n - i) * sizeof *acc);
        fold_into(combine, part, fold_column(combine, rows, v, i, n - i));
        memcpy(acc + i, part, (size_t)(n - i) * sizeof *acc);
    }
}

static void simd_fold_add(int64_t n, int rows, const void *const *x, double *acc)
{
    fold(0, n, rows, x, acc);
}

static void simd_fold_most(int64_t n, int rows, const void *const *x, double *acc)
{
    fold(1, n, rows, x, acc);
}

static void simd_fold_least(int64_t n, int rows, const void *const *x, double *acc)
{
    fold(2, n, rows, x, acc);
}
