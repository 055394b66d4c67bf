/* Clipping against the formulas, computed on the host. */
#include "unit/optim/oracle.h"

/* A common norm of 13: 3, 4 in one dtype, 12 in another. */
static void gradients(ctx *c, stint_tensor *g[3])
{
    g[0] = tensor_of(c, STINT_F32, STINT_SHAPE(1, 2), (double[]){3, -4});
    g[1] = NULL;
    g[2] = tensor_of(c, STINT_F64, STINT_SCALAR, (double[]){12});
}

typedef struct norm_case {
    double most, scale;
} norm_case;

static void by_the_common_norm(void **state)
{
    fixture *t = *state;
    static const norm_case cases[] = {
        {1, 1 / (13 + 1e-6)}, {6.5, 6.5 / (13 + 1e-6)}, {13.1, 1}, {1e300, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        stint_scope *s = stint_scope_open(t->ctx);
        stint_tensor *g[3], *norm;
        double scale = cases[i].scale;
        gradients(t->ctx, g);
        assert_int_equal(stint_clip_by_norm(3, g, cases[i].most, i % 2 ? &norm : NULL), STINT_OK);
        if (i % 2)
            check_values("norm", norm, (double[]){13}, 1e-7);
        check_values("f32", g[0], (double[]){3 * scale, -4 * scale}, 1e-7);
        check_values("f64", g[2], (double[]){12 * scale}, 1e-7);
        assert_null(g[1]);
        assert_int_equal(stint_tensor_axes(g[0]), 2);
        assert_int_equal(stint_scope_close(s), STINT_OK);
    }
}

static void by_value(void **state)
{
    fixture *t = *state;
    stint_scope *s = stint_scope_open(t->ctx);
    stint_tensor *g[3];
    gradients(t->ctx, g);
    assert_int_equal(stint_clip_by_value(3, g, 3.5), STINT_OK);
    check_values("f32", g[0], (double[]){3, -3.5}, 0);
    check_values("f64", g[2], (double[]){3.5}, 0);
    assert_null(g[1]);
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

/* Norms one after the other, with some that are not finite; the history that should come about is
 * computed in two passes over those that count. */
static void by_the_norms_before(void **state)
{
    fixture *t = *state;
    static const double norms[] = {1, 2, 1.5, INFINITY, 40, 1, NAN, 2, 0.5, 30};
    enum { N = sizeof norms / sizeof norms[0], WARM_UP = 3 };
    stint_scope *outer = stint_scope_open(t->ctx);
    stint_tensor *history = stint_zeros(t->ctx, STINT_F32, STINT_SHAPE(3));
    double counted[N];
    int n = 0;
    for (int i = 0; i < N; i++) {
        stint_scope *s = stint_scope_open(t->ctx);
        stint_tensor *g = tensor_of(t->ctx, STINT_F32, STINT_SCALAR, &norms[i]), *norm;
        double mean = 0, squares = 0, want = norms[i];
        for (int k = 0; k < n; k++)
            mean += counted[k] / n;
        for (int k = 0; k < n; k++)
            squares += (counted[k] - mean) * (counted[k] - mean);
        if (n >= WARM_UP)
            want *= fmin(1, (mean + 2 * sqrt(squares / (n - 1))) / (norms[i] + 1e-6));
        assert_int_equal(stint_clip_adaptive(1, &g, history, WARM_UP, &norm), STINT_OK);
        if (isfinite(norms[i])) {
            check_values("clipped", g, &want, 1e-5);
            check_values("norm", norm, &norms[i], 1e-6);
            counted[n++] = norms[i];
        }
        assert_int_equal(stint_scope_close(s), STINT_OK);
    }
    double mean = 0, squares = 0;
    for (int k = 0; k < n; k++)
        mean += counted[k] / n;
    for (int k = 0; k < n; k++)
        squares += (counted[k] - mean) * (counted[k] - mean);
    assert_int_equal(n, N - 2);
    check_values("history", history, (double[]){n, mean, squares}, 1e-5);
    assert_int_equal(stint_scope_close(outer), STINT_OK);
}

static void nothing_to_clip(void **state)
{
    (void)state;
    stint_tensor *none[2] = {NULL, NULL}, *norm = none[0];
    assert_int_equal(stint_clip_by_norm(2, none, 1, &norm), STINT_OK);
    assert_null(norm);
    assert_int_equal(stint_clip_by_value(2, none, 1), STINT_OK);
    assert_int_equal(stint_clip_adaptive(2, none, NULL, 5, NULL), STINT_OK);
}

static void bad_limits_are_refused(void **state)
{
    fixture *t = *state;
    stint_tensor *g = stint_zeros(t->ctx, STINT_F32, STINT_SHAPE(3));
    stint_tensor *pair = stint_zeros(t->ctx, STINT_F32, STINT_SHAPE(2));
    assert_int_equal(stint_clip_by_norm(1, &g, 0, NULL), STINT_EUSAGE);
    assert_message(t, "clip: a norm of at most 0");
    assert_int_equal(stint_clip_by_value(1, &g, NAN), STINT_EUSAGE);
    assert_message(t, "clip: values of at most nan");
    assert_int_equal(stint_clip_adaptive(1, &g, g, 1, NULL), STINT_EUSAGE);
    assert_message(t, "a warm-up of 1 norms");
    assert_int_equal(stint_clip_adaptive(1, &g, pair, 2, NULL), STINT_EUSAGE);
    assert_message(t, "the history of norms is f32 [3]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(by_the_common_norm),     FIXTURE_TEST(by_value),
        FIXTURE_TEST(by_the_norms_before),    FIXTURE_TEST(nothing_to_clip),
        FIXTURE_TEST(bad_limits_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
