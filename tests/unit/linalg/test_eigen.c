/* Symmetric eigen-decomposition: it reconstructs, it is orthonormal, signs are fixed. */
#include "linalg/eigen.h"

#include "base/rng.h"
#include "unit/fixture.h"

static double *symmetric(int n)
{
    double *a = malloc((size_t)n * (size_t)n * 8);
    for (int i = 0; i < n; i++)
        for (int j = i; j < n; j++)
            a[i * n + j] = a[j * n + i] = rng_normal((rng){3, (uint64_t)n}, (uint64_t)(i * n + j));
    return a;
}

static void one(void **state)
{
    fixture *t = *state;
    double a[] = {-4}, values[1];
    assert_int_equal(eigen_symmetric(t->ctx, 1, a, values), STINT_OK);
    assert_near(values[0], -4, 1e-15);
    assert_near(a[0], 1, 1e-15);
}

static void two_by_hand(void **state)
{
    fixture *t = *state;
    double a[] = {2, 1, 777, 2}, values[2], r = sqrt(0.5); /* only the upper triangle is read */
    assert_int_equal(eigen_symmetric(t->ctx, 2, a, values), STINT_OK);
    assert_near(values[0], 1, 1e-15);
    assert_near(values[1], 3, 1e-15);
    assert_near(fabs(a[0]), r, 1e-15);
    assert_near(a[0] + a[1] + 1, 1, 1e-15); /* opposite, and the larger entry positive */
    assert_near(a[2], r, 1e-15);
    assert_near(a[3], r, 1e-15);
}

static void reconstruction(void **state)
{
    fixture *t = *state;
    static const int sizes[] = {2, 3, 5, 16, 31, 64, 101};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        int n = sizes[s];
        double *a = symmetric(n), *v = symmetric(n), *values = malloc((size_t)n * 8);
        assert_int_equal(eigen_symmetric(t->ctx, n, v, values), STINT_OK);
        double worst = 0, skew = 0;
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++) {
                double sum = 0, dot = 0;
                for (int k = 0; k < n; k++) {
                    sum += values[k] * v[k * n + i] * v[k * n + j];
                    dot += v[i * n + k] * v[j * n + k];
                }
                worst = fmax(worst, fabs(sum - a[i * n + j]));
                skew = fmax(skew, fabs(dot - (i == j)));
            }
        assert_true(worst < 1e-12 * n);
        assert_true(skew < 1e-13 * n);
        for (int k = 0; k < n; k++) {
            int top = 0;
            for (int i = 1; i < n; i++)
                top = fabs(v[k * n + i]) > fabs(v[k * n + top]) ? i : top;
            assert_true(v[k * n + top] > 0);
            assert_true(k == 0 || values[k - 1] <= values[k]);
        }
        free(a), free(v), free(values);
    }
}

static void the_same_bits_again(void **state)
{
    fixture *t = *state;
    enum { N = 40 };
    double *a = symmetric(N), *b = symmetric(N), values[2][N];
    assert_int_equal(eigen_symmetric(t->ctx, N, a, values[0]), STINT_OK);
    assert_int_equal(eigen_symmetric(t->ctx, N, b, values[1]), STINT_OK);
    assert_memory_equal(a, b, N * N * 8);
    assert_memory_equal(values[0], values[1], sizeof values[0]);
    free(a), free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(one),
        FIXTURE_TEST(two_by_hand),
        FIXTURE_TEST(reconstruction),
        FIXTURE_TEST(the_same_bits_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
