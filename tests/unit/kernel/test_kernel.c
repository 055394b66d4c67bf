/* Every row of the kernel table gives the bits of the reference; the reference is right. */
#include "kernel/kernel.h"

#include "base/rng.h"
#include "unit/fixture.h"

static const kernel_class *rows_[4];
static int n_rows;

static void find_rows(void)
{
    rows_[n_rows++] = &kernel_baseline;
    if (__builtin_cpu_supports("avx2"))
        rows_[n_rows++] = &kernel_avx2;
    if (__builtin_cpu_supports("avx512f"))
        rows_[n_rows++] = &kernel_avx512;
}

/* Values whose sums round at every step, so that another order of adding shows. */
static double *numbers(int64_t n, uint64_t stream)
{
    double *x = aligned_alloc(64, (size_t)kernel_pad(n > 0 ? n : 1) * 8);
    for (int64_t i = 0; i < kernel_pad(n > 0 ? n : 1); i++)
        x[i] = rng_normal((rng){7, stream}, (uint64_t)i) * (i % 3 ? 1 : 1e8);
    return x;
}

static bool upper_equal(const double *a, const double *b, int64_t ld)
{
    for (int64_t i = 0; i < ld; i++)
        if (memcmp(a + i * ld + i, b + i * ld + i, (size_t)(ld - i) * 8) != 0)
            return false;
    return true;
}

static void gram_has_the_same_bits(void **state)
{
    (void)state;
    static const int64_t sizes[] = {0, 1, 2, 3, 5, 7, 8, 15, 16, 17, 100, 127, 128, 129, 255};
    for (int64_t ld = 8; ld <= 72; ld += 8)
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
            double *x = numbers(sizes[s] * ld, 1), *start = numbers(ld * ld, 2);
            double *want = numbers(ld * ld, 2);
            rows_[0]->gram(x, sizes[s], ld, want);
            for (int k = 1; k < n_rows; k++) {
                double *out = numbers(ld * ld, 2);
                rows_[k]->gram(x, sizes[s], ld, out);
                if (!upper_equal(out, want, ld))
                    fail_msg("%s differs: %d rows of %d", rows_[k]->name, (int)sizes[s], (int)ld);
                free(out);
            }
            if (sizes[s] == 0)
                assert_true(upper_equal(want, start, ld));
            free(x), free(start), free(want);
        }
}

static void gram_is_the_sum_of_products(void **state)
{
    (void)state;
    enum { ROWS = 37, LD = 16 };
    double *x = numbers(ROWS * LD, 3);
    for (int k = 0; k < n_rows; k++) {
        double *out = numbers(LD * LD, 4), *before = numbers(LD * LD, 4);
        rows_[k]->gram(x, ROWS, LD, out);
        for (int i = 0; i < LD; i++)
            for (int j = i; j < LD; j++) {
                double sum = 0;
                for (int r = 0; r < ROWS; r++)
                    sum += x[r * LD + i] * x[r * LD + j];
                assert_true(out[i * LD + j] == before[i * LD + j] + sum);
            }
        free(out), free(before);
    }
    free(x);
}

static void axpy_has_the_same_bits(void **state)
{
    (void)state;
    for (int64_t n = 0; n < 130; n++) {
        double *x = numbers(n + 1, 5), *want = numbers(n + 1, 6);
        for (int64_t i = 0; i < n; i++)
            want[i] += 0.3 * x[i];
        for (int k = 0; k < n_rows; k++) {
            double *y = numbers(n + 1, 6);
            rows_[k]->axpy(0.3, x, n, y);
            assert_memory_equal(y, want, (size_t)(n + 1) * 8); /* the one behind is untouched */
            free(y);
        }
        free(x), free(want);
    }
}

typedef struct near_result {
    int64_t panel;
    uint64_t near;
    double out[KERNEL_QUERIES * KERNEL_PANEL]; /* the near distances, else 0 */
} near_result;

static near_result near_of(kernel_near *f, const double *q, const double *x, int64_t d,
                           int64_t panels, const double *limit)
{
    near_result r = {0};
    r.panel = f(q, x, d, panels, limit, r.out, &r.near);
    for (int i = 0; i < KERNEL_QUERIES * KERNEL_PANEL; i++)
        if (r.panel == panels || !(r.near >> i & 1))
            r.out[i] = 0;
    r.near = r.panel == panels ? 0 : r.near;
    return r;
}

/* Limits that hold nothing back, nearly everything and everything; one of its own a query. */
static void near_has_the_same_bits(void **state)
{
    (void)state;
    enum { PANELS = 9 };
    static const double limits[][KERNEL_QUERIES] = {
        {NAN, NAN, NAN, NAN},          {-INFINITY, -INFINITY, -INFINITY, -INFINITY},
        {1, NAN, -INFINITY, INFINITY}, {1e7, 1e8, 3e8, 1e9},
        {0, 1e16, 3e16, 1e15},         {0, 0, 0, 1e-300},
    };
    for (int64_t d = 1; d < 70; d += d < 20 ? 1 : 7) {
        double *q = numbers(d * KERNEL_QUERIES, 8), *x = numbers(d * KERNEL_PANEL * PANELS, 9);
        for (int squares = 0; squares < 2; squares++)
            for (int i = 0; i < 6; i++)
                for (int64_t from = 0; from <= PANELS; from++) {
                    const double *at = x + from * d * KERNEL_PANEL;
                    near_result want = {0};
                    for (int k = 0; k < n_rows; k++) {
                        near_result got =
                            near_of(squares ? rows_[k]->near_squares : rows_[k]->near_sizes, q, at,
                                    d, PANELS - from, limits[i]);
                        if (k == 0)
                            want = got;
                        else if (memcmp(&got, &want, sizeof got) != 0)
                            fail_msg("%s differs: %d features, limits %d", rows_[k]->name, (int)d,
                                     i);
                    }
                }
        free(q), free(x);
    }
}

