/* Search spaces: values of a dimension, counts, and configurations by number. */
#include "search/space.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

static dimension spread_of(spread kind, double low, double high, int64_t n)
{
    return (dimension){.spread = kind, .low = low, .high = high, .n = n};
}

static void near(double x, double want)
{
    assert_true(fabs(x - want) <= 1e-14 * fabs(want));
}

static void lists_give_their_values(void **state)
{
    (void)state;
    dimension d = {.spread = SPREAD_LIST, .list = (const double[]){3, 1, 2}, .n = 3};
    assert_true(dimension_value(&d, 0) == 3);
    assert_true(dimension_value(&d, 2) == 2);
}

static void log_ends_are_exact_and_decades_are_powers(void **state)
{
    (void)state;
    dimension d = spread_of(SPREAD_LOG, 1e-4, 1e4, 9);
    assert_true(dimension_value(&d, 0) == 1e-4);
    assert_true(dimension_value(&d, 8) == 1e4);
    for (int i = 0; i < 9; i++)
        near(dimension_value(&d, i), pow(10, i - 4));
    assert_true(dimension_value(&d, 4) == 1);
}

static void log_ratios_are_equal(void **state)
{
    (void)state;
    dimension d = spread_of(SPREAD_LOG, 0.003, 70, 50);
    double ratio = pow(70 / 0.003, 1.0 / 49);
    for (int i = 1; i < 50; i++)
        assert_true(fabs(dimension_value(&d, i) / dimension_value(&d, i - 1) / ratio - 1) < 1e-13);
}

static void linear_steps_are_even(void **state)
{
    (void)state;
    dimension d = spread_of(SPREAD_LINEAR, -1, 1, 21);
    for (int i = 0; i < 21; i++)
        assert_true(fabs(dimension_value(&d, i) - (i - 10) / 10.0) < 1e-15);
    d = spread_of(SPREAD_LINEAR, 1, 50, 50);
    for (int i = 0; i < 50; i++)
        assert_true(dimension_value(&d, i) == i + 1);
}

static void values_stay_within_the_widest_ends(void **state)
{
    (void)state;
    const dimension widest[] = {
        spread_of(SPREAD_LOG, 1e-300, 1e300, 1000000000),
        spread_of(SPREAD_LINEAR, 0, 1e300, 1000000000),
        spread_of(SPREAD_LINEAR, 0.1, 0.3, 7),
        spread_of(SPREAD_LOG, 0.1, 0.3, 7),
    };
    for (size_t k = 0; k < sizeof widest / sizeof *widest; k++) {
        const dimension *d = &widest[k];
        double before = d->low;
        for (int64_t i = 0; i < d->n; i += d->n / 7) {
            double x = dimension_value(d, i);
            assert_true(x >= before && x <= d->high);
            before = x;
        }
        assert_true(dimension_value(d, d->n - 1) == d->high);
    }
}

static void one_value_is_the_low_end(void **state)
{
    (void)state;
    dimension d = spread_of(SPREAD_LOG, 2, 8, 1);
    assert_true(dimension_value(&d, 0) == 2);
}

typedef struct abc {
    double a, b, c;
} abc;

static const param abc_params[] = {
    PARAM_F64(abc, a, 0, 0, 10, ""),
    PARAM_F64(abc, b, 0, 0, 10, ""),
    PARAM_F64(abc, c, 0, 0, 10, ""),
    PARAM_END,
};

static void the_last_parameter_varies_fastest(void **state)
{
    (void)state;
    dimension d[] = {
        {.spread = SPREAD_LIST, .list = (const double[]){1, 2}, .n = 2},
        {.spread = SPREAD_LIST, .list = (const double[]){5}, .n = 1},
        {.spread = SPREAD_LINEAR, .low = 7, .high = 9, .n = 3},
    };
    space s = {abc_params, d};
    double v[3];
    assert_int_equal(grid_count(&s), 6);
    for (int i = 0; i < 6; i++) {
        grid_values(&s, i, v);
        assert_int_equal(v[0], 1 + i / 3);
        assert_int_equal(v[1], 5);
        assert_int_equal(v[2], 7 + i % 3);
    }
}

static void counts_that_overflow_are_the_largest(void **state)
{
    (void)state;
    dimension d[] = {
        spread_of(SPREAD_LINEAR, 0, 1, 1000000000),
        spread_of(SPREAD_LINEAR, 0, 1, 1000000000),
        spread_of(SPREAD_LINEAR, 0, 1, 9),
    };
    space s = {abc_params, d};
    double v[3];
    assert_true(grid_count(&s) == INT64_C(9000000000000000000));
    grid_values(&s, grid_count(&s) - 1, v);
    assert_true(v[0] == 1 && v[1] == 1 && v[2] == 1);
    d[2].n = 10;
    assert_true(grid_count(&s) == INT64_MAX);
}

static void a_class_without_parameters_has_one_configuration(void **state)
{
    (void)state;
    static const param none[] = {PARAM_END};
    space s = {none, NULL};
    assert_int_equal(grid_count(&s), 1);
    grid_values(&s, 0, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_give_their_values),
        cmocka_unit_test(log_ends_are_exact_and_decades_are_powers),
        cmocka_unit_test(log_ratios_are_equal),
        cmocka_unit_test(linear_steps_are_even),
        cmocka_unit_test(values_stay_within_the_widest_ends),
        cmocka_unit_test(one_value_is_the_low_end),
        cmocka_unit_test(the_last_parameter_varies_fastest),
        cmocka_unit_test(counts_that_overflow_are_the_largest),
        cmocka_unit_test(a_class_without_parameters_has_one_configuration),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
