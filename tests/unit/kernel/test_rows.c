/* Row operations against double loops; every instruction set gives the reference's bits where
 * no exponential is involved, and the other sets' where one is. */
#include "kernel/rows_impl.h"

#include "base/rng.h"
#include "unit/fixture.h"

#include <float.h>

static const rows_class *sets[4];
static int n_sets;

static void find_sets(void)
{
    sets[n_sets++] = &rows_baseline;
#if STINT_SIMD_X86
    if (__builtin_cpu_supports("avx2"))
        sets[n_sets++] = &rows_avx2;
    if (__builtin_cpu_supports("avx512f"))
        sets[n_sets++] = &rows_avx512;
#endif
}

enum { MOST = 3000 };

static const int64_t lengths[] = {1,  2,  3,   7,   8,   9,   15,  16,  17,  31,  33,   63,  64,
                                  65, 79, 127, 128, 129, 255, 256, 257, 300, 511, 1000, 2999};
#define LENGTHS ((int)(sizeof lengths / sizeof *lengths))

static void numbers(int64_t n, uint64_t stream, double size, float *x, double *y)
{
    for (int64_t i = 0; i < n; i++) {
        x[i] = (float)(rng_normal((rng){7, stream}, (uint64_t)i) * size);
        y[i] = (double)x[i];
    }
}

static const void *at(element_domain d, const float *x, const double *y)
{
    return d == ELEMENT_F32 ? (const void *)x : (const void *)y;
}

static double value(element_domain d, const void *x, int64_t i)
{
    return d == ELEMENT_F32 ? (double)((const float *)x)[i] : ((const double *)x)[i];
}

/* the relative error that the domain may have, in units of its last place */
static double units(element_domain d, double n)
{
    return n * (d == ELEMENT_F32 ? 0x1p-24 : 0x1p-53);
}

/* What each operation is, of y [n], into want [n]. */
static void naive(row_op op, int64_t n, const double *y, int64_t label, double eps, double *want)
{
    double top = -INFINITY, sum = 0, mean = 0, variance = 0;
    int64_t most = 0, least = 0;
    for (int64_t i = 0; i < n; i++) {
        top = y[i] > top ? y[i] : top;
        most = y[i] > y[most] ? i : most;
        least = y[i] < y[least] ? i : least;
        mean += y[i] / (double)n;
    }
    for (int64_t i = 0; i < n; i++) {
        sum += exp(y[i] - top);
        variance += (y[i] - mean) * (y[i] - mean) / (double)n;
    }
    for (int64_t i = 0; i < n; i++)
        want[i] = op == ROW_SOFTMAX       ? exp(y[i] - top) / sum
                  : op == ROW_LOG_SOFTMAX ? y[i] - top - log(sum)
                                          : (y[i] - mean) / sqrt(variance + eps);
    if (op == ROW_LOG_SUM_EXP)
        want[0] = top + log(sum);
    if (op == ROW_CROSS_ENTROPY)
        want[0] = label < 0 || label >= n ? NAN : top + log(sum) - y[label];
    if (op == ROW_ARGMAX || op == ROW_ARGMIN)
        want[0] = (double)(op == ROW_ARGMAX ? most : least);
}

static void operations_are_what_they_say(void **state)
{
    (void)state;
    static float x[MOST], out[MOST];
    static double y[MOST], want[MOST], out64[MOST];
    for (int op = 0; op < ROW_OPS; op++)
        for (int l = 0; l < LENGTHS; l++)
            for (int d = 0; d < 2; d++)
                for (int size = 0; size < 3; size++) {
                    static const double sizes[] = {1, 30, 1e-3};
                    int64_t n = lengths[l], label = n * 2 / 3;
                    numbers(n, (uint64_t)(op * 100 + size), sizes[size], x, y);
                    naive((row_op)op, n, y, label, 1e-5, want);
                    void *o = d == ELEMENT_F32 ? (void *)out : (void *)out64;
                    row_run((row_op)op, (element_domain)d, n, at((element_domain)d, x, y), label,
                            1e-5, o);
                    if (op == ROW_ARGMAX || op == ROW_ARGMIN) {
                        assert_int_equal(*(int64_t *)o, (int64_t)want[0]);
                        continue;
                    }
                    for (int64_t i = 0; i < (row_is_single((row_op)op) ? 1 : n); i++) {
                        double got = value((element_domain)d, o, i);
                        /* e^(x - top) has the rounding of x - top, times that */
                        double scale =
                            op == ROW_SOFTMAX
                                ? want[i] * (1 + fabs(log(want[i] + 1e-300)) / 24)
                                : fabs(want[i]) + (op == ROW_NORMALISE ? 1 : sizes[size]);
                        if (!(fabs(got - want[i]) <= units((element_domain)d, 24) * scale + 1e-37))
                            fail_msg("%s of %d, domain %d: [%d] %.9g is not %.9g", row_op_text[op],
                                     (int)n, d, (int)i, got, want[i]);
                    }
                }
}

