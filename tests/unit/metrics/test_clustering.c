/* Measures of clusterings are scikit-learn's (tests/oracle/clustering_metrics.json, made by
 * tools/oracle_clustering_metrics.py), the plain formulas' where several blocks stream by, and the
 * same bits for any number of threads and any instruction set. */
#include "metrics/clustering.h"

#include "base/fault.h"
#include "base/json.h"
#include "base/rng.h"
#include "kernel/distance_sums.h"

#include "unit/fixture.h"

#include <assert.h>

static const double CLOSE = 1e-9;

/* --- points ------------------------------------------------------------------------------ */

typedef struct problem {
    int64_t n, d;
    double *x;
    int32_t *labels;
    int64_t reads_left; /* then rows cannot be had */
} problem;

static stint_status rows_of(void *self, const int64_t *which, int64_t count, double *out)
{
    problem *p = self;
    if (p->reads_left == 0)
        return STINT_EIO;
    if (p->reads_left > 0)
        p->reads_left--;
    for (int64_t i = 0; i < count; i++) {
        assert(which[i] >= 0 && which[i] < p->n);
        memcpy(out + i * p->d, p->x + which[i] * p->d, (size_t)p->d * sizeof *out);
    }
    return STINT_OK;
}

static labelled labelled_of(problem *p, pool *threads)
{
    return (labelled){
        .n = p->n, .d = p->d, .rows = rows_of, .self = p, .labels = p->labels, .pool = threads};
}

static problem problem_at_random(int64_t n, int64_t d, int64_t k)
{
    problem p = {.n = n, .d = d, .reads_left = -1};
    p.x = malloc((size_t)(n * d) * sizeof *p.x);
    p.labels = malloc((size_t)n * sizeof *p.labels);
    for (int64_t i = 0; i < n; i++) {
        p.labels[i] = (int32_t)rng_below((rng){9, RNG_SPLIT}, (uint64_t)i, (uint64_t)k);
        for (int64_t j = 0; j < d; j++)
            p.x[i * d + j] =
                p.labels[i] + rng_normal((rng){9, RNG_GENERATE}, (uint64_t)(2 * (i * d + j)));
    }
    return p;
}

static void problem_drop(problem *p)
{
    free(p->x);
    free(p->labels);
}

/* --- the oracle -------------------------------------------------------------------------- */

static json_t *oracle_read(ctx *c)
{
    str text;
    str_init(&text, c, TAG_BASE);
    assert_int_equal(file_read(c, STINT_SOURCE_DIR "/tests/oracle/clustering_metrics.json", &text),
                     STINT_OK);
    json_t *all = json_parse(c, "clustering_metrics.json", text.at, text.len);
    assert_non_null(all);
    str_deinit(&text);
    return all;
}

static int32_t *labels_read(const json_t *one, const char *key, int64_t *n)
{
    const json_t *list = json_object_get(one, key);
    *n = (int64_t)json_array_size(list);
    int32_t *labels = calloc((size_t)*n + 1, sizeof *labels);
    for (int64_t i = 0; i < *n; i++)
        labels[i] = (int32_t)json_integer_value(json_array_get(list, (size_t)i));
    return labels;
}

static problem problem_read(const json_t *one)
{
    const json_t *x = json_object_get(one, "x");
    problem p = {.d = (int64_t)json_array_size(json_array_get(x, 0)), .reads_left = -1};
    p.labels = labels_read(one, "labels", &p.n);
    p.x = calloc((size_t)(p.n * p.d), sizeof *p.x);
    for (int64_t i = 0; i < p.n * p.d; i++)
        p.x[i] = json_number_value(
            json_array_get(json_array_get(x, (size_t)(i / p.d)), (size_t)(i % p.d)));
    return p;
}

static void same(const json_t *one, const char *what, double got)
{
    double want = json_number_or_nan(one, what);
    if (!(fabs(got - want) <= CLOSE * fmax(1, fabs(want))))
        fail_msg("%s: %s is %.17g, not %.17g", json_string_value(json_object_get(one, "name")),
                 what, got, want);
}

