/* L-BFGS on functions whose minimum is known. */
#include "optim/weights.h"

#include "unit/optim/oracle.h"

/* Σ (1 - x_i)² + 100 (x_{i+1} - x_i²)² (Rosenbrock 1960), or Σ scale_i x_i² */
typedef struct function {
    stint_tensor *x, *scale;
    int evaluations, fail_at; /* fail_at 0 = never */
} function;

static stint_tensor *rosenbrock(void *self)
{
    function *f = self;
    int64_t n = stint_tensor_count(f->x);
    if (++f->evaluations == f->fail_at)
        return NULL;
    stint_tensor *a = stint_slice(f->x, 0, 0, n - 1, 1), *b = stint_slice(f->x, 0, 1, n, 1);
    stint_tensor *to_one = stint_square(stint_add_number(stint_neg(a), 1));
    stint_tensor *to_curve = stint_square(stint_sub(b, stint_square(a)));
    return stint_sum(stint_add(to_one, stint_mul_number(to_curve, 100)), STINT_ALL_AXES, false);
}

static stint_tensor *quadratic(void *self)
{
    function *f = self;
    f->evaluations++;
    return stint_sum(stint_mul(f->scale, stint_square(f->x)), STINT_ALL_AXES, false);
}

typedef struct start_case {
    const char *what;
    stint_dtype dtype;
    int n;
    double start[6];
    stint_setting setting;
    int most_iterations;
    double tolerance;
} start_case;

static void rosenbrock_is_minimised(void **state)
{
    fixture *t = *state;
    static const start_case cases[] = {
        {"classical", STINT_F64, 2, {-1.2, 1}, {"history", "10"}, 60, 1e-5},
        {"f32", STINT_F32, 2, {-1.2, 1}, {"history", "10"}, 60, 1e-2},
        {"one pair", STINT_F64, 2, {-1.2, 1}, {"history", "1"}, 99, 1e-3},
        {"long first step", STINT_F64, 2, {-1.2, 1}, {"learning_rate", "1000"}, 90, 1e-4},
        {"more axes", STINT_F64, 6, {0.5, -1, 2, 0, 1.5, 3}, {"history", "10"}, 60, 1e-4},
        {"already there", STINT_F64, 2, {1, 1}, {"history", "10"}, 0, 0},
    };
    static const double ones[6] = {1, 1, 1, 1, 1, 1};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const start_case *one = &cases[i];
        stint_scope *s = stint_scope_open(t->ctx);
        function f = {.x = tensor_of(t->ctx, one->dtype, STINT_SHAPE(one->n), one->start)};
        stint_optimiser *o = stint_optimiser_new(t->ctx, "lbfgs", 1, &one->setting);
        int iterations;
        assert_int_equal(stint_optimiser_minimise(o, rosenbrock, &f, 1, &f.x, &iterations),
                         STINT_OK);
        check_values(one->what, f.x, ones, one->tolerance);
        if (iterations > one->most_iterations || f.evaluations > 8 * iterations + 5)
            fail_msg("%s: %d iterations, %d evaluations", one->what, iterations, f.evaluations);
        stint_optimiser_free(o);
        assert_int_equal(stint_scope_close(s), STINT_OK);
    }
}

