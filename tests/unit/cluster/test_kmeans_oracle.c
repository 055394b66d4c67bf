/* k-means from given starts finds what scikit-learn does (tests/oracle/kmeans.json, made by
 * tools/oracle_kmeans.py): the same labels, rounds and inertia. */
#include "cluster/kmeans.h"

#include "base/json.h"
#include "unit/fixture.h"

typedef struct rows_read {
    double *x;
    int64_t n, d;
} rows_read;

static json_t *oracle_read(ctx *c)
{
    str text;
    str_init(&text, c, TAG_BASE);
    assert_int_equal(file_read(c, STINT_SOURCE_DIR "/tests/oracle/kmeans.json", &text), STINT_OK);
    json_t *all = json_parse(c, "kmeans.json", text.at, text.len);
    assert_non_null(all);
    str_deinit(&text);
    return all;
}

static rows_read listed(const json_t *rows)
{
    rows_read r = {.n = (int64_t)json_array_size(rows),
                   .d = (int64_t)json_array_size(json_array_get(rows, 0))};
    r.x = calloc((size_t)(r.n * r.d), sizeof *r.x);
    for (int64_t i = 0; i < r.n * r.d; i++)
        r.x[i] = json_number_value(
            json_array_get(json_array_get(rows, (size_t)(i / r.d)), (size_t)(i % r.d)));
    return r;
}

/* A table of numbers without its last column. */
static rows_read table_of(ctx *c, const char *name)
{
    str text;
    char path[256];
    rows_read r = {0};
    str_init(&text, c, TAG_BASE);
    snprintf(path, sizeof path, "%s/examples/data/%s", STINT_SOURCE_DIR, name);
    assert_int_equal(file_read(c, path, &text), STINT_OK);
    char *at = strchr(text.at, '\n') + 1;
    for (const char *p = text.at; p < at; p++)
        r.d += *p == ',';
    r.x = calloc(text.len, sizeof *r.x);
    for (; *at; at = strchr(at, '\n') + 1, r.n++)
        for (int64_t j = 0; j < r.d; j++, at++)
            r.x[r.n * r.d + j] = strtod(at, &at);
    str_deinit(&text);
    return r;
}

static double *numbers(const json_t *list)
{
    size_t n = json_array_size(list);
    double *x = n ? calloc(n, sizeof *x) : NULL;
    for (size_t i = 0; i < n; i++)
        x[i] = json_number_value(json_array_get(list, i));
    return x;
}

static double *start_of(const json_t *of, const rows_read *r, int64_t k)
{
    if (json_object_get(of, "centers"))
        return listed(json_object_get(of, "centers")).x;
    double *x = calloc((size_t)(k * r->d), sizeof *x);
    for (int64_t i = 0; i < k; i++)
        memcpy(x + i * r->d,
               r->x + json_integer_value(json_array_get(json_object_get(of, "start"), (size_t)i)) *
                          r->d,
               (size_t)r->d * sizeof *x);
    return x;
}

static void check(fixture *t, size_t number, const json_t *want, const rows_read *r,
                  const char *algorithm)
{
    int64_t k = json_integer_value(json_object_get(want, "k"));
    double *centers = start_of(want, r, k), *weights = numbers(json_object_get(want, "weights"));
    char tol[STR_DOUBLE_SIZE], clusters[32], rounds[32];
    str_format_double(tol, json_number_value(json_object_get(want, "tol")));
    snprintf(clusters, sizeof clusters, "%d", (int)k);
    snprintf(rounds, sizeof rounds, "%d",
             (int)json_integer_value(json_object_get(want, "max_iter")));
    const stint_setting s[] = {
        {"n_clusters", clusters}, {"tol", tol}, {"max_iter", rounds}, {"algorithm", algorithm}};
    cluster_task task = {.points = {.n = r->n, .d = r->d, .stride = r->d, .f64 = r->x},
                         .centers = centers,
                         .weights = weights};
    cluster_run run = {&cluster_kmeans, s, 4, "simd"};
    stint_clustering *m;
    if (cluster_fit(t->ctx, &run, &task, &m) != STINT_OK)
        fail_msg("case %d: %s", (int)number, stint_message(t->ctx));
    for (int64_t i = 0; i < r->n; i++)
        if (m->labels[i] !=
            json_integer_value(json_array_get(json_object_get(want, "labels"), (size_t)i)))
            fail_msg("case %d, %s: row %d has label %d", (int)number, algorithm, (int)i,
                     m->labels[i]);
    for (int64_t j = 0; j < r->d; j++) {
        double first = json_number_value(json_array_get(json_object_get(want, "first"), (size_t)j));
        assert_true(fabs(m->centers[j] - first) <= 1e-9 * fabs(first) + 1e-9);
    }
    assert_true(fabs(m->facts.inertia - json_number_value(json_object_get(want, "inertia"))) <=
                1e-9 * m->facts.inertia + 1e-9);
    assert_int_equal(m->facts.iterations, json_integer_value(json_object_get(want, "iterations")));
    stint_clustering_free(m);
    free(centers);
    free(weights);
}

static void finds_what_scikit_learn_does(void **state)
{
    fixture *t = *state;
    json_t *all = oracle_read(t->ctx), *want;
    const json_t *tables = json_object_get(all, "tables");
    static const char *const algorithms[] = {"lloyd", "hamerly", "yinyang", "auto"};
    size_t i;
    json_array_foreach(json_object_get(all, "cases"), i, want)
    {
        const char *name = json_string_value(json_object_get(want, "data"));
        const json_t *table = json_object_get(tables, name);
        rows_read r = table ? table_of(t->ctx, json_string_value(table))
                            : listed(json_object_get(json_object_get(all, "data"), name));
        for (size_t a = 0; a < sizeof algorithms / sizeof *algorithms; a++)
            check(t, i, want, &r, algorithms[a]);
        free(r.x);
    }
    assert_true(i >= 20);
    json_decref(all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {FIXTURE_TEST(finds_what_scikit_learn_does)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