static void measures_of_points_are_scikit_learns(void **state)
{
    fixture *t = *state;
    json_t *all = oracle_read(t->ctx), *one;
    size_t at;
    json_array_foreach(json_object_get(all, "points"), at, one)
    {
        problem p = problem_read(one);
        labelled l = labelled_of(&p, NULL);
        double got, *each = calloc((size_t)p.n, sizeof *each);
        assert_int_equal(clustering_silhouette(t->ctx, &l, &(silhouette_settings){0}, each, &got),
                         STINT_OK);
        same(one, "silhouette", got);
        for (int64_t i = 0; i < p.n; i++)
            assert_true(fabs(each[i] - json_number_value(json_array_get(
                                           json_object_get(one, "each"), (size_t)i))) <= CLOSE);
        assert_int_equal(clustering_davies_bouldin(t->ctx, &l, &got), STINT_OK);
        same(one, "davies_bouldin", got);
        assert_int_equal(clustering_calinski_harabasz(t->ctx, &l, &got), STINT_OK);
        same(one, "calinski_harabasz", got);
        free(each);
        problem_drop(&p);
    }
    json_decref(all);
}

static void measures_of_labels_are_scikit_learns(void **state)
{
    fixture *t = *state;
    json_t *all = oracle_read(t->ctx), *one;
    size_t at;
    json_array_foreach(json_object_get(all, "labels"), at, one)
    {
        int64_t n;
        int32_t *a = labels_read(one, "a", &n), *b = labels_read(one, "b", &n);
        double got;
        for (int turn = 0; turn < 2; turn++) {
            assert_int_equal(clustering_adjusted_rand(t->ctx, turn ? b : a, turn ? a : b, n, &got),
                             STINT_OK);
            same(one, "adjusted_rand", got);
            assert_int_equal(
                clustering_mutual_information(t->ctx, turn ? b : a, turn ? a : b, n, &got),
                STINT_OK);
            same(one, "mutual_information", got);
        }
        free(a);
        free(b);
    }
    json_decref(all);
}

/* --- silhouettes of many rows ------------------------------------------------------------ */

static double distance(const problem *p, int64_t a, int64_t b)
{
    double sum = 0;
    for (int64_t j = 0; j < p->d; j++)
        sum +=
            (p->x[a * p->d + j] - p->x[b * p->d + j]) * (p->x[a * p->d + j] - p->x[b * p->d + j]);
    return sqrt(sum);
}

/* Of row i among those that `in` says, NULL = all. */
static double plain(const problem *p, int64_t i, const double *in)
{
    enum { MOST = 512 };
    double sum[MOST] = {0}, size[MOST] = {0}, nearest = INFINITY;
    for (int64_t o = 0; o < p->n; o++)
        if (o != i && (!in || !isnan(in[o]))) {
            sum[p->labels[o]] += distance(p, i, o);
            size[p->labels[o]]++;
        }
    int32_t own = p->labels[i];
    for (int k = 0; k < MOST; k++)
        if (k != own && size[k] > 0)
            nearest = fmin(nearest, sum[k] / size[k]);
    if (size[own] == 0)
        return 0;
    double a = sum[own] / size[own];
    return (nearest - a) / fmax(a, nearest);
}

static void blocks_are_the_plain_formula(void **state)
{
    fixture *t = *state;
    static const int64_t sizes[][3] = {{1500, 60, 3}, {700, 300, 150}, {2500, 2, 5}, {90, 3000, 2}};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        problem p = problem_at_random(sizes[s][0], sizes[s][1], sizes[s][2]);
        labelled l = labelled_of(&p, NULL);
        double *each = malloc((size_t)p.n * sizeof *each), mean = 0, got;
        assert_int_equal(clustering_silhouette(t->ctx, &l, &(silhouette_settings){0}, each, &got),
                         STINT_OK);
        for (int64_t i = 0; i < p.n; i++) {
            mean += each[i] / (double)p.n;
            if (i % 13 == 0)
                assert_near(each[i], plain(&p, i, NULL), 1e-11);
        }
        assert_near(got, mean, 1e-12);
        free(each);
        problem_drop(&p);
    }
}