/* Whole, in place, and in blocks. */
static void blocks_give_the_same_bits(void **state)
{
    (void)state;
    static float x[MOST], whole[MOST], part[MOST];
    static double y[MOST];
    for (int op = 0; op < ROW_OPS; op++) {
        if (row_is_single((row_op)op))
            continue;
        numbers(MOST, 5, 3, x, y);
        row_run((row_op)op, ELEMENT_F32, MOST, x, 0, 1e-5, whole);
        row_facts f;
        row_look((row_op)op, ELEMENT_F32, MOST, x, 0, 1e-5, &f);
        for (int64_t b = 0; b < MOST; b += 233) {
            int64_t n = MOST - b < 233 ? MOST - b : 233;
            row_produce((row_op)op, ELEMENT_F32, &f, n, x + b, part + b);
        }
        assert_memory_equal(part, whole, sizeof whole);
        row_run((row_op)op, ELEMENT_F32, MOST, x, 0, 1e-5, x);
        assert_memory_equal(x, whole, sizeof whole);
    }
}

static float run_one(row_op op, int64_t n, const float *x, int64_t label)
{
    static float out[MOST];
    row_run(op, ELEMENT_F32, n, x, label, 0, out);
    return out[0];
}

static void what_is_not_finite(void **state)
{
    (void)state;
    static float x[MOST];
    const float inf = (float)INFINITY;
    for (int l = 0; l < LENGTHS; l++) {
        int64_t n = lengths[l];
        for (int64_t i = 0; i < n; i++)
            x[i] = -inf;
        assert_true(isnan(run_one(ROW_SOFTMAX, n, x, 0)));
        assert_true(isnan(run_one(ROW_LOG_SOFTMAX, n, x, 0)));
        assert_true(run_one(ROW_LOG_SUM_EXP, n, x, 0) == -inf);
        for (int64_t i = 0; i < n; i++)
            x[i] = (float)i * 1e-3f;
        assert_true(isnan(run_one(ROW_CROSS_ENTROPY, n, x, n)));
        assert_true(isnan(run_one(ROW_CROSS_ENTROPY, n, x, -1)));
        assert_false(isnan(run_one(ROW_CROSS_ENTROPY, n, x, n - 1)));
        for (int64_t where = 0; where < n; where += n / 3 + 1) {
            float keep = x[where], most, least;
            int64_t index;
            x[where] = -inf;
            assert_true(where > 0 || run_one(ROW_SOFTMAX, n, x, 0) == 0 || n == 1);
            x[where] = NAN;
            assert_true(isnan(run_one(ROW_SOFTMAX, n, x, 0)));
            assert_true(isnan(run_one(ROW_LOG_SUM_EXP, n, x, 0)));
            assert_true(isnan(run_one(ROW_NORMALISE, n, x, 0)));
            row_max(ELEMENT_F32, n, x, &most);
            row_min(ELEMENT_F32, n, x, &least);
            assert_true(isnan(most) && isnan(least));
            row_run(ROW_ARGMAX, ELEMENT_F32, n, x, 0, 0, &index);
            assert_int_equal(index, where);
            row_run(ROW_ARGMIN, ELEMENT_F32, n, x, 0, 0, &index);
            assert_int_equal(index, where);
            x[where] = inf;
            assert_true(run_one(ROW_LOG_SUM_EXP, n, x, 0) == inf);
            assert_true(isnan(run_one(ROW_SOFTMAX, n, x, 0)) || n == 1 || where > 0);
            row_max(ELEMENT_F32, n, x, &most);
            assert_true(most == inf);
            x[where] = keep;
        }
    }
}

