/* Spectral clustering against scikit-learn's, the same bits whatever the threads and the memory,
 * graphs that fall apart, landmarks, matrices given, and what is refused. */
#include "cluster/cluster.h"

#include "base/rng.h"
#include "unit/fixture.h"

#include <jansson.h>

typedef struct problem {
    int64_t n, d;
    double *x;
    int32_t *labels;
} problem;

static void open_oracle(json_t **root)
{
    json_error_t why;
    *root = json_load_file(STINT_SOURCE_DIR "/tests/oracle/spectral.json", 0, &why);
    assert_non_null(*root);
}

static problem problem_of(const json_t *o)
{
    const json_t *x = json_object_get(o, "x"), *labels = json_object_get(o, "labels");
    problem p = {(int64_t)json_array_size(x), (int64_t)json_array_size(json_array_get(x, 0))};
    p.x = calloc((size_t)(p.n * p.d), sizeof *p.x);
    p.labels = calloc((size_t)p.n, sizeof *p.labels);
    for (int64_t i = 0; i < p.n; i++) {
        const json_t *row = json_array_get(x, (size_t)i);
        for (int64_t j = 0; j < p.d; j++)
            p.x[i * p.d + j] = json_number_value(json_array_get(row, (size_t)j));
        p.labels[i] = (int32_t)json_integer_value(json_array_get(labels, (size_t)i));
    }
    return p;
}

static void drop(problem *p)
{
    free(p->x);
    free(p->labels);
}

/* Adjusted Rand index by counting pairs. */
static double rand_index(int64_t n, const int32_t *a, const int32_t *b)
{
    double both = 0, in_a = 0, in_b = 0, pairs = 0.5 * (double)n * (double)(n - 1);
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < i; j++) {
            both += a[i] == a[j] && b[i] == b[j];
            in_a += a[i] == a[j];
            in_b += b[i] == b[j];
        }
    double chance = in_a * in_b / pairs, most = 0.5 * (in_a + in_b);
    return most == chance ? 1 : (both - chance) / (most - chance);
}

static stint_status fit(fixture *t, cluster_task *task, const char *settings,
                        stint_clustering **out)
{
    static char text[512];
    static stint_setting list[16];
    int n = 0;
    snprintf(text, sizeof text, "%s", settings);
    for (char *at = strtok(text, " "); at; at = strtok(NULL, " ")) {
        char *value = strchr(at, '=');
        *value = '\0';
        list[n++] = (stint_setting){at, value + 1};
    }
    return cluster_fit(t->ctx, &(cluster_run){&cluster_spectral, list, n, NULL}, task, out);
}

static cluster_task task_of(const problem *p, pool *threads, int64_t memory)
{
    return (cluster_task){.points = {.n = p->n, .d = p->d, .f64 = p->x, .stride = p->d},
                          .pool = threads,
                          .memory = memory};
}

static void agrees_with_scikit_learn(void **state)
{
    fixture *t = *state;
    json_t *root, *o;
    size_t i;
    open_oracle(&root);
    json_array_foreach(json_object_get(root, "cases"), i, o)
    {
        char settings[256];
        const char *name = json_string_value(json_object_get(o, "name"));
        const json_t *values = json_object_get(o, "values");
        int64_t k = json_integer_value(json_object_get(o, "k"));
        problem p = problem_of(o);
        cluster_task task = task_of(&p, NULL, 1 << 30);
        stint_clustering *m;
        snprintf(settings, sizeof settings,
                 "n_clusters=%d affinity=%s gamma=%g assign=%s tolerance=1e-8", (int)k,
                 json_string_value(json_object_get(o, "affinity")),
                 json_number_value(json_object_get(o, "gamma")),
                 json_string_value(json_object_get(o, "assign")));
        if (fit(t, &task, settings, &m) != STINT_OK)
            fail_msg("%s: %s", name, stint_message(t->ctx));
        double index = rand_index(p.n, m->labels, p.labels);
        if (index < 0.95)
            fail_msg("%s: adjusted Rand index %g", name, index);
        if (!m->facts.converged)
            fail_msg("%s: %s", name, m->facts.notes);
        for (int64_t v = 0; v < m->n_eigenvalues; v++) {
            double want = json_number_value(json_array_get(values, (size_t)v));
            if (fabs(m->eigenvalues[v] - want) > 1e-7)
                fail_msg("%s: eigenvalue %d is %.10g, not %.10g", name, (int)v, m->eigenvalues[v],
                         want);
        }
        stint_clustering_free(m);
        drop(&p);
    }
    assert_true(i >= 12);
    json_decref(root);
}

