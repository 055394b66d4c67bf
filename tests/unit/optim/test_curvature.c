/* Optimisers that know the curvature: the diagonal one against its formulas, Newton-CG on functions
 * whose minimum is known. */
#include "stint/derivatives.h"
#include "stint/fn.h"

#include "unit/optim/oracle.h"

/* ---- "diagonal" */

typedef struct formula {
    const char *what;
    stint_setting set[3];
    int n;
    double decay, power;
    bool average;
} formula;

enum { KERNELS = 4, KERNEL = 3, WEIGHTS = KERNELS * KERNEL, STEPS = 5 };

static double made_up(int step, int i, int what)
{
    return sin(1.7 * step + 0.9 * i + 2.3 * what) + 0.2;
}

static void reference(const formula *of, int step, double *w, double *m, double *v)
{
    double d[WEIGHTS];
    for (int i = 0; i < WEIGHTS; i++) {
        double sum = 0;
        for (int k = 0; k < KERNEL; k++)
            sum += fabs(made_up(step, i / KERNEL * KERNEL + k, 1)) / KERNEL;
        d[i] = of->average ? sum : made_up(step, i, 1);
    }
    for (int i = 0; i < WEIGHTS; i++) {
        m[i] = 0.9 * m[i] + 0.1 * made_up(step, i, 0);
        v[i] = 0.999 * v[i] + 0.001 * d[i] * d[i];
        double root = sqrt(v[i] / (1 - pow(0.999, step)));
        w[i] = (1 - 0.15 * of->decay) * w[i] -
               0.15 / (1 - pow(0.9, step)) * m[i] / (pow(root, of->power) + 1e-4);
    }
}

static void diagonal_updates_are_the_formula(void **state)
{
    fixture *t = *state;
    static const formula formulas[] = {
        {"plain", {{"average", "false"}}, 1, 0, 1, false},
        {"averaged", {{"average", "true"}}, 1, 0, 1, true},
        {"decay and power", {{"weight_decay", "0.1"}, {"power", "0.5"}}, 2, 0.1, 0.5, true},
    };
    for (size_t k = 0; k < sizeof formulas / sizeof formulas[0]; k++) {
        stint_scope *s = stint_scope_open(t->ctx);
        double want[WEIGHTS], m[WEIGHTS] = {0}, v[WEIGHTS] = {0}, g[WEIGHTS], d[WEIGHTS];
        for (int i = 0; i < WEIGHTS; i++)
            want[i] = made_up(0, i, 2);
        stint_tensor *w = tensor_of(t->ctx, STINT_F64, STINT_SHAPE(2, 2, KERNEL), want);
        stint_optimiser *o =
            stint_optimiser_new(t->ctx, "diagonal", formulas[k].n, formulas[k].set);
        for (int step = 1; step <= STEPS; step++) {
            for (int i = 0; i < WEIGHTS; i++) {
                g[i] = made_up(step, i, 0);
                d[i] = made_up(step, i, 1);
            }
            stint_tensor *gradient = tensor_of(t->ctx, STINT_F64, STINT_SHAPE(2, 2, KERNEL), g);
            stint_tensor *diagonal = tensor_of(t->ctx, STINT_F64, STINT_SHAPE(2, 2, KERNEL), d);
            assert_int_equal(stint_optimiser_update_curvature(o, 1, &w, &gradient, &diagonal),
                             STINT_OK);
            reference(&formulas[k], step, want, m, v);
        }
        double got[WEIGHTS];
        tensor_read(w, got);
        for (int i = 0; i < WEIGHTS; i++)
            if (!(fabs(got[i] - want[i]) <= 1e-13 * fabs(want[i]) + 1e-15))
                fail_msg("%s: weight %d is %.17g, not %.17g", formulas[k].what, i, got[i], want[i]);
        stint_optimiser_free(o);
        assert_int_equal(stint_scope_close(s), STINT_OK);
    }
}

/* Σ scale x²/2, of curvatures 1 to 10000 */
typedef struct bowl {
    stint_tensor *x, *scale, *generator;
    stint_optimiser *o;
} bowl;

static stint_tensor *bowl_loss(void *self)
{
    const bowl *b = self;
    return stint_mul_number(
        stint_sum(stint_mul(b->scale, stint_square(b->x)), STINT_ALL_AXES, false), 0.5);
}

