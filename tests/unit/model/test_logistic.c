/* Logistic regression: derivatives against differences, optima against their own conditions and
 * against scikit-learn's, the same bits however rows and configurations come. */
#include "base/json.h"
#include "base/rng.h"
#include "linalg/openblas.h"
#include "model/softmax_fit.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* x [d][n], y [n] */
typedef struct data {
    int64_t n;
    int d, classes;
    double *x, *y;
} data;

static ctx *context;

static int setup(void **state)
{
    (void)state;
    context = stint_open(NULL);
    return context ? 0 : -1;
}

static int teardown(void **state)
{
    char sites[512] = "";
    (void)state;
    int64_t left = mem_live_blocks(ctx_budget(context), sites, sizeof sites, 4);
    if (left)
        print_error("left behind: %s", sites);
    stint_close(context);
    return left != 0;
}

static data data_new(int64_t n, int d, int classes)
{
    return (data){n, d, classes, calloc((size_t)(n * d), 8), calloc((size_t)n, 8)};
}

static void data_free(data *a)
{
    free(a->x);
    free(a->y);
}

/* Features that vary together, classes by noisy scores. */
static data made_up(int64_t n, int d, int classes)
{
    data a = data_new(n, d, classes);
    for (int64_t i = 0; i < n; i++) {
        double common = rng_normal((rng){11, 99}, (uint64_t)i), best = -INFINITY;
        for (int j = 0; j < d; j++)
            a.x[j * n + i] = common / 2 + rng_normal((rng){11, (uint64_t)j}, (uint64_t)i);
        for (int k = 0; k < classes; k++) {
            double score = a.x[(k % d) * n + i] * (1 + k % 3) - (k / d) * a.x[i] +
                           1.5 * rng_normal((rng){12, (uint64_t)k}, (uint64_t)i);
            if (score > best)
                best = score, a.y[i] = k;
        }
    }
    return a;
}

/* In blocks of uneven length, as chunks of a file give them. */
static stint_status each(ctx *c, void *self, softmax_visit *visit, void *visitor)
{
    const data *a = self;
    double *block = malloc((size_t)a->d * SOFTMAX_BLOCK * 8);
    stint_status s = STINT_OK;
    (void)c;
    for (int64_t from = 0, n; s == STINT_OK && from < a->n; from += n) {
        int64_t most = from == 0 ? 700 : SOFTMAX_BLOCK;
        n = a->n - from < most ? a->n - from : most;
        for (int j = 0; j < a->d; j++)
            memcpy(block + (int64_t)j * SOFTMAX_BLOCK, a->x + j * a->n + from, (size_t)n * 8);
        s = visit(visitor, block, a->y + from, n);
    }
    free(block);
    return s;
}

static softmax_rows rows_of(data *a)
{
    return (softmax_rows){each, a, a->d, a->classes};
}

static int columns_of(const data *a)
{
    return a->classes == 2 ? 1 : a->classes;
}

static softmax_fit fit_new(const data *a)
{
    int columns = columns_of(a);
    double *room = calloc((size_t)(columns * (a->d + 1)), 8);
    return (softmax_fit){.coef = room, .intercept = room + columns * a->d};
}

static softmax_fit fit_of(data *a, double alpha, bool intercept, double tol)
{
    softmax_rows rows = rows_of(a);
    softmax_fit f = fit_new(a);
    softmax_set set;
    assert_int_equal(softmax_set_init(context, &rows, intercept, &set), STINT_OK);
    assert_int_equal(softmax_fit_run(context, &set, &(softmax_settings){alpha, tol, 5000}, &f),
                     STINT_OK);
    softmax_set_deinit(&set);
    return f;
}

/* --- by definition ----------------------------------------------------------------------- */

/* Probabilities of a row into p [classes]. */
static void probabilities(const data *a, const softmax_fit *f, int64_t row, double *p)
{
    int first = a->classes - f->columns;
    double top = -INFINITY, sum = 0;
    p[0] = 0;
    for (int k = 0; k < f->columns; k++) {
        p[first + k] = f->intercept[k];
        for (int j = 0; j < a->d; j++)
            p[first + k] += f->coef[k * a->d + j] * a->x[j * a->n + row];
    }
    for (int k = 0; k < a->classes; k++)
        top = fmax(top, p[k]);
    for (int k = 0; k < a->classes; k++)
        sum += p[k] = exp(p[k] - top);
    for (int k = 0; k < a->classes; k++)
        p[k] /= sum;
}

