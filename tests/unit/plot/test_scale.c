#include "plot/scale.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

/* Ranges, scales and the ticks they get. */

typedef struct tick_case {
    plot_scale kind;
    double low, high;
    int want;
    bool whole;
    const char *labels; /* joined by '|' */
    int exponent;
} tick_case;

static const tick_case tick_cases[] = {
    {PLOT_LINEAR, 0, 1, 5, false, "0.0|0.2|0.4|0.6|0.8|1.0", 0},
    {PLOT_LINEAR, 0.02, 0.31, 3, false, "0.1|0.2|0.3", 0},
    {PLOT_LINEAR, -160, 170, 6, false, "−150|−100|−50|0|50|100|150", 0},
    {PLOT_LINEAR, 0, 45000, 5, false, "0|10\u2009000|20\u2009000|30\u2009000|40\u2009000", 0},
    {PLOT_LINEAR, 0, 3.2e6, 3, false, "0|1|2|3", 6},
    {PLOT_LINEAR, 0, 2.2e-5, 4, false, "0.0|0.5|1.0|1.5|2.0", -5},
    {PLOT_LINEAR, 0.6, 3.4, 8, true, "1|2|3", 0},
    {PLOT_LINEAR, -PLOT_MOST, PLOT_MOST, 2, false, "−1|0|1", 300},
    {PLOT_LOG, 1e-4, 1e4, 5, false, "10⁻⁴|10⁻²|10⁰|10²|10⁴", 0},
    {PLOT_LOG, 0.5, 2000, 6, false, "1|10|100|1000", 0},
    {PLOT_LOG, 0.9, 60, 6, false, "1|2|5|10|20|50", 0},
    {PLOT_LOG, 1.1, 2.1, 4, false, "1.2|1.4|1.6|1.8|2.0", 0},
    {PLOT_LOG, 1e-30, 1e30, 5, false, "10⁻²⁶|10⁻¹³|10⁰|10¹³|10²⁶", 0},
};

static void ticks_are_round(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof tick_cases / sizeof tick_cases[0]; ++i) {
        const tick_case *k = &tick_cases[i];
        const scale s = {k->kind, k->low, k->high, 0, 100};
        static ticks t;
        char labels[512] = "";
        scale_ticks(&s, k->want, k->whole, &t);
        for (int j = 0; j < t.n; ++j)
            strcat(strcat(labels, j > 0 ? "|" : ""), t.label[j]);
        assert_string_equal(labels, k->labels);
        assert_int_equal(t.exponent, k->exponent);
    }
}

static void ticks_are_exact(void **state)
{
    (void)state;
    const scale s = {PLOT_LINEAR, 0, 1, 0, 100};
    static ticks t;
    scale_ticks(&s, 10, false, &t);
    assert_int_equal(t.n, 11);
    assert_true(t.at[3] == 0.3);
    assert_true(t.at[7] == 0.7);
}

/* Whatever the axis, ticks are few, ascending and within it. */
static void ticks_stay_within(void **state)
{
    (void)state;
    for (int e = -290; e <= 290; e += 29) {
        for (int want = 0; want < 40; want += 3) {
            const scale s = {PLOT_LINEAR, 1.3 * pow(10, e), 7.7 * pow(10, e), 0, 100};
            static ticks t;
            scale_ticks(&s, want, false, &t);
            assert_in_range(t.n, 2, TICKS_MOST);
            for (int i = 0; i < t.n; ++i) {
                assert_true(t.at[i] >= s.low * (1 - 1e-9) && t.at[i] <= s.high * (1 + 1e-9));
                assert_true(i == 0 || t.at[i] > t.at[i - 1]);
            }
        }
    }
}

static void ranges_take_what_shows(void **state)
{
    (void)state;
    range r = RANGE_EMPTY;
    range_add(&r, PLOT_LINEAR, NAN);
    range_add(&r, PLOT_LINEAR, INFINITY);
    range_add(&r, PLOT_LINEAR, 2e300);
    assert_true(r.low > r.high);
    range_add(&r, PLOT_LINEAR, -3);
    range_add(&r, PLOT_LINEAR, 5);
    assert_true(r.low == -3 && r.high == 5);
    assert_false(scale_shows(PLOT_LOG, 0));
    assert_false(scale_shows(PLOT_LOG, -1));
    assert_true(scale_shows(PLOT_LOG, 1e-200));
}

static void fits_have_room(void **state)
{
    (void)state;
    static const range ranges[] = {{1, -1},        {0, 0},      {5, 5},           {-1e300, 1e300},
                                   {1e300, 1e300}, {0, 1e-300}, {1e15, 1e15 + 1}, {-7, -7}};
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; ++i) {
        scale s = {.to = 100};
        scale_fit(&s, &(plot_axis){0}, ranges[i]);
        assert_true(isfinite(s.low) && isfinite(s.high) && s.low < s.high);
        assert_true(isfinite(s.high - s.low));
    }
    scale s = {.to = 100};
    scale_fit(&s, &(plot_axis){.from_zero = true}, (range){3, 40});
    assert_true(s.low == 0 && s.high > 40);
    scale_fit(&s, &(plot_axis){.scale = PLOT_LOG}, (range){1e-300, 1e300});
    assert_true(s.low > 0 && isfinite(s.high));
    assert_true(isfinite(scale_at(&s, 5)));
}

static void positions_map(void **state)
{
    (void)state;
    scale s = {PLOT_LINEAR, 10, 20, 100, 300};
    assert_true(scale_at(&s, 10) == 100 && scale_at(&s, 15) == 200 && scale_at(&s, 20) == 300);
    assert_true(isfinite(scale_at(&s, 1e300)));
    s = (scale){PLOT_LOG, 1, 100, 0, 50};
    assert_float_equal(scale_at(&s, 10), 25, 1e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ticks_are_round),   cmocka_unit_test(ticks_are_exact),
        cmocka_unit_test(ticks_stay_within), cmocka_unit_test(ranges_take_what_shows),
        cmocka_unit_test(fits_have_room),    cmocka_unit_test(positions_map),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