static stint_status bowl_step(void *self, stint_tensor *const *in, stint_tensor **out)
{
    bowl *b = self;
    stint_tensor *gradient, *diagonal;
    (void)in;
    out[0] = bowl_loss(b);
    stint_status s = stint_gradients(1, out, NULL, 1, &b->x, &gradient);
    if (!s)
        s = stint_hessian_diagonal_estimate(out[0], 1, &b->x, b->generator, 1, &diagonal);
    return s ? s : stint_optimiser_update_curvature(b->o, 1, &b->x, &gradient, &diagonal);
}

/* With no memory of the past and rate 1 an update is Newton's: at once at the minimum. */
static void curvature_scales_the_step(void **state)
{
    fixture *t = *state;
    static const stint_setting newton[] = {
        {"learning_rate", "1"}, {"beta1", "0"}, {"beta2", "0"}, {"eps", "0"}};
    stint_scope *s = stint_scope_open(t->ctx);
    bowl b = {.x = tensor_of(t->ctx, STINT_F32, STINT_SHAPE(3), (double[]){1, -2, 3}),
              .scale = tensor_of(t->ctx, STINT_F32, STINT_SHAPE(3), (double[]){1, 100, 10000}),
              .generator = stint_generator(t->ctx, 1),
              .o = stint_optimiser_new(t->ctx, "diagonal", 4, newton)};
    stint_fn *f = stint_fn_new(t->ctx, bowl_step, &b, 0, 1);
    stint_tensor *loss;
    for (int i = 0; i < 2; i++)
        assert_int_equal(stint_fn_call(f, NULL, &loss), STINT_OK);
    assert_true(stint_item(loss) < 1e-8); /* before the second update */
    stint_fn_free(f);
    stint_optimiser_free(b.o);
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

static void curvature_is_asked_for(void **state)
{
    fixture *t = *state;
    stint_scope *s = stint_scope_open(t->ctx);
    stint_tensor *w = stint_zeros(t->ctx, STINT_F32, STINT_SHAPE(3)), *none = NULL;
    stint_tensor *g = stint_full(t->ctx, STINT_F32, STINT_SHAPE(3), 1);
    stint_tensor *other = stint_zeros(t->ctx, STINT_F32, STINT_SHAPE(2));
    stint_optimiser *o = stint_optimiser_new(t->ctx, "diagonal", 0, NULL);
    stint_optimiser *adam = stint_optimiser_new(t->ctx, "adam", 0, NULL);
    assert_int_equal(stint_optimiser_update(o, 1, &w, &g), STINT_EUSAGE);
    assert_message(t, "diagonal: call stint_optimiser_update_curvature");
    assert_int_equal(stint_optimiser_update_curvature(adam, 1, &w, &g, &g), STINT_EUSAGE);
    assert_message(t, "adam: call stint_optimiser_update");
    assert_int_equal(stint_optimiser_update_curvature(o, 1, &w, &g, &other), STINT_EUSAGE);
    assert_message(t, "diagonal: curvature 0 has not the shape and dtype of its weight");
    assert_int_equal(stint_optimiser_update_curvature(o, 1, &w, &g, &none), STINT_OK);
    double got[3];
    tensor_read(w, got);
    assert_near(got[0], -0.15 / 1e-4, 1e-5); /* of no curvature, eps alone */
    stint_optimiser_free(o);
    stint_optimiser_free(adam);
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

/* ---- "newton_cg" */

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

/* Σ scale (x - 1)² */
static stint_tensor *quadratic(void *self)
{
    function *f = self;
    return stint_sum(stint_mul(f->scale, stint_square(stint_add_number(f->x, -1))), STINT_ALL_AXES,
                     false);
}

/* Σ x⁴ - x²: maxima at 0, minima at ±√½ */
static stint_tensor *double_well(void *self)
{
    function *f = self;
    stint_tensor *square = stint_square(f->x);
    return stint_sum(stint_sub(stint_square(square), square), STINT_ALL_AXES, false);
}

typedef struct start_case {
    const char *what;
    stint_loss *loss;
    stint_dtype dtype;
    int n;
    double start[6], scale[6], end[6];
    int most_iterations;
    double tolerance;
} start_case;

static void minima_are_found(void **state)
{
    fixture *t = *state;
    static const start_case cases[] = {
        {"rosenbrock", rosenbrock, STINT_F64, 2, {-1.2, 1}, {0}, {1, 1}, 90, 1e-6},
        {"f32", rosenbrock, STINT_F32, 2, {-1.2, 1}, {0}, {1, 1}, 90, 1e-2},
        {"six axes",
         rosenbrock,
         STINT_F64,
         6,
         {0.5, -1, 2, 0, 1.5, 3},
         {0},
         {1, 1, 1, 1, 1, 1},
         90,
         1e-5},
        {"there already", rosenbrock, STINT_F64, 2, {1, 1}, {0}, {1, 1}, 0, 0},
        {"quadratic", quadratic, STINT_F64, 3, {5, 6, 7}, {1, 100, 0.01}, {1, 1, 1}, 8, 1e-6},
        {"flat axis", quadratic, STINT_F64, 3, {5, 6, 7}, {1, 100, 0}, {1, 1, 7}, 8, 1e-6},
        {"wells",
         double_well,
         STINT_F64,
         3,
         {0.1, -0.05, 3},
         {0},
         {M_SQRT1_2, -M_SQRT1_2, M_SQRT1_2},
         12,
         1e-6},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const start_case *one = &cases[i];
        stint_scope *s = stint_scope_open(t->ctx);
        function f = {.x = tensor_of(t->ctx, one->dtype, STINT_SHAPE(one->n), one->start),
                      .scale = tensor_of(t->ctx, one->dtype, STINT_SHAPE(one->n), one->scale)};
        stint_optimiser *o = stint_optimiser_new(t->ctx, "newton_cg", 0, NULL);
        int iterations;
        double x[6];
        assert_int_equal(stint_optimiser_minimise(o, one->loss, &f, 1, &f.x, &iterations),
                         STINT_OK);
        tensor_read(f.x, x);
        for (int k = 0; k < one->n; k++)
            if (!(fabs(x[k] - one->end[k]) <= one->tolerance))
                fail_msg("%s: x%d is %.9g after %d iterations", one->what, k, x[k], iterations);
        if (iterations > one->most_iterations)
            fail_msg("%s: %d iterations", one->what, iterations);
        stint_optimiser_free(o);
        assert_int_equal(stint_scope_close(s), STINT_OK);
    }
}

/* Of several weights and dtypes, one of which the loss does not have. */
static void several_weights_and_decay(void **state)
{
    fixture *t = *state;
    static const stint_setting decay = {"weight_decay", "2"};
    stint_scope *s = stint_scope_open(t->ctx);
    function f = {.x = tensor_of(t->ctx, STINT_F64, STINT_SHAPE(2), (double[]){3, -2}),
                  .scale = tensor_of(t->ctx, STINT_F64, STINT_SHAPE(2), (double[]){1, 3})};
    stint_tensor *w[2] = {tensor_of(t->ctx, STINT_F32, STINT_SHAPE(2), (double[]){5, 6}), f.x};
    stint_optimiser *o = stint_optimiser_new(t->ctx, "newton_cg", 1, &decay);
    int iterations;
    double x[2], y[2];
    assert_int_equal(stint_optimiser_minimise(o, quadratic, &f, 2, w, &iterations), STINT_OK);
    tensor_read(f.x, x);
    tensor_read(w[0], y);
    for (int i = 0; i < 2; i++)
        assert_true(fabs(x[i] - (i ? 0.75 : 0.5)) < 1e-6 && fabs(y[i]) < 1e-6);
    stint_optimiser_free(o);
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

/* At any evaluation, products included. */
static void a_failure_restores_the_weights(void **state)
{
    fixture *t = *state;
    static const double start[] = {-1.2, 1};
    for (int at = 1; at < 20; at++) {
        stint_scope *s = stint_scope_open(t->ctx);
        function f = {.x = tensor_of(t->ctx, STINT_F64, STINT_SHAPE(2), start), .fail_at = at};
        stint_optimiser *o = stint_optimiser_new(t->ctx, "newton_cg", 0, NULL);
        int iterations;
        double x[2];
        assert_int_equal(stint_optimiser_minimise(o, rosenbrock, &f, 1, &f.x, &iterations),
                         STINT_EUSAGE);
        assert_message(t, "minimise: the loss is NULL");
        tensor_read(f.x, x);
        assert_true(x[0] == start[0] && x[1] == start[1]);
        stint_optimiser_free(o);
        assert_int_equal(stint_scope_close(s), STINT_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(diagonal_updates_are_the_formula),
        FIXTURE_TEST(curvature_scales_the_step),
        FIXTURE_TEST(curvature_is_asked_for),
        FIXTURE_TEST(minima_are_found),
        FIXTURE_TEST(several_weights_and_decay),
        FIXTURE_TEST(a_failure_restores_the_weights),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