/* The largest derivative of the mean objective, of features as they come, each relative to the
 * largest value of its feature. */
static double unsettled(const data *a, const softmax_fit *f, double alpha, bool intercept)
{
    double worst = 0, *p = calloc((size_t)a->classes, 8);
    int first = a->classes - f->columns;
    for (int k = 0; k < f->columns; k++)
        for (int j = 0; j < a->d + intercept; j++) {
            double g = j < a->d ? alpha * f->coef[k * a->d + j] : 0, size = j < a->d ? 0 : 1;
            for (int64_t i = 0; i < a->n; i++) {
                double x = j < a->d ? a->x[j * a->n + i] : 1;
                probabilities(a, f, i, p);
                g += x * (p[first + k] - (a->y[i] == first + k));
                size = fmax(size, fabs(x));
            }
            worst = fmax(worst, fabs(g) / (size * (double)a->n));
        }
    free(p);
    return worst;
}

/* --- derivatives ------------------------------------------------------------------------- */

static void assert_derivatives(data *a, bool intercept)
{
    softmax_rows rows = rows_of(a);
    softmax_set set;
    softmax_loss l;
    softmax_point at, up, down;
    assert_int_equal(softmax_set_init(context, &rows, intercept, &set), STINT_OK);
    assert_int_equal(softmax_loss_init(context, &set, 0.7, &l), STINT_OK);
    assert_int_equal(softmax_point_init(&l, &at), STINT_OK);
    assert_int_equal(softmax_point_init(&l, &up), STINT_OK);
    assert_int_equal(softmax_point_init(&l, &down), STINT_OK);
    int64_t all = (int64_t)l.columns * l.p;
    for (int64_t i = 0; i < all; i++)
        at.w[i] = 0.3 * rng_normal((rng){13, 1}, (uint64_t)i);
    assert_int_equal(softmax_loss_at(&l, &at), STINT_OK);
    for (int64_t i = 0; i < all; i++) {
        double h = 1e-5;
        memcpy(up.w, at.w, (size_t)all * 8);
        memcpy(down.w, at.w, (size_t)all * 8);
        up.w[i] += h, down.w[i] -= h;
        assert_int_equal(softmax_loss_at(&l, &up), STINT_OK);
        assert_int_equal(softmax_loss_at(&l, &down), STINT_OK);
        double slope = (up.value - down.value) / (2 * h);
        assert_true(fabs(at.gradient[i] - slope) < 1e-6 * (1 + fabs(slope)));
        for (int64_t j = i; at.hessian && j < all; j++) {
            double bend = (up.gradient[j] - down.gradient[j]) / (2 * h);
            assert_true(fabs(at.hessian[i * all + j] - bend) < 1e-6 * (1 + fabs(bend)));
        }
    }
    softmax_point_deinit(&at), softmax_point_deinit(&up), softmax_point_deinit(&down);
    softmax_loss_deinit(&l);
    softmax_set_deinit(&set);
}

static void derivatives_are_the_limits_of_differences(void **state)
{
    (void)state;
    for (int classes = 2; classes <= 4; classes++)
        for (int intercept = 0; intercept <= 1; intercept++) {
            data a = made_up(900, 3, classes);
            assert_derivatives(&a, intercept);
            data_free(&a);
        }
    data wide = made_up(300, 40, 7); /* without a Hessian */
    assert_false(softmax_set_newton(40, 7));
    assert_derivatives(&wide, true);
    data_free(&wide);
}

static void features_are_measured_over_all_blocks(void **state)
{
    (void)state;
    for (int intercept = 0; intercept <= 1; intercept++) {
        data a = made_up(3000, 2, 2);
        softmax_rows rows = rows_of(&a);
        softmax_set set;
        for (int64_t i = 0; i < a.n; i++)
            a.x[i] += (double)i / 100;
        assert_int_equal(softmax_set_init(context, &rows, intercept, &set), STINT_OK);
        for (int j = 0; j < 2; j++) {
            double mean = 0, square = 0;
            for (int64_t i = 0; intercept && i < a.n; i++)
                mean += a.x[j * a.n + i] / (double)a.n;
            for (int64_t i = 0; i < a.n; i++)
                square += pow(a.x[j * a.n + i] - mean, 2) / (double)a.n;
            assert_true(fabs(set.mean[j] - mean) < 1e-12);
            assert_true(fabs(set.scale[j] - sqrt(square)) < 1e-12);
        }
        softmax_set_deinit(&set);
        data_free(&a);
    }
}

