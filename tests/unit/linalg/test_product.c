/* Products of blocks are the sums they say they are; a Cholesky factor solves. */
#include "linalg/product.h"

#include "base/rng.h"
#include "linalg/openblas.h"
#include "unit/fixture.h"

enum { LD = 64 };

static double *normals(int64_t n, uint64_t stream)
{
    double *x = calloc((size_t)n, 8);
    for (int64_t i = 0; i < n; i++)
        x[i] = rng_normal((rng){21, stream}, (uint64_t)i);
    return x;
}

static void products_are_their_sums(void **state)
{
    fixture *t = *state;
    assert_int_equal(openblas_need(t->ctx), STINT_OK);
    for (int p = 1; p <= 13; p += 4)
        for (int k = 1; k <= 5; k += 2)
            for (int64_t n = 1; n <= LD; n += 21) {
                double *x = normals(p * LD, 1), *w = normals(k * p, 2), *z = normals(k * LD, 3);
                double *g = normals(k * p, 4), *before = normals(k * p, 4);
                product_scores(x, LD, n, p, w, k, z);
                product_gradient(x, LD, n, p, z, k, g);
                for (int a = 0; a < k; a++) {
                    for (int64_t i = 0; i < n; i++) {
                        double sum = 0;
                        for (int j = 0; j < p; j++)
                            sum += w[a * p + j] * x[j * LD + i];
                        assert_true(fabs(z[a * LD + i] - sum) < 1e-13);
                    }
                    for (int j = 0; j < p; j++) {
                        double sum = before[a * p + j];
                        for (int64_t i = 0; i < n; i++)
                            sum += z[a * LD + i] * x[j * LD + i];
                        assert_true(fabs(g[a * p + j] - sum) < 1e-12);
                    }
                }
                free(x), free(w), free(z), free(g), free(before);
            }
}

static void a_gram_matrix_is_added_above_the_diagonal(void **state)
{
    fixture *t = *state;
    enum { P = 7, WIDTH = 20, N = 50 };
    double *x = normals(P * LD, 1), *c = normals(P * WIDTH, 2), *before = normals(P * WIDTH, 2);
    assert_int_equal(openblas_need(t->ctx), STINT_OK);
    product_gram(x, LD, N, P, -1, c, WIDTH);
    for (int i = 0; i < P; i++)
        for (int j = 0; j < WIDTH; j++) {
            double sum = before[i * WIDTH + j];
            for (int r = 0; r < N && j >= i && j < P; r++)
                sum -= x[i * LD + r] * x[j * LD + r];
            assert_true(fabs(c[i * WIDTH + j] - sum) < 1e-12);
        }
    free(x), free(c), free(before);
}

static void a_factor_solves(void **state)
{
    fixture *t = *state;
    assert_int_equal(openblas_need(t->ctx), STINT_OK);
    for (int n = 1; n <= 40; n += 13) {
        double *x = normals(n * LD, 1), *a = calloc((size_t)(n * n), 8);
        double *factor = calloc((size_t)(n * n), 8), *b = normals(3 * n, 2), *s = normals(3 * n, 2);
        product_gram(x, LD, LD, n, 1, a, n);
        memcpy(factor, a, (size_t)(n * n) * 8);
        assert_true(cholesky_factor(n, factor));
        cholesky_solve(n, factor, 3, s);
        for (int k = 0; k < 3; k++)
            for (int i = 0; i < n; i++) {
                double sum = 0;
                for (int j = 0; j < n; j++)
                    sum += (j >= i ? a[i * n + j] : a[j * n + i]) * s[k * n + j];
                assert_true(fabs(sum - b[k * n + i]) < 1e-10);
            }
        a[0] = -1;
        assert_false(cholesky_factor(n, a));
        free(x), free(a), free(factor), free(b), free(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(products_are_their_sums),
        FIXTURE_TEST(a_gram_matrix_is_added_above_the_diagonal),
        FIXTURE_TEST(a_factor_solves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
