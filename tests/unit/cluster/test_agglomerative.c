/* Trees and labels against SciPy and scikit-learn; and what is refused. */
#include "base/json.h"
#include "unit/cluster/agglomerative_problem.h"

static double *rows_of(const json_t *rows, int64_t *n, int64_t *d)
{
    *n = (int64_t)json_array_size(rows);
    *d = (int64_t)json_array_size(json_array_get(rows, 0));
    double *x = calloc((size_t)(*n * *d), sizeof *x);
    for (int64_t i = 0; i < *n; i++)
        for (int64_t j = 0; j < *d; j++)
            x[i * *d + j] =
                json_number_value(json_array_get(json_array_get(rows, (size_t)i), (size_t)j));
    return x;
}

static double *manhattan(const double *x, int64_t n, int64_t d)
{
    double *m = calloc((size_t)(n * n), sizeof *m);
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < n; j++)
            for (int64_t f = 0; f < d; f++)
                m[i * n + j] += fabs(x[i * d + f] - x[j * d + f]);
    return m;
}

/* Label for label; of single linkage, whose children scikit-learn has in the order of its own
 * tree's edges, up to the numbers. */
static void compare_labels(const char *name, const json_t *labels, bool numbers,
                           const stint_clustering *m)
{
    int32_t ours[64], theirs[64];
    memset(ours, -1, sizeof ours);
    memset(theirs, -1, sizeof theirs);
    for (int64_t i = 0; i < m->facts.n; i++) {
        int32_t want = (int32_t)json_integer_value(json_array_get(labels, (size_t)i));
        int32_t got = m->labels[i];
        assert_true(want < 64 && got < 64);
        if ((numbers && want != got) || (theirs[want] >= 0 && theirs[want] != got) ||
            (ours[got] >= 0 && ours[got] != want))
            fail_msg("%s: row %d has label %d, not %d", name, (int)i, got, want);
        theirs[want] = got;
        ours[got] = want;
    }
}

static void compare(const char *name, const json_t *want, const stint_clustering *m)
{
    const json_t *children = json_object_get(want, "children");
    const json_t *distances = json_object_get(want, "distances");
    const char *method = json_string_value(json_object_get(want, "linkage"));
    assert_int_equal(m->facts.components, json_integer_value(json_object_get(want, "components")));
    compare_labels(name, json_object_get(want, "labels"), strcmp(method, "single") != 0, m);
    for (int64_t i = 0; i < m->facts.n - 1; i++) {
        const json_t *pair = json_array_get(children, (size_t)i);
        double height = json_number_value(json_array_get(distances, (size_t)i));
        if (!(fabs(m->distances[i] - height) <= 1e-12 * height))
            fail_msg("%s: merge %d at %.17g, not %.17g", name, (int)i, m->distances[i], height);
        for (int c = 0; c < 2; c++)
            if (m->children[i][c] != json_integer_value(json_array_get(pair, (size_t)c)))
                fail_msg("%s: child %d of merge %d is %d", name, c, (int)i, (int)m->children[i][c]);
    }
}

static void check_case(fixture *t, const json_t *data, const json_t *want)
{
    char clusters[32], threshold[STR_DOUBLE_SIZE], k[32], name[128];
    const char *set = json_string_value(json_object_get(want, "data"));
    const char *metric = json_string_value(json_object_get(want, "metric"));
    const char *method = json_string_value(json_object_get(want, "linkage"));
    int64_t n, d;
    double *x = rows_of(json_object_get(data, set), &n, &d), *dense = NULL;
    problem p = problem_of(x, n, d);
    if (strcmp(metric, "precomputed") == 0)
        p = problem_given(dense = manhattan(x, n, d), n);
    snprintf(clusters, sizeof clusters, "%d",
             (int)json_integer_value(json_object_get(want, "n_clusters")));
    snprintf(k, sizeof k, "%d", (int)json_integer_value(json_object_get(want, "connectivity")));
    str_format_double(threshold, json_number_value(json_object_get(want, "distance_threshold")));
    snprintf(name, sizeof name, "%s %s %s k %s", set, method, metric, k);
    problem_set(&p, "linkage", method);
    problem_set(&p, "metric", metric);
    problem_set(&p, "n_clusters", clusters);
    problem_set(&p, "distance_threshold", threshold);
    problem_set(&p, "connectivity", k);
    for (int small = 0; small < 2; small++) { /* in the least memory too */
        p.task.memory = small ? problem_cost(t->ctx, &p).least_bytes : 0;
        stint_clustering *m = problem_fit(t->ctx, &p);
        compare(name, want, m);
        stint_clustering_free(m);
    }
    free(x);
    free(dense);
}