/* --- the same bits ------------------------------------------------------------------------- */

static problem blobs(int64_t n, int64_t d, int64_t k, double spread)
{
    problem p = {n, d, calloc((size_t)(n * d), 8), calloc((size_t)n, 4)};
    for (int64_t i = 0; i < n; i++) {
        p.labels[i] = (int32_t)(i % k);
        for (int64_t j = 0; j < d; j++)
            p.x[i * d + j] = 6 * rng_normal((rng){1, 1}, (uint64_t)(p.labels[i] * d + j)) +
                             spread * rng_normal((rng){1, 2}, (uint64_t)(i * d + j));
    }
    return p;
}

static void same_bits(void **state)
{
    fixture *t = *state;
    static const char *const settings[] = {
        "n_clusters=3 gamma=0.05",
        "n_clusters=3 affinity=cosine",
        "n_clusters=3 affinity=nearest_neighbors",
        "n_clusters=3 gamma=0.05 landmarks=60",
    };
    problem p = blobs(700, 3, 3, 1);
    for (size_t s = 0; s < sizeof settings / sizeof *settings; s++) {
        stint_clustering *first = NULL, *m;
        for (int threads = 1; threads <= 4; threads++) {
            pool *shared = pool_new(t->ctx, threads);
            cluster_task task = task_of(&p, shared, 1 << 30);
            cluster_run r = {&cluster_spectral, NULL, 0, NULL};
            cluster_cost cost;
            assert_int_equal(cluster_estimate(t->ctx, &r, &task, &cost), STINT_OK);
            for (int again = 0; again < 2; again++) {
                task = task_of(&p, shared, again ? 0 : 1 << 30);
                if (again) { /* the least it can do with */
                    task.memory = 1;
                    assert_int_equal(fit(t, &task, settings[s], &m), STINT_EPLAN);
                    const char *at = strchr(stint_message(t->ctx), '(');
                    task.memory = at ? strtoll(at + 1, NULL, 10) : 0;
                    stint_clear(t->ctx);
                }
                if (fit(t, &task, settings[s], &m) != STINT_OK)
                    fail_msg("%s: %s", settings[s], stint_message(t->ctx));
                if (m->facts.peak_bytes > task.memory)
                    fail_msg("%s: took %lld of %lld", settings[s], (long long)m->facts.peak_bytes,
                             (long long)task.memory);
                if (!first) {
                    first = m;
                    assert_true(rand_index(p.n, m->labels, p.labels) > 0.9);
                    continue;
                }
                assert_memory_equal(m->labels, first->labels, (size_t)p.n * 4);
                assert_memory_equal(m->embedding, first->embedding, (size_t)(p.n * 3) * 8);
                stint_clustering_free(m);
            }
            pool_free(shared);
        }
        stint_clustering_free(first);
    }
    drop(&p);
}

/* --- graphs that fall apart ---------------------------------------------------------------- */

static void components(void **state)
{
    fixture *t = *state;
    problem p = blobs(300, 2, 3, 0.01); /* far apart: no affinity in between */
    static const struct {
        const char *settings;
        bool ambiguous;
        double index;
    } cases[] = {
        {"n_clusters=3 affinity=nearest_neighbors", false, 1},
        {"n_clusters=3 gamma=100", false, 1},
        {"n_clusters=2 affinity=nearest_neighbors", true, 0.4},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        stint_clustering *m;
        cluster_task task = task_of(&p, NULL, 1 << 30);
        if (fit(t, &task, cases[i].settings, &m) != STINT_OK)
            fail_msg("%s", stint_message(t->ctx));
        assert_int_equal(m->facts.components, 3);
        assert_int_equal(m->facts.ambiguous, cases[i].ambiguous);
        assert_true(rand_index(p.n, m->labels, p.labels) >= cases[i].index);
        assert_non_null(strstr(m->facts.notes, "3 components"));
        stint_clustering_free(m);
    }
    drop(&p);
}