static void the_first_of_equals(void **state)
{
    (void)state;
    static float x[MOST];
    for (int64_t i = 0; i < MOST; i++)
        x[i] = i == 700 || i == 71 || i == 2000 ? 2 : i == 65 || i == 1999 ? -2 : 0;
    int64_t most, least;
    row_run(ROW_ARGMAX, ELEMENT_F32, MOST, x, 0, 0, &most);
    row_run(ROW_ARGMIN, ELEMENT_F32, MOST, x, 0, 0, &least);
    assert_int_equal(most, 71);
    assert_int_equal(least, 65);
}

static void constant_rows_normalise_to_zeros(void **state)
{
    (void)state;
    static float x[MOST], out[MOST];
    for (int64_t i = 0; i < MOST; i++)
        x[i] = 1234.567f;
    row_run(ROW_NORMALISE, ELEMENT_F32, MOST, x, 0, 1e-5, out);
    for (int64_t i = 0; i < MOST; i++)
        assert_true(out[i] == 0);
}

/* Sums have the reference's bits, on every set. */
static void passes_have_the_same_bits(void **state)
{
    (void)state;
    static float x[MOST], want[MOST], got[MOST];
    static double y[MOST];
    numbers(MOST, 11, 1, x, y);
    for (int64_t i = 0; i < MOST; i += 3)
        x[i] *= 1e4f;
    for (int l = 0; l < LENGTHS; l++)
        for (int k = 0; k < n_sets; k++) {
            int64_t n = lengths[l];
            const rows_class *s = sets[k], *ref = &rows_ref_f32;
            double a[2], b[2];
            row_facts f = {.centre = 0.3, .shift = 1e-3, .scale = 1.7};
            assert_true(s->sum(n, x) == ref->sum(n, x));
            assert_true(s->most(n, x) == ref->most(n, x));
            assert_true(s->least(n, x) == ref->least(n, x));
            assert_int_equal(s->find(n, x, (double)x[n - 1]), n - 1);
            for (int64_t i = 0; i < n; i++)
                got[i] = x[i] * x[i];
            assert_true(row_sum_squares(ELEMENT_F32, n, x) == ref->sum(n, got));
            s->moments(n, x, 0.25, a), ref->moments(n, x, 0.25, b);
            assert_memory_equal(a, b, sizeof a);
            got[n < MOST ? n : 0] = 77;
            s->affine(n, x, &f, got), ref->affine(n, x, &f, want);
            assert_memory_equal(got, want, (size_t)n * sizeof *got);
            assert_true(got[n] == 77);
        }
}

/* The exponential over all its range; sums of it with the bits of the first set. */
static void exponentials(void **state)
{
    (void)state;
    enum { STEPS = 200000 };
    static float x[MOST], got[MOST], first[MOST];
    for (int k = 0; k < n_sets; k++)
        for (int64_t from = 0; from < STEPS; from += MOST) {
            for (int64_t i = 0; i < MOST; i++)
                x[i] = -(float)(from + i) * (110.0f / STEPS);
            sets[k]->exp(MOST, x, 0, 1, got);
            for (int64_t i = 0; i < MOST; i++) {
                double want = exp((double)x[i]);
                if (!(fabs((double)got[i] - want) <= 4 * 0x1p-24 * want + 0x1p-149))
                    fail_msg("%s: e^%.9g is not %.9g", sets[k]->name, (double)x[i], (double)got[i]);
            }
        }
    for (int l = 0; l < LENGTHS; l++) {
        int64_t n = lengths[l];
        double sum = 0;
        for (int64_t i = 0; i < n; i++)
            x[i] = -(float)(i % 37) * 0.31f;
        for (int k = 0; k < n_sets; k++) {
            double s = sets[k]->exp_sum(n, x, 0.5, got);
            assert_true(s == sets[k]->exp_sum(n, x, 0.5, NULL));
            assert_near(s, rows_ref_f32.exp_sum(n, x, 0.5, NULL), 4e-7);
            assert_true(k == 0 || s == sum);
            assert_true(k == 0 || memcmp(got, first, (size_t)n * sizeof *got) == 0);
            sum = s;
            memcpy(first, got, (size_t)n * sizeof *got);
        }
    }
}

