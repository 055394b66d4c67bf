/* Spreads of values in groups, whole and merged of pieces. */
#include "data/spread.h"

#include "base/rng.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

enum { ROWS = 1000, GROUPS = 3 };

static const int which[4] = {0, 2, -1, 1}; /* of parts */

static void fill(double *x, uint8_t *parts)
{
    for (int i = 0; i < ROWS; i++) {
        x[i] = i % 7 == 3 ? NAN : 1000 + rng_normal((rng){2, 2}, (uint64_t)i);
        parts[i] = (uint8_t)(i * 5 % 4);
    }
}

static spread textbook(const double *x, const uint8_t *parts, int group)
{
    spread s = spread_none();
    long double sum = 0, squares = 0;
    for (int i = 0; i < ROWS; i++) {
        if (which[parts[i]] != group || isnan(x[i]))
            continue;
        s.n++;
        sum += x[i] - 1000;
        squares += ((long double)x[i] - 1000) * ((long double)x[i] - 1000);
        s.low = fmin(s.low, x[i]);
        s.high = fmax(s.high, x[i]);
    }
    s.mean = (double)(1000 + sum / s.n);
    s.m2 = (double)(squares - sum * sum / s.n);
    return s;
}

static void assert_spread(const spread *got, const spread *want)
{
    assert_true(got->n == want->n && got->low == want->low && got->high == want->high);
    assert_true(fabs(got->mean - want->mean) <= 1e-12);
    assert_true(fabs(got->m2 - want->m2) <= 1e-11 * want->m2);
}

static void pieces_make_the_whole(void **state)
{
    double x[ROWS];
    uint8_t parts[ROWS];
    (void)state;
    fill(x, parts);
    for (int piece = 1; piece <= ROWS; piece = piece * 3 + 1) {
        spread sums[GROUPS] = {spread_none(), spread_none(), spread_none()}, some[GROUPS];
        for (int from = 0; from < ROWS; from += piece) {
            int n = ROWS - from < piece ? ROWS - from : piece;
            spreads_of_values(x + from, parts + from, n, which, GROUPS, some);
            for (int g = 0; g < GROUPS; g++)
                spread_merge(&sums[g], &some[g]);
        }
        for (int g = 0; g < GROUPS; g++) {
            spread want = textbook(x, parts, g);
            assert_spread(&sums[g], &want);
        }
    }
}

static void nothing_spreads_nowhere(void **state)
{
    double holes[2] = {NAN, NAN};
    uint8_t parts[2] = {0, 0};
    spread some[GROUPS], sum = spread_none();
    (void)state;
    spreads_of_values(holes, parts, 2, which, GROUPS, some);
    for (int g = 0; g < GROUPS; g++) {
        assert_true(some[g].n == 0 && some[g].low > some[g].high && some[g].mean == 0);
        spread_merge(&sum, &some[g]);
    }
    assert_true(sum.n == 0 && sum.mean == 0 && sum.m2 == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_make_the_whole),
        cmocka_unit_test(nothing_spreads_nowhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
