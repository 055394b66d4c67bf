/* The strong Wolfe conditions hold where the line search ends, on the functions of one variable
 * with which line searches are tried (Moré & Thuente 1994), from first steps near and far. */
#include "optim/line_search.h"

#include "unit/fixture.h"

typedef struct function {
    const char *what;
    double (*value)(double a);
} function;

static double rational(double a)
{
    return -a / (a * a + 2);
}

static double quintic(double a)
{
    double b = a + 0.004;
    return pow(b, 5) - 2 * pow(b, 4);
}

static double wavy(double a)
{
    return 1 - a + 0.3 * sin(5 * a) / 5 + a * a / 4;
}

/* Infinite beyond 3 */
static double walled(double a)
{
    return a >= 3 ? INFINITY : -log(3 - a) - a;
}

/* No minimum, but a slope that flattens. */
static double falling(double a)
{
    return exp(-a);
}

static const function functions[] = {
    {"rational", rational}, {"quintic", quintic}, {"wavy", wavy},
    {"walled", walled},     {"falling", falling},
};

typedef struct watched {
    double (*value)(double a);
    int evaluations;
} watched;

static double slope_of(double (*value)(double a), double a)
{
    double h = 1e-6;
    return (value(a + h) - value(a - h)) / (2 * h);
}

static stint_status watched_value(void *self, double *x, double *f, double *gradient)
{
    watched *w = self;
    w->evaluations++;
    *f = w->value(*x);
    *gradient = slope_of(w->value, *x);
    return STINT_OK;
}

static void the_conditions_hold(void **state)
{
    (void)state;
    static const double firsts[] = {1e-3, 0.1, 1, 10, 1000}, origin = 0, direction = 1;
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++)
        for (size_t k = 0; k < sizeof firsts / sizeof firsts[0]; k++) {
            const function *one = &functions[i];
            watched w = {one->value, 0};
            objective o = {1, &w, watched_value};
            double x, gradient, slope = slope_of(one->value, 0);
            line_point start = {0, one->value(0), slope}, end;
            line_search s = {&o, &origin, &direction, start, 1e-12, &x, &gradient};
            assert_true(slope < 0);
            assert_int_equal(line_search_run(&s, firsts[k], &end), STINT_OK);
            bool whole = x == end.step && end.f == one->value(x) && end.slope == gradient;
            bool low = end.f <= start.f + 1e-4 * end.step * slope,
                 flat = fabs(gradient) <= -0.9 * slope;
            if (!whole || !low || !flat || w.evaluations > 18)
                fail_msg("%s from %g: ends at %g after %d: %s%s%s", one->what, firsts[k], x,
                         w.evaluations, whole ? "" : "torn ", low ? "" : "high ",
                         flat ? "" : "steep");
        }
}

/* Rises, though its slope says otherwise. */
static stint_status rising_value(void *self, double *x, double *f, double *gradient)
{
    (void)self;
    *f = *x;
    *gradient = -1;
    return STINT_OK;
}

static void without_a_lower_point_it_ends_at_the_start(void **state)
{
    (void)state;
    static const double origin = 0, direction = 1;
    objective o = {1, NULL, rising_value};
    double x, gradient;
    line_search s = {&o, &origin, &direction, {0, 0, -1}, 1e-6, &x, &gradient};
    line_point end;
    assert_int_equal(line_search_run(&s, 1, &end), STINT_OK);
    assert_true(end.step == 0 && x == 0 && end.f == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_conditions_hold),
        cmocka_unit_test(without_a_lower_point_it_ends_at_the_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