static void isolated_rows(void **state)
{
    fixture *t = *state;
    problem p = blobs(60, 2, 1, 1);
    p.x[0] = 1e6; /* alone */
    stint_clustering *m;
    cluster_task task = task_of(&p, NULL, 1 << 30);
    assert_int_equal(fit(t, &task, "n_clusters=2 gamma=0.01", &m), STINT_OK);
    assert_int_equal(m->facts.components, 2);
    for (int64_t i = 1; i < p.n; i++)
        assert_int_not_equal(m->labels[i], m->labels[0]);
    stint_clustering_free(m);
    drop(&p);
}

/* Groups without any affinity between them, over several tiles, their rows mixed. */
static void groups_apart(void **state)
{
    fixture *t = *state;
    problem p = blobs(700, 2, 1, 1);
    for (int64_t i = 0; i < p.n; i++)
        p.x[i * p.d] += 1e6 * (double)(i * i % 3); /* rows 0, 3, 6 … and all others */
    stint_clustering *m;
    cluster_task task = task_of(&p, NULL, 1 << 30);
    assert_int_equal(fit(t, &task, "n_clusters=2 gamma=0.01", &m), STINT_OK);
    assert_int_equal(m->facts.components, 2);
    for (int64_t i = 0; i < p.n; i++)
        assert_int_equal(m->labels[i] == m->labels[0], i % 3 == 0);
    stint_clustering_free(m);
    drop(&p);
}

/* --- matrices given ------------------------------------------------------------------------ */

enum { GIVEN = 40 };

static void given(void **state)
{
    fixture *t = *state;
    double dense[GIVEN * GIVEN], value[GIVEN * GIVEN];
    int64_t row[GIVEN + 1] = {0};
    int32_t column[GIVEN * GIVEN];
    stint_clustering *m[2];
    for (int i = 0; i < GIVEN; i++) {
        row[i + 1] = row[i];
        for (int j = 0; j < GIVEN; j++) {
            double noise =
                rng_uniform((rng){9, 9}, (uint64_t)(i < j ? i * GIVEN + j : j * GIVEN + i));
            dense[i * GIVEN + j] = i % 2 == j % 2 ? noise : noise < 0.1 ? 0.05 : 0;
            if (dense[i * GIVEN + j] > 0) {
                column[row[i + 1]] = j;
                value[row[i + 1]++] = dense[i * GIVEN + j];
            }
        }
    }
    for (int s = 0; s < 2; s++) {
        cluster_task task = {.pairs = {.n = GIVEN}, .memory = 1 << 30};
        if (s)
            task.pairs = (stint_pairs){GIVEN, NULL, row, column, value};
        else
            task.pairs.dense = dense;
        assert_int_equal(fit(t, &task, "n_clusters=2 affinity=precomputed", &m[s]), STINT_OK);
        for (int i = 2; i < GIVEN; i++)
            assert_int_equal(m[s]->labels[i], m[s]->labels[i % 2]);
        assert_int_not_equal(m[s]->labels[0], m[s]->labels[1]);
    }
    for (int v = 0; v < 3; v++)
        assert_true(fabs(m[0]->eigenvalues[v] - m[1]->eigenvalues[v]) < 1e-6);
    stint_clustering_free(m[0]);
    stint_clustering_free(m[1]);
}