/* --- optima ------------------------------------------------------------------------------ */

static void optima_meet_their_conditions(void **state)
{
    static const struct {
        int64_t n;
        int d, classes;
    } shapes[] = {{900, 3, 2}, {900, 1, 2}, {900, 1, 3}, {2500, 5, 4}, {400, 40, 7}, {500, 300, 2}};
    (void)state;
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
        for (double alpha = 0.1; alpha < 1000; alpha *= 30)
            for (int intercept = 0; intercept <= 1; intercept++) {
                data a = made_up(shapes[s].n, shapes[s].d, shapes[s].classes);
                softmax_fit f = fit_of(&a, alpha, intercept, 1e-9);
                assert_true(f.converged);
                assert_true(unsettled(&a, &f, alpha, intercept) < 5e-9);
                free(f.coef);
                data_free(&a);
            }
}

static double at(const json_t *list, size_t i)
{
    return json_number_value(json_array_get(list, i));
}

static data data_of_json(const json_t *table)
{
    const json_t *x = json_object_get(table, "x"), *y = json_object_get(table, "y");
    data a = data_new((int64_t)json_array_size(y), (int)json_array_size(x), 0);
    for (int64_t i = 0; i < a.n; i++) {
        a.y[i] = at(y, (size_t)i);
        a.classes = a.y[i] >= a.classes ? (int)a.y[i] + 1 : a.classes;
        for (int j = 0; j < a.d; j++)
            a.x[j * a.n + i] = at(json_array_get(x, (size_t)j), (size_t)i);
    }
    return a;
}

static void assert_case(data *a, const char *name, const json_t *one)
{
    double alpha = json_number_value(json_object_get(one, "alpha"));
    double value = json_number_value(json_object_get(one, "objective"));
    bool intercept = json_is_true(json_object_get(one, "intercept"));
    const json_t *coef = json_object_get(one, "coef");
    softmax_fit f = fit_of(a, alpha, intercept, 1e-12);
    assert_int_equal(f.columns, (int)json_array_size(coef));
    if (!(fabs(f.value - value) <= 1e-8 * value))
        fail_msg("%s, alpha %g: objective %.12g is not %.12g", name, alpha, f.value, value);
    for (int k = 0; k < f.columns; k++) {
        double b = at(json_object_get(one, "intercepts"), (size_t)k);
        for (int j = 0; j < a->d; j++) {
            double want = at(json_array_get(coef, (size_t)k), (size_t)j);
            if (!(fabs(f.coef[k * a->d + j] - want) <= 1e-6 * (1 + fabs(want))))
                fail_msg("%s, alpha %g: %.9g is not %.9g", name, alpha, f.coef[k * a->d + j], want);
        }
        if (!(fabs(f.intercept[k] - b) <= 1e-6 * (1 + fabs(b))))
            fail_msg("%s, alpha %g: intercept %.9g is not %.9g", name, alpha, f.intercept[k], b);
    }
    free(f.coef);
}

static void optima_are_scikit_learns(void **state)
{
    json_error_t error;
    json_t *oracle = json_load_file(STINT_SOURCE_DIR "/tests/oracle/logistic.json", 0, &error);
    size_t i, k;
    json_t *table, *one;
    (void)state;
    assert_non_null(oracle);
    assert_true(json_array_size(json_object_get(oracle, "tables")) > 4);
    json_array_foreach(json_object_get(oracle, "tables"), i, table)
    {
        data a = data_of_json(table);
        json_array_foreach(json_object_get(table, "cases"), k, one)
            assert_case(&a, json_string_value(json_object_get(table, "name")), one);
        data_free(&a);
    }
    json_decref(oracle);
}

/* --- hard tables ------------------------------------------------------------------------- */