static void threads_give_the_same_bits(void **state)
{
    fixture *t = *state;
    problem p = problem_at_random(1500, 40, 7);
    double want = 0;
    for (int threads = 0; threads <= 4; threads++) {
        pool *shared = threads ? pool_new(t->ctx, threads) : NULL;
        labelled l = labelled_of(&p, shared);
        double got;
        assert_int_equal(clustering_silhouette(t->ctx, &l, &(silhouette_settings){0}, NULL, &got),
                         STINT_OK);
        want = threads ? want : got;
        assert_true(got == want);
        pool_free(shared);
    }
    problem_drop(&p);
}

static void a_sample_is_a_silhouette_of_its_own(void **state)
{
    fixture *t = *state;
    problem p = problem_at_random(800, 5, 4);
    labelled l = labelled_of(&p, NULL);
    double each[800], other[800], got, again, all;
    silhouette_settings s = {.sample = 200, .seed = 3};
    assert_int_equal(clustering_silhouette(t->ctx, &l, &s, each, &got), STINT_OK);
    int64_t drawn = 0, shared = 0, late = 0;
    for (int64_t i = 0; i < p.n; i++) {
        drawn += !isnan(each[i]);
        late += !isnan(each[i]) && i >= p.n / 2;
        if (!isnan(each[i]))
            assert_near(each[i], plain(&p, i, each), 1e-11);
    }
    assert_int_equal(drawn, 200);
    assert_true(late > 60 && late < 140);
    assert_int_equal(clustering_silhouette(t->ctx, &l, &s, NULL, &again), STINT_OK);
    assert_true(got == again);
    s.seed = 4;
    assert_int_equal(clustering_silhouette(t->ctx, &l, &s, other, &again), STINT_OK);
    for (int64_t i = 0; i < p.n; i++)
        shared += !isnan(each[i]) && !isnan(other[i]);
    assert_true(shared < 120);
    assert_int_equal(clustering_silhouette(t->ctx, &l, &(silhouette_settings){0}, NULL, &all),
                     STINT_OK);
    assert_near(got, all, 0.2);
    s.sample = 800;
    assert_int_equal(clustering_silhouette(t->ctx, &l, &s, NULL, &again), STINT_OK);
    assert_true(again == all);
    problem_drop(&p);
}

static void instruction_sets_give_the_same_bits(void **state)
{
    (void)state;
    enum { D = 7, PANELS = 3, ROW = KERNEL_QUERIES * KERNEL_PANEL };
    _Alignas(64) static double x[PANELS * D * KERNEL_PANEL];
    double q[D * KERNEL_QUERIES];
    for (int i = 0; i < PANELS * D * KERNEL_PANEL; i++)
        x[i] = rng_normal((rng){1, RNG_GENERATE}, (uint64_t)(2 * i));
    for (int i = 0; i < D * KERNEL_QUERIES; i++)
        q[i] = rng_normal((rng){2, RNG_GENERATE}, (uint64_t)(2 * i));
    for (int64_t d = 1; d <= D; d++)
        for (int64_t panels = 0; panels <= PANELS; panels++) {
            double want[ROW], got[ROW];
            for (int i = 0; i < ROW; i++)
                want[i] = got[i] = i;
            distance_sums_ref(q, x, d, panels, want);
            distance_sums_of(kernel())(q, x, d, panels, got);
            assert_memory_equal(got, want, sizeof want);
#if STINT_SIMD_X86
            for (int i = 0; i < ROW; i++)
                got[i] = i;
            if (__builtin_cpu_supports("avx2")) {
                distance_sums_avx2(q, x, d, panels, got);
                assert_memory_equal(got, want, sizeof want);
            }
#endif
        }
}

/* --- what cannot be ---------------------------------------------------------------------- */

typedef stint_status measure(ctx *c, const labelled *l, double *out);

