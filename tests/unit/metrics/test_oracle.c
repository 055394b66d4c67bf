/* Every metric against scikit-learn's numbers (tests/oracle/metrics.json and labels.json, made by
 * tools/oracle_metrics.py and oracle_labels.py), however the rows are cut into blocks. */
#include "base/json.h"
#include "base/os/os.h"

#include "unit/metrics/problem.h"

static json_t *oracle_read(ctx *c, const char *file)
{
    char path[512];
    str text;
    snprintf(path, sizeof path, STINT_SOURCE_DIR "/tests/oracle/%s", file);
    str_init(&text, c, TAG_BASE);
    assert_int_equal(file_read(c, path, &text), STINT_OK);
    json_t *all = json_parse(c, file, text.at, (size_t)text.len);
    assert_non_null(all);
    str_deinit(&text);
    return all;
}

static target_kind kind_of(const char *word)
{
    target_kind k = 0;
    while (strcmp(target_kind_name(k), word) != 0)
        k++;
    return k;
}

static void take(const json_t *columns, double *to, int64_t stride)
{
    size_t k, i;
    json_t *column, *v;
    json_array_foreach(columns, k, column) json_array_foreach(column, i, v)
        to[(int64_t)k * stride + (int64_t)i] = json_number_value(v);
}

static problem problem_read(const json_t *from)
{
    outcome_shape s = {
        .kind = kind_of(json_string_value(json_object_get(from, "kind"))),
        .targets = (int)json_integer_value(json_object_get(from, "targets")),
        .classes = (int)json_integer_value(json_object_get(from, "classes")),
        .period = json_number_value(json_object_get(from, "period")),
        .decode = {json_number_value(json_object_get(from, "threshold")),
                   (int)json_integer_value(json_object_get(from, "top_k"))},
        .rows = json_integer_value(json_object_get(from, "rows")),
        .keep = true,
    };
    problem p = {.shape = s, .stride = s.rows + 5};
    p.y = calloc((size_t)(problem_outputs(&s) * p.stride), sizeof(double));
    p.prediction = calloc((size_t)(problem_predictions(&s) * p.stride), sizeof(double));
    take(json_object_get(from, "y"), p.y, p.stride);
    take(json_object_get(from, "prediction"), p.prediction, p.stride);
    return p;
}

/* 1e-12 relative; values of which less than that is left by cancellation count as 0. */
static bool agree(double got, double want)
{
    if (isnan(want))
        return isnan(got);
    return fabs(got - want) <= 1e-12 * fabs(want) || (fabs(want) < 1e-15 && fabs(got) < 1e-15);
}

static void check_metrics(const char *name, const json_t *want, const outcomes *o)
{
    size_t known = 0;
    for (int i = 0; metric_table[i]; i++) {
        const metric_class *m = metric_table[i];
        if (!(m->kinds & TARGET_BIT(o->shape.kind)))
            continue;
        if (!json_object_get(want, m->name))
            fail_msg("%s: the oracle has no %s", name, m->name);
        double value = json_number_or_nan(want, m->name), got = m->value(o);
        if (!agree(got, value))
            fail_msg("%s: %s is %.17g, not %.17g", name, m->name, got, value);
        assert_true(isnan(got) || m->half_width(o) >= 0);
        known++;
    }
    assert_int_equal(known, json_object_size(want));
}

static void check_oracle(fixture *t, const char *file)
{
    static const int64_t cuts[] = {1024, 1, 7};
    json_t *all = oracle_read(t->ctx, file), *one;
    const char *name;
    json_object_foreach(json_object_get(all, "cases"), name, one)
    {
        problem p = problem_read(one);
        outcomes *o;
        assert_int_equal(outcomes_new(t->ctx, &p.shape, &o), STINT_OK);
        for (int i = 0; i < 3; i++) {
            problem_add(&p, cuts[i], o);
            check_metrics(name, json_object_get(one, "metrics"), o);
            outcomes_clear(o);
        }
        outcomes_free(o);
        problem_drop(&p);
    }
    json_decref(all);
}

static void metrics_are_scikit_learns(void **state)
{
    check_oracle(*state, "metrics.json");
}

static void metrics_of_labels_are_scikit_learns(void **state)
{
    check_oracle(*state, "labels.json");
}

enum { POINTS = 128 };

static void check_curve(const char *name, const json_t *want, int n, const double *x,
                        const double *y)
{
    const json_t *wx = json_array_get(want, 0), *wy = json_array_get(want, 1);
    if (n != (int)json_array_size(wx))
        fail_msg("%s: %d points, not %d", name, n, (int)json_array_size(wx));
    for (int i = 0; i < n; i++)
        if (!agree(x[i], json_number_value(json_array_get(wx, (size_t)i))) ||
            !agree(y[i], json_number_value(json_array_get(wy, (size_t)i))))
            fail_msg("%s: point %d is (%.17g, %.17g)", name, i, x[i], y[i]);
}

static void curves_are_scikit_learns(void **state)
{
    fixture *t = *state;
    json_t *all = oracle_read(t->ctx, "metrics.json"), *one, *curve;
    const char *name;
    size_t class;
    double x[POINTS], y[POINTS];
    int curves = 0;
    json_object_foreach(json_object_get(all, "cases"), name, one)
    {
        if (!json_object_get(one, "curves"))
            continue;
        problem p = problem_read(one);
        outcomes *o;
        assert_int_equal(outcomes_new(t->ctx, &p.shape, &o), STINT_OK);
        problem_add(&p, 10, o);
        json_array_foreach(json_object_get(one, "curves"), class, curve)
        {
            int k = (int)class, n = outcomes_roc(o, k, POINTS, x, y);
            if (json_is_null(curve)) {
                assert_int_equal(n, 0);
                continue;
            }
            check_curve(name, json_object_get(curve, "roc"), n, x, y);
            n = outcomes_pr(o, k, POINTS, x, y);
            check_curve(name, json_object_get(curve, "pr"), n, x, y);
            curves++;
        }
        outcomes_free(o);
        problem_drop(&p);
    }
    assert_true(curves > 10);
    json_decref(all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(metrics_are_scikit_learns),
        FIXTURE_TEST(metrics_of_labels_are_scikit_learns),
        FIXTURE_TEST(curves_are_scikit_learns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