/* A loss of two weights as a function of one vector, which is rounded to what f32 holds. */
static void weights_are_a_vector(void **state)
{
    fixture *t = *state;
    stint_scope *s = stint_scope_open(t->ctx);
    function f = {.x = tensor_of(t->ctx, STINT_F64, STINT_SHAPE(2), (double[]){0, 0}),
                  .scale = tensor_of(t->ctx, STINT_F64, STINT_SHAPE(2), (double[]){1, 10})};
    stint_tensor *w[2] = {tensor_of(t->ctx, STINT_F32, STINT_SHAPE(1), (double[]){0}), f.x};
    weights v = {
        .ctx = t->ctx, .loss = quadratic, .loss_self = &f, .decay = 0.5, .n = 2, .weight = w};
    double x[3] = {0.1, 2, -3}, got, gradient[3], tenth = (float)0.1;
    assert_int_equal(weights_init(&v), STINT_OK);
    assert_int_equal(weights_count(&v), 3);
    assert_int_equal(weights_value(&v, x, &got, gradient), STINT_OK);
    assert_true(x[0] == tenth);
    assert_near(got, 4 + 90 + 0.25 * (tenth * tenth + 4 + 9), 1e-14);
    assert_near(gradient[0], 0.5 * tenth, 1e-14);
    assert_near(gradient[1], 4 + 1, 1e-14);
    assert_near(gradient[2], -60 - 1.5, 1e-14);
    assert_int_equal(weights_get(&v, x), STINT_OK);
    assert_true(x[0] == tenth && x[1] == 2 && x[2] == -3);
    weights_deinit(&v);
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

/* Of several weights, one of which the loss does not have; with weight decay, all go to 0,
 * the unconnected one by decay alone. */
static void several_weights_and_decay(void **state)
{
    fixture *t = *state;
    static const stint_setting decay = {"weight_decay", "0.5"};
    for (int with = 0; with < 2; with++) {
        stint_scope *s = stint_scope_open(t->ctx);
        function f = {.x = tensor_of(t->ctx, STINT_F64, STINT_SHAPE(3), (double[]){1, -2, 3}),
                      .scale =
                          tensor_of(t->ctx, STINT_F64, STINT_SHAPE(3), (double[]){1, 100, 0.01})};
        stint_tensor *w[2] = {tensor_of(t->ctx, STINT_F32, STINT_SHAPE(2), (double[]){5, 6}), f.x};
        stint_optimiser *o = stint_optimiser_new(t->ctx, "lbfgs", with, &decay);
        int iterations;
        assert_int_equal(stint_optimiser_minimise(o, quadratic, &f, 2, w, &iterations), STINT_OK);
        check_values("the loss's", f.x, (double[]){0, 0, 0}, 1e-3);
        check_values("the other", w[0], with ? (double[]){0, 0} : (double[]){5, 6}, 1e-4);
        assert_true(iterations < 60);
        stint_optimiser_free(o);
        assert_int_equal(stint_scope_close(s), STINT_OK);
    }
}

static void ends_at_most_iterations(void **state)
{
    fixture *t = *state;
    stint_scope *s = stint_scope_open(t->ctx);
    function f = {.x = tensor_of(t->ctx, STINT_F64, STINT_SHAPE(2), (double[]){-1.2, 1})};
    stint_optimiser *o = stint_optimiser_new(t->ctx, "lbfgs", 1, &(stint_setting){"max_iter", "3"});
    int iterations;
    assert_int_equal(stint_optimiser_minimise(o, rosenbrock, &f, 1, &f.x, &iterations), STINT_OK);
    assert_int_equal(iterations, 3);
    double loss = stint_item(rosenbrock(&f));
    assert_true(loss < 24); /* 24.2 at the start */
    stint_optimiser_free(o);
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

/* At any evaluation. */
static void a_failure_restores_the_weights(void **state)
{
    fixture *t = *state;
    static const double start[] = {-1.2, 1};
    for (int at = 1; at < 12; at++) {
        function f = {.x = tensor_of(t->ctx, STINT_F64, STINT_SHAPE(2), start), .fail_at = at};
        stint_optimiser *o = stint_optimiser_new(t->ctx, "lbfgs", 0, NULL);
        int iterations;
        assert_int_equal(stint_optimiser_minimise(o, rosenbrock, &f, 1, &f.x, &iterations),
                         STINT_EUSAGE);
        assert_message(t, "minimise: the loss is NULL");
        check_values("restored", f.x, start, 0);
        stint_optimiser_free(o);
    }
    function f = {.x = tensor_of(t->ctx, STINT_F64, STINT_SHAPE(2), (double[]){NAN, 1})};
    stint_optimiser *o = stint_optimiser_new(t->ctx, "lbfgs", 0, NULL);
    int iterations;
    assert_int_equal(stint_optimiser_minimise(o, rosenbrock, &f, 1, &f.x, &iterations),
                     STINT_EFAIL);
    assert_message(t, "lbfgs: the loss is not finite at the start");
    stint_optimiser_free(o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(rosenbrock_is_minimised),        FIXTURE_TEST(weights_are_a_vector),
        FIXTURE_TEST(several_weights_and_decay),      FIXTURE_TEST(ends_at_most_iterations),
        FIXTURE_TEST(a_failure_restores_the_weights),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
