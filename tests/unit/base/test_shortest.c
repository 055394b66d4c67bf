/* Shortest digits of doubles, against the C library's own, which are tried one by one. */
#include "base/rng.h"
#include "base/shortest.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { TRIAL_SIZE = 400 };

/* The first of 15, 16, 17 digits (subnormals: of 1, 2 …) that reads back. */
static void by_trial(char out[TRIAL_SIZE], double x)
{
    int digits = fabs(x) < DBL_MIN ? 1 : 15;
    do
        snprintf(out, TRIAL_SIZE, "%.*g", digits, x);
    while (digits++ < 17 && strtod(out, NULL) != x);
}

static void check(double x)
{
    char got[SHORTEST_SIZE], wanted[TRIAL_SIZE];
    size_t n = shortest_text(got, x);
    assert_int_equal(n, strlen(got));
    by_trial(wanted, x);
    assert_string_equal(got, wanted);
}

static void random_bits_are_as_by_trial(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 100000; i++) {
        uint64_t bits = rng_u64((rng){3, 1}, i);
        double x;
        memcpy(&x, &bits, sizeof x);
        if (isfinite(x))
            check(x);
    }
}

static void numbers_as_tables_have_them_are_as_by_trial(void **state)
{
    (void)state;
    for (uint64_t i = 1; i < 50000; i++) {
        check(rng_normal((rng){3, 1}, i));
        check((double)i / 1000);
        check((double)i * 1e11);
        check(ldexp((double)i, -1074));
    }
    for (int e = -330; e < 309; e++) {
        char text[16];
        snprintf(text, sizeof text, "1e%d", e);
        if (strtod(text, NULL) > 0)
            check(strtod(text, NULL));
    }
}

/* Below a power of two its neighbours are nearer, so that a number of fewer digits may read back
 * that is not the nearest of that length. */
static void powers_of_two_read_back_in_no_more_digits(void **state)
{
    (void)state;
    for (int e = -1074; e < 1024; e++) {
        char got[SHORTEST_SIZE], trial[TRIAL_SIZE];
        double x = ldexp(1, e);
        shortest_text(got, x);
        by_trial(trial, x);
        assert_true(strtod(got, NULL) == x);
        assert_true(strlen(got) <= strlen(trial));
    }
}

static void special_values_have_names(void **state)
{
    (void)state;
    static const struct {
        double x;
        const char *text;
    } cases[] = {
        {0, "0"},
        {-0.0, "-0.0"},
        {NAN, "nan"},
        {INFINITY, "inf"},
        {-INFINITY, "-inf"},
        {-7, "-7"},
        {999999999999999, "999999999999999"},
        {1e15, "1e+15"},
        {DBL_MAX, "1.7976931348623157e+308"},
        {5e-324, "5e-324"},
        {0.0001, "0.0001"},
        {0.00001, "1e-05"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char out[SHORTEST_SIZE];
        shortest_text(out, cases[i].x);
        assert_string_equal(out, cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_bits_are_as_by_trial),
        cmocka_unit_test(numbers_as_tables_have_them_are_as_by_trial),
        cmocka_unit_test(powers_of_two_read_back_in_no_more_digits),
        cmocka_unit_test(special_values_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
