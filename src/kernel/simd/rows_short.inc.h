/* Many short rows in one call; part of rows.inc.h.  A row's values stay in registers from the
 * first pass to the last, and the rows' chains of waits overlap. */

enum { SHORT_PARTS = PARTS < 4 ? PARTS : 4 };

/* e = e^(x - top) of a row of `parts` registers, the last of them perhaps in part. */
INLINE double short_terms(int parts, int64_t n, const float *x, f32s *e, float *top)
{
    f32s none = fill(-__builtin_inff()), most, sum[PARTS] = {0};
    UNROLL
    for (int p = 0; p < parts - 1; p++)
        e[p] = load(x + p * FLOAT_LANES);
    e[parts - 1] = load_upto(x + (parts - 1) * FLOAT_LANES, n - (parts - 1) * FLOAT_LANES, none);
    most = e[0];
    UNROLL
    for (int p = 1; p < parts; p++)
        most = better(true, most, e[p]);
    *top = best_across(true, most);
    UNROLL
    for (int p = 0; p < parts; p++)
        sum[p] = e[p] = exp_of(e[p] - fill(*top));
    return lanes_sum_of(parts, sum);
}

INLINE void softmax_rows(int parts, int64_t n, int64_t rows, const float *x, int64_t step,
                         float *out)
{
    for (int64_t r = 0; r < rows; r++, x += step, out += n) {
        f32s e[PARTS];
        float top;
        f32s scale = fill((float)(1 / short_terms(parts, n, x, e, &top)));
        UNROLL
        for (int p = 0; p < parts - 1; p++)
            store(out + p * FLOAT_LANES, e[p] * scale);
        store_upto(out + (parts - 1) * FLOAT_LANES, n - (parts - 1) * FLOAT_LANES,
                   e[parts - 1] * scale);
    }
}

INLINE void exp_sums_rows(int parts, int64_t n, int64_t rows, const float *x, int64_t step,
                          double *top, double *sum)
{
    for (int64_t r = 0; r < rows; r++, x += step) {
        f32s e[PARTS];
        float most;
        sum[r] = short_terms(parts, n, x, e, &most);
        top[r] = (double)most;
    }
}

#define BY_PARTS(call)                                                                             \
    switch ((n + FLOAT_LANES - 1) / FLOAT_LANES) {                                                 \
    case 1: call(1); break;                                                                        \
    case 2: call(2); break;                                                                        \
    case 3: call(3); break;                                                                        \
    default: call(4);                                                                              \
    }

static void simd_short_softmax(int64_t n, int64_t rows, const void *x, int64_t step, void *out)
{
#define CALL(parts) softmax_rows(parts, n, rows, x, step, out)
    BY_PARTS(CALL)
#undef CALL
}

static void simd_short_exp_sums(int64_t n, int64_t rows, const void *x, int64_t step, double *top,
                                double *sum)
{
#define CALL(parts) exp_sums_rows(parts, n, rows, x, step, top, sum)
    BY_PARTS(CALL)
#undef CALL
}
