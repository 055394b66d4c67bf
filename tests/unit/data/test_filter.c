/* Filters are SciPy's and pandas' (tests/oracle/filters.json, made by tools/oracle_filters.py). */
#include "data/filter.h"

#include "data/rescale.h"
#include "unit/fixture.h"

#define NEAR 1e-9

typedef struct oracle {
    json_t *json;
    double x[512];
    int64_t n;
} oracle;

static int64_t numbers(const json_t *list, double *out)
{
    size_t i;
    const json_t *item;
    json_array_foreach(list, i, item) out[i] = json_is_null(item) ? NAN : json_number_value(item);
    return (int64_t)json_array_size(list);
}

static int oracle_setup(void **state)
{
    oracle *o = calloc(1, sizeof *o);
    o->json = json_load_file(STINT_SOURCE_DIR "/tests/oracle/filters.json", 0, NULL);
    if (!o->json)
        return -1;
    o->n = numbers(json_object_get(o->json, "x"), o->x);
    *state = o;
    return 0;
}

static int oracle_teardown(void **state)
{
    oracle *o = *state;
    json_decref(o->json);
    free(o);
    return 0;
}

static double number(const json_t *case_of, const char *key)
{
    return json_number_value(json_object_get(case_of, key));
}

static void assert_same(const oracle *o, const double *got, const json_t *case_of, const char *key)
{
    double want[512];
    assert_int_equal(numbers(json_object_get(case_of, key), want), o->n);
    for (int64_t i = 0; i < o->n; i++)
        if (!(fabs(got[i] - want[i]) <= NEAR * fmax(1, fabs(want[i]))))
            fail_msg("%s [%d]: %.17g is not %.17g", key, (int)i, got[i], want[i]);
}

static void check_butterworth(const oracle *o, const json_t *one)
{
    butterworth b;
    double y[512];
    butterworth_design((int)number(one, "order"), number(one, "cutoff"), &b);
    butterworth_state s = butterworth_begin(&b, 0);
    memcpy(y, o->x, sizeof y);
    butterworth_run(&b, &s, y, o->n);
    assert_same(o, y, one, "rest");
    if (json_object_get(one, "level")) {
        s = butterworth_begin(&b, o->x[0]);
        memcpy(y, o->x, sizeof y);
        butterworth_run(&b, &s, y, o->n);
        assert_same(o, y, one, "level");
    }
    memcpy(y, o->x, sizeof y);
    butterworth_zero_phase(&b, y, o->n);
    assert_same(o, y, one, "zero");
}

static void butterworth_is_scipys(void **state)
{
    const oracle *o = *state;
    size_t i;
    const json_t *one;
    json_array_foreach(json_object_get(o->json, "butterworth"), i, one) check_butterworth(o, one);
    json_array_foreach(json_object_get(o->json, "filtfilt"), i, one) check_butterworth(o, one);
}

/* One more value than the padding is the least that SciPy takes too. */
static void zero_phase_takes_the_shortest_series(void **state)
{
    (void)state;
    for (int order = 1; order <= BUTTERWORTH_ORDER_MOST; order++) {
        butterworth b;
        double x[64];
        int64_t n = butterworth_pad(order) + 1;
        for (int64_t i = 0; i < n; i++)
            x[i] = 7;
        butterworth_design(order, 0.3, &b);
        butterworth_zero_phase(&b, x, n);
        for (int64_t i = 0; i < n; i++)
            assert_near(x[i], 7, 1e-12);
    }
}

static void savgol_is_scipys(void **state)
{
    const oracle *o = *state;
    size_t i;
    const json_t *one;
    json_array_foreach(json_object_get(o->json, "savgol"), i, one)
    {
        double y[512];
        int window = (int)number(one, "window");
        double *work = calloc((size_t)savgol_work(window), sizeof *work);
        memcpy(y, o->x, sizeof y);
        savgol_run(window, (int)number(one, "order"), work, y, o->n);
        free(work);
        assert_same(o, y, one, "y");
    }
}

static void ema_is_that_of_pandas(void **state)
{
    const oracle *o = *state;
    size_t i;
    const json_t *one;
    json_array_foreach(json_object_get(o->json, "ema"), i, one)
    {
        double y[512], mean = o->x[0];
        memcpy(y, o->x, sizeof y);
        ema_run(number(one, "alpha"), &mean, y, o->n);
        assert_same(o, y, one, "y");
        assert_true(mean == y[o->n - 1]);
    }
}

static void scales_go_there_and_back(void **state)
{
    const oracle *o = *state;
    double x[512], sum = 0, squares = 0;
    memcpy(x, o->x, sizeof x);
    x[3] = NAN;
    rescale z = rescale_zscore(x, o->n), m = rescale_minmax(x, o->n);
    rescale_apply(z, x, o->n);
    for (int64_t i = 0; i < o->n; i++) {
        sum += i == 3 ? 0 : x[i];
        squares += i == 3 ? 0 : x[i] * x[i];
    }
    assert_true(fabs(sum) < 1e-10);
    assert_near(squares, (double)(o->n - 1), 1e-12);
    rescale_invert(z, x, o->n);
    rescale_apply(m, x, o->n);
    double low = 1, high = 0;
    for (int64_t i = 0; i < o->n; i++) {
        low = x[i] < low ? x[i] : low;
        high = x[i] > high ? x[i] : high;
    }
    assert_true(low > -1e-12 && low < 1e-12 && fabs(high - 1) < 1e-12 && x[3] != x[3]);
    rescale_invert(m, x, o->n);
    for (int64_t i = 0; i < o->n; i++)
        if (i != 3)
            assert_near(x[i], o->x[i], 1e-14);
    double flat[] = {5, 5, 5};
    rescale_apply(rescale_zscore(flat, 3), flat, 3);
    assert_true(flat[0] == 0 && flat[2] == 0);
    double none[] = {NAN};
    assert_true(rescale_minmax(none, 1).scale == 1 && rescale_zscore(none, 1).scale == 1);
}

#define ORACLE_TEST(f) cmocka_unit_test_setup_teardown(f, oracle_setup, oracle_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ORACLE_TEST(butterworth_is_scipys),    ORACLE_TEST(zero_phase_takes_the_shortest_series),
        ORACLE_TEST(savgol_is_scipys),         ORACLE_TEST(ema_is_that_of_pandas),
        ORACLE_TEST(scales_go_there_and_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