static void refused(void **state)
{
    fixture *t = *state;
    problem p = blobs(10, 2, 2, 1);
    double skew[4] = {0, 1, 0.5, 0}, negative[4] = {0, -1, -1, 0}, nothing[4] = {0, NAN, NAN, 0};
    static const char *const by_points[][2] = {
        {"n_clusters=11", "10 rows cannot make 11 clusters"},
        {"affinity=precomputed", "needs a matrix"},
        {"affinity=nearest_neighbors landmarks=5", "rbf"},
        {"n_clusters=4 landmarks=3", "3 landmarks are fewer"},
        {"affinity=nearest", "nearest_neighbors"},
    };
    const struct {
        const double *matrix;
        const char *why;
    } by_pairs[] = {{skew, "not symmetric"}, {negative, "not negative"}, {nothing, "finite"}};
    stint_clustering *m = NULL;
    for (size_t i = 0; i < sizeof by_points / sizeof *by_points; i++) {
        cluster_task task = task_of(&p, NULL, 1 << 30);
        assert_int_not_equal(fit(t, &task, by_points[i][0], &m), STINT_OK);
        if (!strstr(stint_message(t->ctx), by_points[i][1]))
            fail_msg("\"%s\" says \"%s\"", by_points[i][0], stint_message(t->ctx));
        assert_null(m);
        stint_clear(t->ctx);
    }
    for (size_t i = 0; i < sizeof by_pairs / sizeof *by_pairs; i++) {
        cluster_task task = {.pairs = {.n = 2, .dense = by_pairs[i].matrix}, .memory = 1 << 30};
        assert_int_equal(fit(t, &task, "n_clusters=2 affinity=precomputed", &m), STINT_EDATA);
        assert_non_null(strstr(stint_message(t->ctx), by_pairs[i].why));
        stint_clear(t->ctx);
    }
    drop(&p);
}

static void small(void **state)
{
    fixture *t = *state;
    static const char *const affinities[] = {"rbf", "nearest_neighbors", "cosine"};
    for (size_t a = 0; a < sizeof affinities / sizeof *affinities; a++)
        for (int64_t n = 1; n <= 6; n++)
            for (int64_t k = 1; k <= n; k++)
                for (int same = 0; same < 2; same++) {
                    problem p = blobs(n, 2, k, same ? 0 : 1);
                    char settings[128];
                    stint_clustering *m;
                    cluster_task task = task_of(&p, NULL, 1 << 30);
                    snprintf(settings, sizeof settings, "n_clusters=%d affinity=%s gamma=0.1",
                             (int)k, affinities[a]);
                    if (fit(t, &task, settings, &m) != STINT_OK)
                        fail_msg("%s of %d rows: %s", settings, (int)n, stint_message(t->ctx));
                    for (int64_t i = 0; i < n; i++)
                        assert_in_range(m->labels[i], 0, k - 1);
                    stint_clustering_free(m);
                    drop(&p);
                }
}

static stint_status stop_at(void *self, const char *what, double share)
{
    int *left = self;
    (void)what, (void)share;
    return --*left <= 0 ? STINT_EINTERRUPT : STINT_OK;
}

static void stops(void **state)
{
    fixture *t = *state;
    problem p = blobs(400, 2, 3, 2);
    int ended = 0;
    for (int after = 1; after < 200 && !ended; after++) {
        int left = after;
        stint_clustering *m = NULL;
        cluster_task task = task_of(&p, NULL, 1 << 30);
        task.watch = stop_at;
        task.watch_self = &left;
        stint_status s = fit(t, &task, "n_clusters=3 affinity=nearest_neighbors n_init=1", &m);
        assert_true(s == STINT_OK || s == STINT_EINTERRUPT);
        ended = s == STINT_OK;
        stint_clustering_free(m);
        stint_clear(t->ctx);
    }
    assert_true(ended);
    drop(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(agrees_with_scikit_learn),
        FIXTURE_TEST(same_bits),
        FIXTURE_TEST(components),
        FIXTURE_TEST(isolated_rows),
        FIXTURE_TEST(groups_apart),
        FIXTURE_TEST(given),
        FIXTURE_TEST(refused),
        FIXTURE_TEST(small),
        FIXTURE_TEST(stops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
