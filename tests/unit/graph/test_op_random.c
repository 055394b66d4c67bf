/* Random numbers: what they are drawn from, that a saved generator resumes, that dropout keeps the
 * mean; and batch norm's running statistics. */
#include "unit/fixture.h"
#include "unit/graph/elements.h"

enum { N = 40000 };

typedef struct moments {
    double mean, deviation, low, high;
} moments;

static moments moments_of(stint_tensor *t)
{
    double *x = elements_read(t);
    assert_non_null(x);
    int64_t n = stint_tensor_count(t);
    moments m = {.low = INFINITY, .high = -INFINITY};
    for (int64_t i = 0; i < n; i++) {
        m.mean += x[i] / (double)n;
        m.low = fmin(m.low, x[i]);
        m.high = fmax(m.high, x[i]);
    }
    for (int64_t i = 0; i < n; i++)
        m.deviation += (x[i] - m.mean) * (x[i] - m.mean) / (double)n;
    m.deviation = sqrt(m.deviation);
    free(x);
    return m;
}

static void assert_within(double x, double low, double high)
{
    if (!(x >= low && x <= high))
        fail_msg("%g is not within %g … %g", x, low, high);
}

static void draws_have_their_distribution(void **state)
{
    fixture *t = *state;
    for (stint_dtype d = STINT_F32; d <= STINT_F64; d++) {
        stint_scope *s = stint_scope_open(t->ctx);
        stint_tensor *g = stint_generator(t->ctx, 42);
        moments u = moments_of(stint_uniform(g, d, STINT_SHAPE(200, N / 200), -1, 3));
        moments z = moments_of(stint_normal(g, d, STINT_SHAPE(N), 2, 0.5));
        assert_within(u.mean, 0.97, 1.03); /* 5 standard errors are 0.029 */
        assert_within(u.deviation, 1.14, 1.17);
        assert_within(u.low, -1, -0.999);
        assert_within(u.high, 2.999, 3);
        assert_within(z.mean, 1.985, 2.015);
        assert_within(z.deviation, 0.49, 0.51);
        assert_within(z.low, -0.5, 0.25);
        assert_within(z.high, 3.75, 4.5);
        assert_int_equal(stint_scope_close(s), STINT_OK);
    }
}

static double first_of(stint_tensor *t)
{
    double *x = elements_read(t), first = x ? x[0] : NAN;
    free(x);
    return first;
}

static void a_generator_counts_and_resumes(void **state)
{
    fixture *t = *state;
    stint_scope *s = stint_scope_open(t->ctx);
    stint_tensor *g = stint_generator(t->ctx, 7);
    int64_t saved[2];
    double one = first_of(stint_uniform(g, STINT_F64, STINT_SHAPE(5), 0, 1));
    assert_int_equal(stint_read(g, saved, sizeof saved), STINT_OK);
    assert_int_equal(saved[0], 7);
    assert_int_equal(saved[1], 5);
    double two = first_of(stint_normal(g, STINT_F64, STINT_SHAPE(3), 0, 1));
    assert_true(one != two);
    stint_tensor *other = stint_generator(t->ctx, 0);
    assert_int_equal(stint_write(other, saved, sizeof saved), STINT_OK);
    assert_true(first_of(stint_normal(other, STINT_F64, STINT_SHAPE(3), 0, 1)) == two);
    assert_int_equal(stint_read(other, saved, sizeof saved), STINT_OK);
    assert_true(saved[1] >= 8);
    assert_true(first_of(stint_uniform(stint_generator(t->ctx, 8), STINT_F64, STINT_SHAPE(5), 0,
                                       1)) != one);
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

/* Draws pending together come out as they were asked for, one after the other. */
static void draws_keep_their_order(void **state)
{
    fixture *t = *state;
    stint_scope *s = stint_scope_open(t->ctx);
    stint_tensor *g = stint_generator(t->ctx, 9), *h = stint_generator(t->ctx, 9);
    stint_tensor *a = stint_uniform(g, STINT_F64, STINT_SHAPE(4), 0, 1);
    stint_tensor *b = stint_uniform(g, STINT_F64, STINT_SHAPE(4), 0, 1);
    double second = first_of(b), first = first_of(a);
    assert_true(first == first_of(stint_uniform(h, STINT_F64, STINT_SHAPE(4), 0, 1)));
    assert_true(second == first_of(stint_uniform(h, STINT_F64, STINT_SHAPE(4), 0, 1)));
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

static void dropout_drops(void **state)
{
    fixture *t = *state;
    stint_scope *s = stint_scope_open(t->ctx);
    stint_tensor *g = stint_generator(t->ctx, 3), *gradient;
    stint_tensor *x = stint_full(t->ctx, STINT_F64, STINT_SHAPE(N), 3);
    stint_tensor *y = stint_dropout(x, 0.25, g);
    assert_int_equal(stint_gradients(1, &y, NULL, 1, &x, &gradient), STINT_OK);
    assert_int_equal(stint_realise(2, (stint_tensor *[]){y, gradient}), STINT_OK);
    double *v = elements_read(y), *d = elements_read(gradient);
    int zeros = 0;
    for (int i = 0; i < N; i++) {
        zeros += v[i] == 0;
        assert_true(v[i] == 0 || fabs(v[i] - 4) < 1e-12);
        assert_true(fabs(d[i] * 3 - v[i]) < 1e-12); /* the same mask */
    }
    assert_within(zeros, N * 0.24, N * 0.26);
    free(v);
    free(d);
    moments none = moments_of(stint_dropout(x, 0, g)), all = moments_of(stint_dropout(x, 1, g));
    assert_true(none.low == 3 && none.high == 3);
    assert_true(all.low == 0 && all.high == 0);
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

/* running += momentum (batch - running), the variance being the sample's: n - 1 */
static void batch_norm_runs_statistics(void **state)
{
    fixture *t = *state;
    stint_scope *s = stint_scope_open(t->ctx);
    static const double x[] = {1, 10, 2, 20, 3, 30, 6, 60};
    stint_tensor *mean = stint_zeros(t->ctx, STINT_F64, STINT_SHAPE(2)),
                 *variance = stint_zeros(t->ctx, STINT_F64, STINT_SHAPE(2));
    assert_int_equal(stint_write(variance, (double[]){1, 1}, 16), STINT_OK);
    stint_batch_norm_state how = {
        .running_mean = mean, .running_variance = variance, .momentum = 0.25, .training = true};
    stint_tensor *in = elements_tensor(t->ctx, STINT_F64, STINT_SHAPE(4, 2), x);
    assert_non_null(stint_batch_norm(in, NULL, NULL, &how));
    double *m = elements_read(mean), *v = elements_read(variance);
    assert_near(m[0], 0.75, 1e-14);
    assert_near(m[1], 7.5, 1e-14);
    assert_near(v[0], 0.75 + 0.25 * 14.0 / 3, 1e-14);
    assert_near(v[1], 0.75 + 0.25 * 1400.0 / 3, 1e-14);
    free(m);
    free(v);
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(draws_have_their_distribution), FIXTURE_TEST(a_generator_counts_and_resumes),
        FIXTURE_TEST(draws_keep_their_order),        FIXTURE_TEST(dropout_drops),
        FIXTURE_TEST(batch_norm_runs_statistics),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
