/* Angles: any vector has one in [0, period), any two a difference of the shorter way round. */
#include "base/target.h"

#include "unit/fixture.h"

static const double periods[] = {360, 24, 6.283185307179586, 1, 1e-3};

static void angles_are_within_the_period(void **state)
{
    (void)state;
    for (int k = 0; k < 5; k++)
        for (int i = -800; i <= 800; i++) {
            double turn = i / 400.0 * 6.283185307179586, p = periods[k];
            double a = angle_of(1e3 * sin(turn), 1e3 * cos(turn), p);
            assert_true(a >= 0 && a < p);
            assert_near(p + angle_difference(a, i / 400.0 * p, p), p, 1e-12);
        }
    assert_true(angle_of(-1e-300, 1, 360) == 0);
    assert_near(angle_of(1, 0, 360), 90, 1e-15);
    assert_near(angle_of(0, -1, 360), 180, 1e-15);
    assert_near(angle_of(-1, 0, 24), 18, 1e-15);
}

static void no_length_is_the_angle_zero(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++)
        assert_true(angle_of(i & 1 ? -0.0 : 0.0, i & 2 ? -0.0 : 0.0, 360) == 0);
}

static void differences_are_the_shorter_way(void **state)
{
    (void)state;
    static const double cases[][3] = {
        {1, 359, 2}, {359, 1, -2}, {180, 0, 180},   {0, 180, 180}, {270, 0, -90},
        {725, 5, 0}, {-350, 5, 5}, {90.5, 90, 0.5}, {0, 0, 0},     {10, 190, 180},
    };
    for (int i = 0; i < 10; i++) {
        assert_true(angle_difference(cases[i][0], cases[i][1], 360) == cases[i][2]);
        assert_near(angle_difference(cases[i][0] / 15, cases[i][1] / 15, 24), cases[i][2] / 15,
                    1e-14);
    }
}

static void what_is_no_number_stays_none(void **state)
{
    (void)state;
    assert_true(isnan(angle_of(NAN, 1, 360)));
    assert_true(isnan(angle_of(0, NAN, 360)));
    assert_true(isnan(angle_difference(NAN, 1, 360)));
    assert_true(isnan(angle_difference(INFINITY, 1, 360)));
}

static void kinds_have_names(void **state)
{
    (void)state;
    assert_string_equal(target_kind_name(TARGET_NUMBER), "regression");
    assert_string_equal(target_kind_name(TARGET_CLASS), "classification");
    assert_string_equal(target_kind_name(TARGET_ANGLE), "angle");
    assert_string_equal(target_kind_name(TARGET_LABELS), "labels");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(angles_are_within_the_period),
        cmocka_unit_test(no_length_is_the_angle_zero),
        cmocka_unit_test(differences_are_the_shorter_way),
        cmocka_unit_test(what_is_no_number_stays_none),
        cmocka_unit_test(kinds_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
