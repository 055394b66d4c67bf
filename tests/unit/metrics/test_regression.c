/* Regression metrics against values worked out by hand. */
#include "metrics/metric.h"

#include "unit/fixture.h"

static const double y[] = {3, -0.5, 2, 7}, guess[] = {2.5, 0, 2, 8};

static void values_by_hand(void **state)
{
    (void)state;
    residuals r = residuals_of(y, guess, 4);
    /* errors 0.5, -0.5, 0, -1; mean of y 2.875 */
    assert_int_equal(r.n, 4);
    assert_near(r.square_sum, 1.5, 1e-15);
    assert_near(r.fourth_sum, 1.125, 1e-15);
    assert_near(r.abs_sum, 2, 1e-15);
    assert_near(r.abs_max, 1, 1e-15);
    assert_near(r.y_m2, 29.1875, 1e-15);
    assert_near(metric_of_residuals(&metric_rmse, &r, 1), 0.61237243569579447, 1e-15);
    assert_near(metric_of_residuals(&metric_mae, &r, 1), 0.5, 1e-15);
    assert_near(metric_of_residuals(&metric_r2, &r, 1), 0.94860813704496787, 1e-15);
    assert_near(metric_of_residuals(&metric_max_error, &r, 1), 1, 1e-15);
}

static void half_widths_by_hand(void **state)
{
    (void)state;
    residuals r = residuals_of(y, guess, 4);
    /* squares: mean 0.375, mean of squares 0.28125, variance 0.140625, se = sqrt(v/3) */
    double z = 1.959963984540054, se = sqrt(0.140625 / 3);
    assert_near(metric_half_width_of_residuals(&metric_rmse, &r, 1), z * se / (2 * sqrt(0.375)),
                1e-14);
    assert_near(metric_half_width_of_residuals(&metric_r2, &r, 1), z * se / (29.1875 / 4), 1e-14);
    /* sizes: mean 0.5, mean of squares 0.375, variance 0.125 */
    assert_near(metric_half_width_of_residuals(&metric_mae, &r, 1), z * sqrt(0.125 / 3), 1e-14);
    assert_true(metric_half_width_of_residuals(&metric_max_error, &r, 1) == 0);
    r = residuals_of(y, y, 4);
    assert_true(metric_half_width_of_residuals(&metric_rmse, &r, 1) == 0);
    r = residuals_of(y, guess, 1);
    assert_true(metric_half_width_of_residuals(&metric_mae, &r, 1) == 0);
}

static void several_targets(void **state)
{
    (void)state;
    residuals r[] = {residuals_of(y, guess, 4), residuals_of(guess, y, 4), residuals_of(y, y, 4)};
    r[1].abs_max = 5;
    assert_near(metric_of_residuals(&metric_mae, r, 3), 1.0 / 3, 1e-15);
    assert_near(metric_of_residuals(&metric_rmse, r, 3), 2 * 0.61237243569579447 / 3, 1e-15);
    assert_near(metric_of_residuals(&metric_max_error, r, 3), 5, 1e-15);
}

static void constant_targets(void **state)
{
    (void)state;
    double flat[] = {2, 2, 2}, off[] = {2, 2, 3};
    residuals hit = residuals_of(flat, flat, 3), missed = residuals_of(flat, off, 3);
    assert_true(metric_of_residuals(&metric_r2, &hit, 1) == 1);
    assert_true(metric_of_residuals(&metric_r2, &missed, 1) == 0);
    assert_true(metric_half_width_of_residuals(&metric_r2, &missed, 1) == 0);
}

static void blocks_merge_to_the_whole(void **state)
{
    (void)state;
    enum { N = 1000 };
    double a[N], b[N];
    for (int i = 0; i < N; i++) {
        a[i] = 1e6 + sin(i);
        b[i] = a[i] + cos(3 * i) / 7;
    }
    residuals whole = residuals_of(a, b, N), sum = {0};
    for (int from = 0, n = 1; from < N; from += n, n = n % 97 + 1) {
        n = from + n < N ? n : N - from;
        sum = residuals_merge(sum, residuals_of(a + from, b + from, n));
    }
    sum = residuals_merge(sum, residuals_of(a, b, 0));
    assert_int_equal(sum.n, N);
    assert_near(sum.square_sum, whole.square_sum, 1e-12);
    assert_near(sum.fourth_sum, whole.fourth_sum, 1e-12);
    assert_near(sum.abs_sum, whole.abs_sum, 1e-12);
    assert_near(sum.abs_max, whole.abs_max, 0);
    assert_near(sum.y_mean, whole.y_mean, 1e-14);
    assert_near(sum.y_m2, whole.y_m2, 1e-9); /* against a mean of 1e6: no cancellation */
}

static void better(void **state)
{
    (void)state;
    assert_true(metric_better(&metric_rmse, 1, 2));
    assert_false(metric_better(&metric_rmse, 2, 1));
    assert_false(metric_better(&metric_rmse, 1, 1));
    assert_true(metric_better(&metric_r2, 2, 1));
    assert_true(metric_better(&metric_r2, -1, NAN));
    assert_false(metric_better(&metric_r2, NAN, -1));
    assert_false(metric_better(&metric_rmse, NAN, NAN));
    assert_ptr_equal(metric_find("mae"), &metric_mae);
    assert_null(metric_find("MAE"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_by_hand),
        cmocka_unit_test(half_widths_by_hand),
        cmocka_unit_test(several_targets),
        cmocka_unit_test(constant_targets),
        cmocka_unit_test(blocks_merge_to_the_whole),
        cmocka_unit_test(better),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