/* Short rows have the bits of the passes that they are made of, on every set. */
static void short_rows_have_the_bits_of_passes(void **state)
{
    (void)state;
    enum { ROWS = 9, STEP = 71 };
    static float x[ROWS * STEP], want[MOST], got[MOST + 1];
    static double y[ROWS * STEP];
    for (int k = 0; k < n_sets; k++)
        for (int64_t n = 1; n <= sets[k]->short_most; n++) {
            const rows_class *s = sets[k];
            double top[ROWS], sum[ROWS];
            numbers(ROWS * STEP, (uint64_t)n, 3, x, y);
            x[2 * STEP + n / 2] = NAN, x[4 * STEP] = -(float)INFINITY, x[6 * STEP + n - 1] = -0.0f;
            got[ROWS * n] = 77;
            s->short_softmax(n, ROWS, x, STEP, got);
            s->short_exp_sums(n, ROWS, x, STEP, top, sum);
            for (int r = 0; r < ROWS; r++) {
                double most = s->most(n, x + r * STEP);
                double total = s->exp_sum(n, x + r * STEP, most, want);
                row_facts f = {.scale = 1 / total};
                s->affine(n, want, &f, want);
                assert_true(isnan(total) ? isnan(sum[r]) : most == top[r] && total == sum[r]);
                for (int64_t i = 0; i < n; i++)
                    assert_true(isnan(total) ? isnan(got[r * n + i])
                                             : memcmp(&want[i], &got[r * n + i], 4) == 0);
            }
            assert_true(got[ROWS * n] == 77);
        }
}

static void many_rows_are_rows_one_by_one(void **state)
{
    (void)state;
    enum { ROWS = 130, STEP = 90 };
    static float x[ROWS * STEP], got[ROWS * STEP], want[STEP];
    static double y[ROWS * STEP], got64[ROWS * STEP], want64[STEP];
    static const int64_t widths[] = {1, 7, 16, 33, 64, 65, 90};
    int64_t label[ROWS];
    numbers(ROWS * STEP, 3, 2, x, y);
    for (int op = 0; op < ROW_OPS; op++)
        for (size_t w = 0; w < sizeof widths / sizeof *widths; w++)
            for (int d = 0; d < 2; d++) {
                bool f32 = d == ELEMENT_F32, index = op == ROW_ARGMAX || op == ROW_ARGMIN;
                int64_t n = widths[w], each = row_is_single((row_op)op) ? 1 : n;
                size_t bytes = (size_t)each * (f32 && !index ? 4 : 8);
                char *out = f32 ? (char *)got : (char *)got64;
                void *one = f32 && !index ? (void *)want : (void *)want64;
                for (int64_t r = 0; r < ROWS; r++)
                    label[r] = r % (n + 2) - 1;
                row_many m = {(row_op)op, (element_domain)d,           n,     ROWS,
                              STEP,       f32 ? (void *)x : (void *)y, label, 1e-5};
                row_run_many(&m, out);
                for (int64_t r = 0; r < ROWS; r++) {
                    row_run((row_op)op, (element_domain)d, n,
                            f32 ? (void *)(x + r * STEP) : (void *)(y + r * STEP), label[r], 1e-5,
                            one);
                    assert_memory_equal(out + (size_t)r * bytes, one, bytes);
                }
            }
}

static void long_sums_are_near(void **state)
{
    (void)state;
    enum { N = 1000003 };
    float *x = malloc(N * sizeof *x);
    double exact = 0;
    for (int64_t i = 0; i < N; i++) {
        x[i] = (float)rng_uniform((rng){3, 1}, (uint64_t)i);
        exact += (double)x[i];
    }
    for (int k = 0; k < n_sets; k++)
        assert_near(sets[k]->sum(N, x), exact, 2 * 0x1p-24);
    free(x);
    static int64_t whole[5] = {INT64_MAX, 3, -7, INT64_MIN, 1};
    int64_t best;
    assert_int_equal(row_sum_i64(5, whole), -4);
    row_max(ELEMENT_I64, 5, whole, &best);
    assert_true(best == INT64_MAX);
    row_min(ELEMENT_I64, 5, whole, &best);
    assert_true(best == INT64_MIN);
}