static void separable_rows_come_to_an_end(void **state)
{
    (void)state;
    for (int classes = 2; classes <= 3; classes++)
        for (int wide = 0; wide <= 1; wide++)
            for (double alpha = 0; alpha < 1e-5; alpha += 3e-6) {
                data a = data_new(90, wide ? 130 : 2, classes);
                for (int64_t i = 0; i < a.n; i++) {
                    a.y[i] = (double)(i % classes);
                    for (int j = 0; j < a.d; j++)
                        a.x[j * a.n + i] = (j == 0) * 10 * a.y[i] + (j == 1) * (a.y[i] == 1) +
                                           0.1 * rng_normal((rng){5, (uint64_t)j}, (uint64_t)i);
                }
                softmax_fit f = fit_of(&a, alpha, true, 1e-6);
                assert_true(f.converged && f.iterations < 200);
                for (int64_t i = 0; i < a.n; i++) {
                    double p[3];
                    probabilities(&a, &f, i, p);
                    assert_true(p[(int)a.y[i]] > 0.999);
                }
                free(f.coef);
                data_free(&a);
            }
}

static void a_constant_feature_gets_nothing(void **state)
{
    (void)state;
    data a = made_up(500, 4, 3), less = made_up(500, 3, 3);
    memcpy(less.y, a.y, (size_t)a.n * 8);
    for (int64_t i = 0; i < a.n; i++)
        a.x[3 * a.n + i] = 0.1; /* whose mean rounds */
    for (double alpha = 0; alpha < 2; alpha++) {
        softmax_fit f = fit_of(&a, alpha, true, 1e-10), g = fit_of(&less, alpha, true, 1e-10);
        assert_true(f.converged);
        for (int k = 0; k < 3; k++) {
            assert_true(fabs(f.coef[k * 4 + 3]) < 1e-9);
            for (int j = 0; j < 3; j++)
                assert_true(fabs(f.coef[k * 4 + j] - g.coef[k * 3 + j]) < 1e-8);
        }
        free(f.coef), free(g.coef);
    }
    data_free(&a), data_free(&less);
}

/* In any units the same scores come, where the penalty does not say otherwise. */
static void units_do_not_matter(void **state)
{
    (void)state;
    static const double unit[] = {1e-3, 1e4, 1e-8, 1e6};
    for (int classes = 2; classes <= 3; classes++) {
        data a = made_up(800, 4, classes), b = made_up(800, 4, classes);
        for (int j = 0; j < 4; j++)
            for (int64_t i = 0; i < b.n; i++)
                b.x[j * b.n + i] = (b.x[j * b.n + i] + 50) * unit[j];
        softmax_fit f = fit_of(&a, 0, true, 1e-10), g = fit_of(&b, 0, true, 1e-10);
        assert_true(f.converged && g.converged);
        assert_true(abs(f.iterations - g.iterations) <= 1);
        for (int k = 0; k < f.columns; k++)
            for (int j = 0; j < 4; j++)
                assert_true(fabs(g.coef[k * 4 + j] * unit[j] - f.coef[k * 4 + j]) < 1e-7);
        free(g.coef);
        g = fit_of(&b, 1, true, 1e-11);
        assert_true(g.converged && unsettled(&b, &g, 1, true) < 1e-8);
        free(f.coef), free(g.coef);
        data_free(&a), data_free(&b);
    }
}

static void a_class_without_rows_is_never_predicted(void **state)
{
    (void)state;
    data a = made_up(600, 3, 3), b = made_up(600, 3, 3);
    a.classes = 4;
    for (int64_t i = 0; i < a.n; i++)
        a.y[i] += a.y[i] > 0; /* 0 2 3 */
    softmax_fit f = fit_of(&a, 1, true, 1e-10), g = fit_of(&b, 1, true, 1e-10);
    assert_true(f.intercept[1] == SOFTMAX_NEVER);
    for (int64_t i = 0; i < a.n; i++) {
        double p[4], q[3];
        probabilities(&a, &f, i, p), probabilities(&b, &g, i, q);
        assert_true(p[1] == 0 && p[0] == q[0] && p[2] == q[1] && p[3] == q[2]);
    }
    free(f.coef), free(g.coef);
    for (a.classes = 2; a.classes <= 3; a.classes++) {
        double p[3];
        for (int64_t i = 0; i < a.n; i++)
            a.y[i] = 1;
        f = fit_of(&a, 1, true, 1e-10);
        probabilities(&a, &f, 0, p);
        assert_true(f.converged && p[1] == 1 && p[0] == 0);
        free(f.coef);
    }
    data_free(&a), data_free(&b);
}

