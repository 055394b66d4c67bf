/* Sorting: any order of any values, and orders that defeat a plain quicksort. */
#include "metrics/ascending.h"

#include "base/rng.h"

#include "unit/fixture.h"

enum { MOST = 20000 };

static double at_random(int64_t i, int64_t n)
{
    (void)n;
    return rng_normal((rng){7, RNG_GENERATE}, 2 * (uint64_t)i);
}

static double with_ties(int64_t i, int64_t n)
{
    return floor(at_random(i, n) * 2);
}

static double rising(int64_t i, int64_t n)
{
    (void)n;
    return (double)i;
}

static double falling(int64_t i, int64_t n)
{
    return (double)(n - i);
}

static double all_alike(int64_t i, int64_t n)
{
    (void)i, (void)n;
    return -0.5;
}

static double organ_pipe(int64_t i, int64_t n)
{
    return (double)(i < n / 2 ? i : n - i);
}

static double with_infinities(int64_t i, int64_t n)
{
    return i % 5 == 0 ? INFINITY : i % 7 == 0 ? -INFINITY : at_random(i, n);
}

/* Defeats the median of three, as long as that is taken of the first, middle and last. */
static double saw(int64_t i, int64_t n)
{
    return (double)((i * 2) % (n | 1));
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void every_order_is_sorted(void **state)
{
    (void)state;
    static double (*const orders[])(int64_t, int64_t) = {
        at_random, with_ties, rising, falling, all_alike, organ_pipe, with_infinities, saw};
    static double x[MOST + 2], want[MOST];
    for (size_t f = 0; f < sizeof orders / sizeof orders[0]; f++)
        for (int64_t n = 0; n <= MOST; n = n < 70 ? n + 1 : n * 3 + 1) {
            for (int64_t i = 0; i < n; i++)
                x[i + 1] = want[i] = orders[f](i, n);
            x[0] = x[n + 1] = 12345; /* beyond either end */
            qsort(want, (size_t)n, sizeof *want, by_value);
            ascending(x + 1, n);
            assert_memory_equal(x + 1, want, (size_t)n * sizeof *want);
            assert_true(x[0] == 12345 && x[n + 1] == 12345);
        }
}

/* After Musser 1997: first and middle are the two smallest of what is left, so that a partition
 * about the median of three takes off two values at a time. */
static void killing_order(double *x, int64_t n)
{
    static int64_t place[MOST];
    for (int64_t i = 0; i < n; i++)
        place[i] = i;
    for (int64_t from = 0; from + 2 < n; from += 2) {
        int64_t middle = from + (n - from) / 2, t = place[from + 1];
        x[place[from]] = (double)from;
        place[from + 1] = place[middle];
        place[middle] = t;
        x[place[from + 1]] = (double)from + 1;
    }
    for (int64_t i = n - n % 2 - 2; i < n; i++)
        if (i >= 0)
            x[place[i]] = (double)i;
}

static void a_killing_order_is_sorted(void **state)
{
    (void)state;
    static double x[MOST];
    killing_order(x, MOST);
    ascending(x, MOST);
    for (int64_t i = 0; i < MOST; i++)
        assert_true(x[i] == (double)i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_order_is_sorted),
        cmocka_unit_test(a_killing_order_is_sorted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
