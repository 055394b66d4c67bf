/* Lanczos against what is known, on operators whose values repeat, cluster and run out; sparse
 * products and components. */
#include "linalg/lanczos.h"

#include "base/rng.h"
#include "linalg/sparse.h"
#include "linalg/symmetric.h"
#include "unit/fixture.h"

enum { N = 200, WANTED = 6 };

typedef struct dense {
    int64_t n;
    const double *a;
    int64_t calls, stop;
} dense;

static stint_status apply(void *self, const double *x, double *y)
{
    dense *d = self;
    for (int64_t i = 0; i < d->n; i++) {
        y[i] = 0;
        for (int64_t j = 0; j < d->n; j++)
            y[i] += d->a[i * d->n + j] * x[j];
    }
    return ++d->calls == d->stop ? STINT_EINTERRUPT : STINT_OK;
}

/* Q diag(values) Qᵀ with Q the eigenvectors of noise. */
static double *with_values(int64_t n, const double *values)
{
    double *q = calloc((size_t)(n * n), 8), *a = calloc((size_t)(n * n), 8);
    double *some = malloc((size_t)n * 8), *work = malloc((size_t)(3 * n) * 8);
    for (int64_t i = 0; i < n * n; i++)
        q[i] = rng_normal((rng){5, 1}, (uint64_t)i);
    assert_true(symmetric_eigen(n, q, some, work));
    for (int64_t k = 0; k < n; k++)
        for (int64_t i = 0; i < n; i++)
            for (int64_t j = 0; j < n; j++)
                a[i * n + j] += values[k] * q[k * n + i] * q[k * n + j];
    free(q);
    free(some);
    free(work);
    return a;
}

typedef struct spectrum {
    const char *name;
    double (*value)(int64_t k, int64_t n); /* descending in k */
} spectrum;

static double even(int64_t k, int64_t n)
{
    return 1 - 2.0 * (double)k / (double)n;
}

static double repeating(int64_t k, int64_t n)
{
    (void)n;
    return k < 3 ? 2 : k < 5 ? 1.5 : 1 - (double)k / 1000;
}

static double all_equal(int64_t k, int64_t n)
{
    (void)k, (void)n;
    return 0.25;
}

static double clustered(int64_t k, int64_t n)
{
    return k < 8 ? 1 - 1e-5 * (double)k : 0.5 - (double)k / (double)n;
}

static double few(int64_t k, int64_t n)
{
    (void)n;
    return k < 2 ? 3 - (double)k : 0;
}

static const spectrum spectra[] = {{"even", even},
                                   {"repeating", repeating},
                                   {"all equal", all_equal},
                                   {"clustered", clustered},
                                   {"of rank two", few}};

static void finds_the_largest(void **state)
{
    fixture *t = *state;
    static const int64_t sizes[] = {1, 2, 5, 7, 30, N};
    for (size_t s = 0; s < sizeof spectra / sizeof *spectra; s++)
        for (size_t z = 0; z < sizeof sizes / sizeof *sizes; z++) {
            int64_t n = sizes[z];
            double values[N], found_values[WANTED], vectors[WANTED * N];
            for (int64_t k = 0; k < n; k++)
                values[k] = spectra[s].value(k, n);
            double *a = with_values(n, values);
            dense d = {n, a, 0, 0};
            lanczos_settings settings = {.n = n,
                                         .wanted = n < WANTED ? (int)n : WANTED,
                                         .tolerance = 1e-9,
                                         .seed = 1,
                                         .apply = apply,
                                         .self = &d};
            lanczos_found found;
            assert_int_equal(
                lanczos_largest(t->ctx, &settings, NULL, found_values, vectors, &found), STINT_OK);
            assert_int_equal(found.converged, settings.wanted);
            assert_true(found.residual < 2e-9);
            assert_int_equal(found.products, d.calls);
            for (int k = 0; k < settings.wanted; k++)
                if (fabs(found_values[k] - values[k]) > 1e-9)
                    fail_msg("%s, n = %d: value %d is %.12g, not %.12g", spectra[s].name, (int)n, k,
                             found_values[k], values[k]);
            free(a);
        }
}

