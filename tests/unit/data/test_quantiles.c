/* Quantiles by passes against those of sorted values. */
#include "data/quantiles.h"

#include "base/rng.h"
#include "unit/fixture.h"

enum { BLOCK = 10000 };

typedef struct values {
    double *x;
    int64_t n;
} values;

static const double *values_block(void *self, int64_t i, int64_t *n)
{
    const values *v = self;
    *n = v->n - i * BLOCK < BLOCK ? v->n - i * BLOCK : BLOCK;
    return v->x + i * BLOCK;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* And the magnitude that its rounding is relative to. */
static double sorted_quantile(const double *x, int64_t n, int k, int parts, double *magnitude)
{
    int64_t place = (n - 1) * k;
    int64_t h = place / parts;
    double t = (double)(place % parts) / parts;
    *magnitude = t == 0 ? 0 : fmax(fabs(x[h]), fabs(x[h + 1]));
    return t == 0 ? x[h] : x[h] + (x[h + 1] - x[h]) * t;
}

/* All quantiles of `parts` of v's present values, found and sorted out. */
static void check(fixture *t, values *v, int parts)
{
    double got[QUANTILES_MOST], *sorted = malloc(sizeof(double) * (size_t)(v->n + 1));
    int64_t present = 0;
    quantiles *q = quantiles_new(t->ctx, TAG_TABLE);
    quantiles_source source = {values_block, v, (v->n + BLOCK - 1) / BLOCK};
    for (int64_t i = 0; i < v->n; i++)
        if (!isnan(v->x[i]))
            sorted[present++] = v->x[i];
    qsort(sorted, (size_t)present, sizeof *sorted, by_value);
    assert_int_equal(quantiles_find(q, &source, 0, parts + 1, parts, got), present);
    for (int k = 0; k <= parts; k++) {
        double magnitude = 0, want = NAN;
        if (present)
            want = sorted_quantile(sorted, present, k, parts, &magnitude);
        bool good = isnan(want) ? isnan(got[k])
                                : got[k] == want || fabs(got[k] - want) <= 1e-15 * magnitude;
        if (!good)
            fail_msg("quantile %d/%d of %lld: %.17g is not %.17g", k, parts, (long long)present,
                     got[k], want);
    }
    quantiles_free(q);
    free(sorted);
}

typedef double make(uint64_t i);

static double normal(uint64_t i)
{
    return rng_normal((rng){7, 1}, i);
}

static double whole(uint64_t i)
{
    return (double)rng_below((rng){7, 2}, i, 21) - 10;
}

static double equal(uint64_t i)
{
    (void)i;
    return -0.1;
}

static double zeros(uint64_t i)
{
    return i % 3 == 0 ? 0.0 : i % 3 == 1 ? -0.0 : 1e-320;
}

static double mostly_zero(uint64_t i)
{
    return i % 10 ? 0 : normal(i);
}

static double near_one(uint64_t i)
{
    return 1 + (double)rng_below((rng){7, 3}, i, 1000000) * 0x1p-52;
}

static double holes(uint64_t i)
{
    return i % 4 == 1 ? NAN : normal(i);
}

static double wide(uint64_t i)
{
    return ldexp(normal(i), (int)rng_below((rng){7, 4}, i, 2000) - 1000);
}

/* One row, few, all in memory, one more than that, several levels. */
static void quantiles_are_those_of_sorted_values(void **state)
{
    fixture *t = *state;
    static const int64_t sizes[] = {1, 2, 3, 100, QUANTILES_FEW, QUANTILES_FEW + 1, 300000};
    static make *const makers[] = {normal, whole, equal, zeros, mostly_zero, near_one, holes, wide};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (size_t m = 0; m < sizeof makers / sizeof *makers; m++) {
            values v = {malloc(sizeof(double) * (size_t)sizes[s]), sizes[s]};
            for (int64_t i = 0; i < v.n; i++)
                v.x[i] = makers[m]((uint64_t)i);
            check(t, &v, 4);
            if (s == 3 || s == 6)
                check(t, &v, m < 2 ? 256 : 10);
            free(v.x);
        }
}

static void nothing_has_no_quantiles(void **state)
{
    fixture *t = *state;
    double holes[] = {NAN, NAN};
    check(t, &(values){holes, 2}, 2);
    check(t, &(values){holes, 0}, 2);
}

static void infinities_are_ends(void **state)
{
    fixture *t = *state;
    double x[] = {INFINITY, -1, -INFINITY, 3, 5}, ends[] = {-INFINITY, INFINITY, INFINITY}, got[5];
    quantiles *q = quantiles_new(t->ctx, TAG_TABLE);
    quantiles_find(q, &(quantiles_source){values_block, &(values){x, 5}, 1}, 0, 5, 4, got);
    assert_true(got[0] == -INFINITY && got[1] == -1 && got[2] == 3 && got[3] == 5);
    assert_true(got[4] == INFINITY);
    quantiles_find(q, &(quantiles_source){values_block, &(values){ends, 3}, 1}, 1, 1, 2, got);
    assert_true(got[0] == INFINITY);
    quantiles_free(q);
}

static void minus_zero_is_zero(void **state)
{
    fixture *t = *state;
    double x[] = {-0.0, -0.0, -0.0}, got;
    quantiles *q = quantiles_new(t->ctx, TAG_TABLE);
    quantiles_find(q, &(quantiles_source){values_block, &(values){x, 3}, 1}, 1, 1, 2, &got);
    assert_true(got == 0 && !signbit(got));
    quantiles_free(q);
}

static void memory_is_as_said(void **state)
{
    fixture *t = *state;
    int64_t before = budget_live(ctx_budget(t->ctx));
    quantiles *q = quantiles_new(t->ctx, TAG_TABLE);
    assert_int_equal(budget_live(ctx_budget(t->ctx)) - before, quantiles_bytes());
    quantiles_free(q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(quantiles_are_those_of_sorted_values),
        FIXTURE_TEST(nothing_has_no_quantiles),
        FIXTURE_TEST(infinities_are_ends),
        FIXTURE_TEST(minus_zero_is_zero),
        FIXTURE_TEST(memory_is_as_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