static stint_status silhouette(ctx *c, const labelled *l, double *out)
{
    return clustering_silhouette(c, l, &(silhouette_settings){0}, NULL, out);
}

static measure *const measures[] = {silhouette, clustering_davies_bouldin,
                                    clustering_calinski_harabasz};

static void one_cluster_and_as_many_as_rows_are_refused(void **state)
{
    fixture *t = *state;
    problem p = problem_at_random(5, 2, 2);
    labelled l = labelled_of(&p, NULL);
    double got;
    for (size_t m = 0; m < sizeof measures / sizeof *measures; m++) {
        for (int i = 0; i < 5; i++)
            p.labels[i] = 3;
        assert_int_equal(measures[m](t->ctx, &l, &got), STINT_EDATA);
        assert_message(t, "5 rows have 1 different labels, where 2 to 4 do");
        for (int i = 0; i < 5; i++)
            p.labels[i] = i;
        assert_int_equal(measures[m](t->ctx, &l, &got), STINT_EDATA);
        assert_message(t, "5 rows have 5 different labels, where 2 to 4 do");
    }
    problem_drop(&p);
}

static void rows_that_cannot_be_read_end_it(void **state)
{
    fixture *t = *state;
    problem p = problem_at_random(300, 200, 2);
    labelled l = labelled_of(&p, NULL);
    double got;
    for (size_t m = 0; m < sizeof measures / sizeof *measures; m++)
        for (int64_t reads = 0; reads < 4; reads++) {
            p.reads_left = reads;
            assert_int_equal(measures[m](t->ctx, &l, &got), STINT_EIO);
        }
    problem_drop(&p);
}

static void an_interrupt_ends_a_silhouette(void **state)
{
    fixture *t = *state;
    problem p = problem_at_random(50, 2, 2);
    labelled l = labelled_of(&p, NULL);
    double got;
    stint_interrupt(t->ctx);
    assert_int_equal(silhouette(t->ctx, &l, &got), STINT_EINTERRUPT);
    assert_message(t, "interrupted");
    assert_int_equal(silhouette(t->ctx, &l, &got), STINT_OK);
    problem_drop(&p);
}

static void any_allocation_may_fail(void **state)
{
    fixture *t = *state;
    problem p = problem_at_random(60, 3, 4);
    labelled l = labelled_of(&p, NULL);
    int64_t before = budget_live(ctx_budget(t->ctx));
    for (size_t m = 0; m < 5; m++) {
        stint_status s = STINT_ENOMEM;
        for (int n = 1; s != STINT_OK; n++) {
            char spec[32];
            double got;
            snprintf(spec, sizeof spec, "*:alloc:%d", n);
            fault_arm(spec);
            s = m < 3    ? measures[m](t->ctx, &l, &got)
                : m == 3 ? clustering_adjusted_rand(t->ctx, p.labels, p.labels + 9, 51, &got)
                         : clustering_mutual_information(t->ctx, p.labels, p.labels + 9, 51, &got);
            fault_arm(NULL);
            assert_true(s == STINT_OK || s == STINT_ENOMEM);
            assert_int_equal(budget_live(ctx_budget(t->ctx)), before);
            stint_clear(t->ctx);
            assert_true(n < 1000 && (s != STINT_OK || n > 5));
        }
    }
    problem_drop(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(measures_of_points_are_scikit_learns),
        FIXTURE_TEST(measures_of_labels_are_scikit_learns),
        FIXTURE_TEST(blocks_are_the_plain_formula),
        FIXTURE_TEST(threads_give_the_same_bits),
        FIXTURE_TEST(a_sample_is_a_silhouette_of_its_own),
        cmocka_unit_test(instruction_sets_give_the_same_bits),
        FIXTURE_TEST(one_cluster_and_as_many_as_rows_are_refused),
        FIXTURE_TEST(rows_that_cannot_be_read_end_it),
        FIXTURE_TEST(an_interrupt_ends_a_silhouette),
        FIXTURE_TEST(any_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