static void rows_fold_into_one(void **state)
{
    (void)state;
    enum { WIDE = 70 };
    static float x[ROW_FOLD][WIDE];
    static double y[ROW_FOLD][WIDE];
    const void *at32[ROW_FOLD], *at64[ROW_FOLD];
    for (int r = 0; r < ROW_FOLD; r++) {
        numbers(WIDE, 20 + (uint64_t)r, 1, x[r], y[r]);
        at32[r] = x[r], at64[r] = y[r];
    }
    x[3][5] = NAN, y[3][5] = NAN;
    for (int rows = 0; rows <= ROW_FOLD; rows++)
        for (int64_t n = 0; n < WIDE; n++)
            for (int which = 0; which < 3; which++) {
                static const element_op ops[] = {ELEMENT_ADD, ELEMENT_MAX, ELEMENT_MIN};
                double want[WIDE], got[WIDE], wide[WIDE];
                for (int64_t i = 0; i < WIDE; i++)
                    want[i] = got[i] = wide[i] = (double)i * 0.01;
                if (rows > 0)
                    rows_ref_f32.fold[which](n, rows, at32, want);
                for (int k = 0; rows > 0 && k < n_sets; k++) {
                    double out[WIDE];
                    memcpy(out, got, sizeof out);
                    sets[k]->fold[which](n, rows, at32, out);
                    assert_memory_equal(out, want, sizeof out);
                }
                row_fold(ops[which], ELEMENT_F32, n, rows, at32, got);
                assert_memory_equal(got, want, sizeof got);
                row_fold(ops[which], ELEMENT_F64, n, rows, at64, wide);
                for (int64_t i = 0; i < n; i++) {
                    double naive_ = (double)i * 0.01;
                    for (int r = 0; r < rows; r++)
                        naive_ = which == 0                               ? naive_ + y[r][i]
                                 : y[r][i] != y[r][i] || naive_ != naive_ ? NAN
                                 : which == 1                             ? fmax(naive_, y[r][i])
                                                                          : fmin(naive_, y[r][i]);
                    assert_true(isnan(naive_) ? isnan(wide[i]) : fabs(wide[i] - naive_) < 1e-14);
                }
            }
}

/* Even rows have the bits of folds of ROW_FOLD rows each, on every set. */
static void even_rows_fold_as_rows(void **state)
{
    (void)state;
    enum { WIDE = 70, ROWS = 21 };
    static float x[ROWS][WIDE + 3];
    static double y[ROWS][WIDE + 3];
    static const element_op ops[] = {ELEMENT_ADD, ELEMENT_MAX, ELEMENT_MIN};
    for (int r = 0; r < ROWS; r++)
        numbers(WIDE + 3, 40 + (uint64_t)r, 1, x[r], y[r]);
    x[3][5] = NAN;
    for (int64_t rows = 1; rows <= ROWS; rows++)
        for (int64_t n = 1; n <= WIDE; n += n < 20 ? 1 : 9)
            for (int which = 0; which < 3; which++) {
                double want[WIDE], got[WIDE];
                for (int64_t i = 0; i < WIDE; i++)
                    want[i] = (double)i * 0.01;
                for (int k = -1; k < n_sets; k++) {
                    for (int64_t i = 0; i < WIDE; i++)
                        got[i] = (double)i * 0.01;
                    if (k < 0)
                        row_fold_even(ops[which], ELEMENT_F32, n, rows, x, WIDE + 3, got);
                    else
                        sets[k]->fold_even[which](n, rows, x, WIDE + 3, got);
                    for (int64_t r = 0; k < 0 && r < rows; r += ROW_FOLD) {
                        const void *at[ROW_FOLD];
                        int some = rows - r < ROW_FOLD ? (int)(rows - r) : ROW_FOLD;
                        for (int j = 0; j < some; j++)
                            at[j] = x[r + j];
                        rows_ref_f32.fold[which](n, some, at, want);
                    }
                    assert_memory_equal(got, want, sizeof got);
                }
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(operations_are_what_they_say),
        cmocka_unit_test(blocks_give_the_same_bits),
        cmocka_unit_test(what_is_not_finite),
        cmocka_unit_test(the_first_of_equals),
        cmocka_unit_test(constant_rows_normalise_to_zeros),
        cmocka_unit_test(passes_have_the_same_bits),
        cmocka_unit_test(exponentials),
        cmocka_unit_test(short_rows_have_the_bits_of_passes),
        cmocka_unit_test(many_rows_are_rows_one_by_one),
        cmocka_unit_test(long_sums_are_near),
        cmocka_unit_test(rows_fold_into_one),
        cmocka_unit_test(even_rows_fold_as_rows),
    };
    find_sets();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