static void near_is_the_sum_of_terms(void **state)
{
    (void)state;
    enum { D = 19 };
    static const double limit[KERNEL_QUERIES] = {NAN, NAN, NAN, -INFINITY};
    double *q = numbers(D * KERNEL_QUERIES, 10), *x = numbers(D * KERNEL_PANEL, 11);
    for (int k = 0; k < n_rows; k++) {
        near_result a = near_of(rows_[k]->near_squares, q, x, D, 1, limit);
        near_result b = near_of(rows_[k]->near_sizes, q, x, D, 1, limit);
        assert_true(a.near == 0xffffffffffff && b.near == a.near && a.panel == 0);
        for (int i = 0; i < 3 * KERNEL_PANEL; i++) {
            double squares = 0, sizes = 0;
            for (int j = 0; j < D; j++) {
                double e = q[j * KERNEL_QUERIES + i / KERNEL_PANEL] -
                           x[j * KERNEL_PANEL + i % KERNEL_PANEL];
                squares += e * e;
                sizes += fabs(e);
            }
            assert_true(a.out[i] == squares && b.out[i] == sizes);
        }
    }
    free(q), free(x);
}

static void the_environment_asks_for_less(void **state)
{
    (void)state;
    setenv("STINT_ISA", "baseline", 1);
    assert_ptr_equal(kernel(), &kernel_baseline);
    unsetenv("STINT_ISA");
    assert_ptr_equal(kernel(), rows_[n_rows - 1]);
    assert_int_equal(kernel_pad(0), 0);
    assert_int_equal(kernel_pad(1), KERNEL_LANES);
    assert_int_equal(kernel_pad(KERNEL_LANES), KERNEL_LANES);
}

static void softmax_has_the_same_bits(void **state)
{
    (void)state;
    enum { STRIDE = 48 };
    for (int64_t n = 0; n <= 40; n++)
        for (int64_t classes = 1; classes <= 5; classes += 2) {
            double *want = numbers(classes * STRIDE, 5), *top = numbers(STRIDE, 6);
            double *sum = numbers(STRIDE, 6);
            rows_[0]->softmax(want, classes, STRIDE, n, top, sum);
            for (int k = 1; k < n_rows; k++) {
                double *got = numbers(classes * STRIDE, 5), *top2 = numbers(STRIDE, 6);
                double *sum2 = numbers(STRIDE, 6);
                rows_[k]->softmax(got, classes, STRIDE, n, top2, sum2);
                for (int64_t c = 0; c < classes; c++)
                    assert_memory_equal(got + c * STRIDE, want + c * STRIDE, (size_t)n * 8);
                assert_memory_equal(top2, top, (size_t)n * 8);
                assert_memory_equal(sum2, sum, (size_t)n * 8);
                free(got), free(top2), free(sum2);
            }
            free(want), free(top), free(sum);
        }
}

static void softmax_is_of_exponentials(void **state)
{
    (void)state;
    enum { N = 8 };
    for (double x = 0; x > -800; x = x * 1.01 - 1e-4) {
        double z[2 * N] = {0}, top[N], sum[N];
        for (int i = 0; i < N; i++)
            z[i] = 3, z[N + i] = 3 + x;
        x = z[N] - z[0]; /* as it rounds */
        double e = exp(x < -708 ? -708 : x);
        rows_[0]->softmax(z, 2, N, N, top, sum);
        assert_true(top[1] == 3);
        assert_near(z[N + 1] * sum[1], e, 8e-16);
        assert_near(sum[1], 1 + e, 4e-16);
    }
    double z[3 * N] = {0}, top[N], sum[N];
    z[1] = NAN, z[N + 2] = NAN, z[2 * N + 3] = -INFINITY;
    rows_[0]->softmax(z, 3, N, N, top, sum);
    assert_true(isnan(z[1]) && isnan(z[2]) && isnan(z[N + 2]));
    assert_true(z[2 * N + 3] < 1e-300 && z[3] == 0.5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gram_has_the_same_bits),
        cmocka_unit_test(gram_is_the_sum_of_products),
        cmocka_unit_test(axpy_has_the_same_bits),
        cmocka_unit_test(near_has_the_same_bits),
        cmocka_unit_test(near_is_the_sum_of_terms),
        cmocka_unit_test(softmax_has_the_same_bits),
        cmocka_unit_test(softmax_is_of_exponentials),
        cmocka_unit_test(the_environment_asks_for_less),
    };
    find_rows();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
