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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gram_has_the_same_bits),
        cmocka_unit_test(gram_is_the_sum_of_products),
        cmocka_unit_test(axpy_has_the_same_bits),
        cmocka_unit_test(the_environment_asks_for_less),
    };
    find_rows();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