static void looks_past_what_is_known(void **state)
{
    fixture *t = *state;
    double values[N], found_values[WANTED], *vectors = calloc((WANTED + 3) * N, 8);
    for (int64_t k = 0; k < N; k++)
        values[k] = repeating(k, N);
    double *a = with_values(N, values);
    dense d = {N, a, 0, 0};
    lanczos_settings s = {
        .n = N, .wanted = 3, .tolerance = 1e-10, .seed = 1, .apply = apply, .self = &d};
    lanczos_found found;
    assert_int_equal(lanczos_largest(t->ctx, &s, NULL, found_values, vectors, &found), STINT_OK);
    s.known = 3;
    s.locked = vectors;
    s.wanted = 4;
    assert_int_equal(
        lanczos_largest(t->ctx, &s, NULL, found_values, vectors + 3 * (int64_t)N, &found),
        STINT_OK);
    assert_near(found_values[0], 1.5, 1e-9);
    assert_near(found_values[1], 1.5, 1e-9);
    assert_near(found_values[2], 1 - 0.005, 1e-9);
    free(a);
    free(vectors);
}

typedef struct shared {
    const sparse *a;
    pool *pool;
} shared;

static stint_status apply_sparse(void *self, const double *x, double *y)
{
    const shared *s = self;
    sparse_multiply(s->a, 1, x, y, s->pool);
    return STINT_OK;
}

static void same_bits_on_any_threads(void **state)
{
    fixture *t = *state;
    enum { BIG = 5000 };
    int64_t *row = calloc(BIG + 1, 8);
    int32_t *column = calloc(3 * BIG, 4);
    double *value = calloc(3 * BIG, 8), *vectors = calloc(2 * 2 * BIG, 8), values[2][2];
    for (int64_t i = 0; i < BIG; i++) { /* a path */
        row[i + 1] = row[i];
        for (int64_t j = i - 1; j <= i + 1; j++)
            if (j >= 0 && j < BIG) {
                column[row[i + 1]] = (int32_t)j;
                value[row[i + 1]++] = j == i ? 2 + 1.0 / (double)(1 + i) : 1;
            }
    }
    sparse a = {BIG, row, column, value};
    for (int threads = 1; threads <= 2; threads++) {
        pool *p = pool_new(t->ctx, 2 * threads - 1);
        shared self = {&a, p};
        lanczos_settings s = {.n = BIG,
                              .wanted = 2,
                              .tolerance = 1e-6,
                              .seed = 7,
                              .apply = apply_sparse,
                              .self = &self};
        lanczos_found found;
        assert_int_equal(lanczos_largest(t->ctx, &s, p, values[threads - 1],
                                         vectors + (threads - 1) * 2 * (int64_t)BIG, &found),
                         STINT_OK);
        assert_int_equal(found.converged, 2);
        pool_free(p);
    }
    assert_memory_equal(values[0], values[1], sizeof values[0]);
    assert_memory_equal(vectors, vectors + 2 * (int64_t)BIG, 2 * BIG * 8);
    free(row);
    free(column);
    free(value);
    free(vectors);
}

static void stops_when_the_operator_does(void **state)
{
    fixture *t = *state;
    double values[N], found_values[2], vectors[2 * N];
    for (int64_t k = 0; k < N; k++)
        values[k] = even(k, N);
    double *a = with_values(N, values);
    dense d = {N, a, 0, 9};
    lanczos_settings s = {
        .n = N, .wanted = 2, .tolerance = 1e-9, .seed = 1, .apply = apply, .self = &d};
    lanczos_found found;
    assert_int_equal(lanczos_largest(t->ctx, &s, NULL, found_values, vectors, &found),
                     STINT_EINTERRUPT);
    d = (dense){N, a, 0, 0};
    s.most = 30; /* too few: the best there are */
    assert_int_equal(lanczos_largest(t->ctx, &s, NULL, found_values, vectors, &found), STINT_OK);
    assert_true(found.converged < 2);
    assert_true(found.residual > 1e-9);
    free(a);
}

static void components(void **state)
{
    (void)state;
    /* 0-2, 1, 3-4-5 */
    const int64_t row[] = {0, 1, 1, 2, 3, 5, 6};
    const int32_t column[] = {2, 0, 4, 3, 5, 4}, expected[] = {0, 1, 0, 2, 2, 2};
    int32_t component[6], work[6];
    sparse a = {6, row, column, NULL};
    assert_int_equal(sparse_components(&a, component, work), 3);
    assert_memory_equal(component, expected, sizeof expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(finds_the_largest),        FIXTURE_TEST(looks_past_what_is_known),
        FIXTURE_TEST(same_bits_on_any_threads), FIXTURE_TEST(stops_when_the_operator_does),
        cmocka_unit_test(components),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