/* --- bits -------------------------------------------------------------------------------- */

static void bits_do_not_depend_on_company(void **state)
{
    static const double alphas[] = {1e-3, 1, 1e3};
    (void)state;
    for (int wide = 0; wide <= 1; wide++) {
        data a = made_up(2100, wide ? 40 : 4, wide ? 7 : 3);
        softmax_rows rows = rows_of(&a);
        size_t size = (size_t)(columns_of(&a) * (a.d + 1)) * 8;
        softmax_set set;
        assert_int_equal(softmax_set_init(context, &rows, true, &set), STINT_OK);
        assert_non_null(set.kept);
        for (int backwards = 0; backwards <= 2; backwards++) {
            if (backwards == 2) { /* blocks are read anew from here on */
                mem_free(set.kept);
                set.kept = NULL;
            }
            for (int i = 0; i < 3; i++) {
                int which = backwards ? 2 - i : i;
                softmax_fit alone = fit_of(&a, alphas[which], true, 1e-5), f = fit_new(&a);
                softmax_settings s = {alphas[which], 1e-5, 5000};
                assert_int_equal(softmax_fit_run(context, &set, &s, &f), STINT_OK);
                assert_memory_equal(f.coef, alone.coef, size);
                assert_true(f.value == alone.value && f.iterations == alone.iterations);
                free(f.coef), free(alone.coef);
            }
        }
        softmax_set_deinit(&set);
        data_free(&a);
    }
}

/* --- memory ------------------------------------------------------------------------------ */

static stint_status fit_within(data *a, int64_t bytes)
{
    ctx *child = ctx_child(context, "fit", bytes);
    softmax_rows rows = rows_of(a);
    softmax_fit f = fit_new(a);
    softmax_set set;
    assert_non_null(child);
    stint_status s = softmax_set_init(child, &rows, true, &set);
    if (s == STINT_OK) {
        s = softmax_fit_run(child, &set, &(softmax_settings){1, 1e-4, 100}, &f);
        softmax_set_deinit(&set);
    }
    assert_int_equal(mem_live_blocks(ctx_budget(child), NULL, 0, 0), 0);
    ctx_free_child(child);
    stint_clear(context);
    free(f.coef);
    return s;
}

static void fits_stay_within_their_estimate(void **state)
{
    static const struct {
        int d, classes;
    } shapes[] = {{4, 3}, {40, 7}, {250, 2}};
    (void)state;
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
        for (int64_t n = 100; n < 40000; n = n * 7 + 13) {
            data a = made_up(n, shapes[s].d, shapes[s].classes);
            int64_t bytes = softmax_set_bytes(n, a.d, a.classes) - OPENBLAS_BYTES +
                            softmax_fit_bytes(a.d, a.classes);
            assert_int_equal(fit_within(&a, bytes), STINT_OK);
            for (int i = 1; i < 12 && n < 1000; i++)
                assert_true(fit_within(&a, bytes * i / 24) == STINT_ENOMEM || i > 8);
            data_free(&a);
        }
}

static void steps_are_limited(void **state)
{
    (void)state;
    data a = made_up(900, 3, 3);
    softmax_rows rows = rows_of(&a);
    softmax_fit f = fit_new(&a);
    softmax_set set;
    assert_int_equal(softmax_set_init(context, &rows, true, &set), STINT_OK);
    assert_int_equal(softmax_fit_run(context, &set, &(softmax_settings){1, 1e-12, 2}, &f),
                     STINT_OK);
    assert_true(!f.converged && f.iterations == 2 && f.steepness > 1e-12);
    softmax_set_deinit(&set);
    free(f.coef);
    data_free(&a);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(derivatives_are_the_limits_of_differences),
        TEST(features_are_measured_over_all_blocks),
        TEST(optima_meet_their_conditions),
        TEST(optima_are_scikit_learns),
        TEST(separable_rows_come_to_an_end),
        TEST(a_constant_feature_gets_nothing),
        TEST(units_do_not_matter),
        TEST(a_class_without_rows_is_never_predicted),
        TEST(bits_do_not_depend_on_company),
        TEST(fits_stay_within_their_estimate),
        TEST(steps_are_limited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
