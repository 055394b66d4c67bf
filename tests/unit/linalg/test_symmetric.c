/* Our own dense eigen-decomposition: it reconstructs, it is orthonormal, ordered, signs fixed. */
#include "linalg/symmetric.h"

#include "base/rng.h"
#include "unit/fixture.h"

static double entry(int kind, int64_t i, int64_t j, int64_t n)
{
    double noise = rng_normal((rng){3, (uint64_t)kind}, (uint64_t)(i * n + j));
    switch (kind) {
    case 0: return noise;
    case 1: return i == j;                       /* all values equal */
    case 2: return i == j ? (double)(i % 3) : 0; /* diagonal, values that repeat */
    case 3: return 1;                            /* of rank one */
    case 4: return i == j ? 2 : j == i + 1 || i == j + 1 ? -1 : 0; /* tridiagonal */
    case 5: return 1e150 * noise;
    case 6: return 1e-150 * noise;
    default: return i / 4 == j / 4 ? noise : 0; /* blocks */
    }
}

enum { KINDS = 8 };

static void check(int kind, int64_t n)
{
    double *a = malloc((size_t)(n * n) * 8), *v = malloc((size_t)(n * n) * 8);
    double *values = malloc((size_t)n * 8), *work = malloc((size_t)(3 * n) * 8), size = 0;
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = i; j < n; j++) {
            a[i * n + j] = a[j * n + i] = v[i * n + j] = entry(kind, i, j, n);
            v[j * n + i] = i == j ? v[i * n + j] : NAN; /* only the upper triangle is read */
            size = fmax(size, fabs(a[i * n + j]));
        }
    assert_true(symmetric_eigen(n, v, values, work));
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < n; j++) {
            double sum = 0, dot = 0;
            for (int64_t k = 0; k < n; k++) {
                sum += values[k] * v[k * n + i] * v[k * n + j];
                dot += v[i * n + k] * v[j * n + k];
            }
            assert_true(fabs(sum - a[i * n + j]) <= 1e-13 * (double)n * size);
            assert_true(fabs(dot - (i == j)) < 1e-13 * (double)n);
        }
    for (int64_t k = 0; k < n; k++) {
        double most = 0;
        for (int64_t i = 0; i < n; i++)
            most = fabs(v[k * n + i]) > fabs(most) ? v[k * n + i] : most;
        assert_true(most > 0);
        assert_true(k == 0 || values[k - 1] <= values[k]);
    }
    free(a);
    free(v);
    free(values);
    free(work);
}

static void reconstruction(void **state)
{
    static const int64_t sizes[] = {1, 2, 3, 4, 5, 16, 31, 64, 101};
    (void)state;
    for (int kind = 0; kind < KINDS; kind++)
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
            check(kind, sizes[s]);
}

/* 2 - 2 cos(kπ/(n+1)) */
static void known_values(void **state)
{
    enum { N = 50 };
    double a[N * N], values[N], work[3 * N], pi = acos(-1);
    (void)state;
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            a[i * N + j] = entry(4, i, j, N);
    assert_true(symmetric_eigen(N, a, values, work));
    for (int k = 0; k < N; k++)
        assert_true(fabs(values[k] - (2 - 2 * cos((k + 1) * pi / (N + 1)))) < 1e-14);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reconstruction),
        cmocka_unit_test(known_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