static void trees_are_those_of_scipy(void **state)
{
    fixture *t = *state;
    str text;
    str_init(&text, t->ctx, TAG_BASE);
    assert_int_equal(file_read(t->ctx, STINT_SOURCE_DIR "/tests/oracle/agglomerative.json", &text),
                     STINT_OK);
    json_t *oracle = json_parse(t->ctx, "oracle", text.at, text.len);
    const json_t *cases = json_object_get(oracle, "cases");
    assert_true(json_array_size(cases) >= 22);
    for (size_t i = 0; i < json_array_size(cases); i++)
        check_case(t, json_object_get(oracle, "data"), json_array_get(cases, i));
    json_decref(oracle);
    str_deinit(&text);
}

/* --- refused ------------------------------------------------------------------------------- */

static void assert_refused(fixture *t, const problem *p, stint_status s, const char *message)
{
    stint_clustering *m;
    assert_int_equal(problem_try(t->ctx, p, &m), s);
    assert_null(m);
    assert_message(t, message);
}

static void wrong_settings_are_refused(void **state)
{
    static const struct {
        const char *name[3], *value[3], *message;
    } cases[] = {
        {{"n_clusters"}, {"0"}, "exactly one"},
        {{"distance_threshold"}, {"1"}, "exactly one"},
        {{"n_clusters"}, {"7"}, "n_clusters is 7, but there are 6 rows"},
        {{"metric"}, {"manhattan"}, "ward works with euclidean"},
        {{"metric"}, {"cosine"}, "ward works with euclidean"},
        {{"metric", "linkage"}, {"precomputed", "single"}, "needs a dense matrix"},
        {{"connectivity"}, {"6"}, "a row has 5 others"},
        {{"linkage"}, {"wards"}, "ward"},
        {{"distance_threshold"}, {"-2"}, "distance_threshold"},
    };
    fixture *t = *state;
    double *x = problem_rows(6, 2, 0, 1);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        problem p = problem_of(x, 6, 2);
        for (int j = 0; j < 3 && cases[i].name[j]; j++)
            problem_set(&p, cases[i].name[j], cases[i].value[j]);
        assert_refused(t, &p, STINT_EUSAGE, cases[i].message);
    }
    free(x);
}

static void wrong_values_are_refused(void **state)
{
    fixture *t = *state;
    double *x = problem_rows(6, 2, 0, 1), *m = manhattan(x, 6, 2);
    problem p = problem_of(x, 6, 2), given = problem_given(m, 6);
    problem_set(&given, "linkage", "average");
    x[5] = NAN;
    assert_refused(t, &p, STINT_EDATA, "");
    x[5] = 1, x[6] = INFINITY;
    assert_refused(t, &p, STINT_EDATA, "");
    x[6] = x[7] = 0;
    problem_set(&p, "linkage", "single");
    problem_set(&p, "metric", "cosine");
    assert_refused(t, &p, STINT_EDATA, "row 3 is all zeros");
    m[2 * 6 + 4] = -1;
    assert_refused(t, &given, STINT_EDATA, "row 2, column 4");
    m[2 * 6 + 4] = NAN;
    assert_refused(t, &given, STINT_EDATA, "row 2, column 4");
    m[2 * 6 + 4] = 1;
    given.task.points = p.task.points;
    assert_refused(t, &given, STINT_EUSAGE, "not both");
    given = problem_given(m, 6);
    assert_refused(t, &given, STINT_EUSAGE, "ward works with");
    free(x);
    free(m);
}

static void wrong_graphs_are_refused(void **state)
{
    fixture *t = *state;
    int64_t row[] = {0, 1, 2, 3};
    int32_t column[] = {1, 2, 3};
    double *x = problem_rows(4, 2, 0, 1), ones[] = {1, 1, 1};
    problem p = problem_of(x, 3, 2);
    p.task.pairs = (stint_pairs){.n = 3, .row = row, .column = column, .value = ones};
    assert_refused(t, &p, STINT_EDATA, "row 2 of the graph");
    p.task.points.n = 4;
    assert_refused(t, &p, STINT_EUSAGE, "needs points");
    p.task.points.n = 3;
    problem_set(&p, "connectivity", "1");
    assert_refused(t, &p, STINT_EUSAGE, "one of the two");
    free(x);
}

static void too_little_memory_is_refused(void **state)
{
    fixture *t = *state;
    static const char *const linkages[] = {"ward", "complete", "average", "single"};
    double *x = problem_rows(500, 3, 0, 1);
    for (int i = 0; i < 4; i++) {
        problem p = problem_of(x, 500, 3);
        problem_set(&p, "linkage", linkages[i]);
        p.task.memory = problem_cost(t->ctx, &p).least_bytes - 1;
        assert_refused(t, &p, STINT_EPLAN, "needs at least");
    }
    free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(trees_are_those_of_scipy),     FIXTURE_TEST(wrong_settings_are_refused),
        FIXTURE_TEST(wrong_values_are_refused),     FIXTURE_TEST(wrong_graphs_are_refused),
        FIXTURE_TEST(too_little_memory_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
