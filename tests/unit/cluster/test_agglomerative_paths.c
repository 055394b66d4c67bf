/* One result whatever the memory, the threads and the device; what an estimate promises; and
 * a fit that is stopped or runs out of memory. */
#include "base/fault.h"
#include "unit/cluster/agglomerative_problem.h"

static const char *const linkages[] = {"ward", "complete", "average", "single"};
static const char *const metrics[] = {"euclidean", "manhattan", "cosine"};

static problem make(const double *x, int64_t n, int64_t d, const char *linkage, const char *metric)
{
    problem p = problem_of(x, n, d);
    problem_set(&p, "linkage", linkage);
    problem_set(&p, "metric", metric);
    problem_set(&p, "n_clusters", "5");
    return p;
}

/* From the least memory to that of all pairs; of a matrix too. */
static void any_memory_gives_the_same_bits(void **state)
{
    fixture *t = *state;
    enum { N = 217, D = 3, STEPS = 5 };
    double *x = problem_rows(N, D, 0, 4), *dense = calloc(N * N, sizeof *dense);
    x[0] += 100; /* so that the first slot is in use to the end */
    for (int64_t i = 0; i < N * N; i++)
        dense[i] = fabs(x[i / N * D] - x[i % N * D + 1]) + fabs(x[i % N * D] - x[i / N * D + 1]);
    for (int l = 1; l < 3; l++)
        for (int m = 0; m < 4; m++) {
            problem p = make(x, N, D, linkages[l], m < 3 ? metrics[m] : "precomputed");
            if (m == 3)
                p.task.points.n = 0, p.task.pairs = (stint_pairs){.n = N, .dense = dense};
            stint_clustering *whole = problem_fit(t->ctx, &p), *part;
            assert_string_equal(whole->facts.variant, "chain on a matrix");
            int64_t least = problem_cost(t->ctx, &p).least_bytes, most;
            most = problem_cost(t->ctx, &p).bytes;
            for (int i = 0; i < STEPS; i++) {
                p.task.memory = least + (most - 1 - least) * i / (STEPS - 1);
                part = problem_fit(t->ctx, &p);
                assert_string_equal(part->facts.variant, "chain, distances again");
                assert_same_tree(whole, part);
                assert_in_range(part->facts.peak_bytes, 1, p.task.memory);
                stint_clustering_free(part);
            }
            stint_clustering_free(whole);
        }
    free(x);
    free(dense);
}

/* Sizes at which each way shares its work out. */
static void any_threads_give_the_same_bits(void **state)
{
    static const struct {
        const char *linkage, *k;
        int64_t n, d;
        double memory; /* share of that of all pairs */
    } cases[] = {
        {"ward", "0", 4300, 32, 0},      {"single", "0", 4300, 32, 0},
        {"average", "0", 4400, 3, 0},    {"complete", "0", 4400, 3, 0},
        {"average", "0", 4400, 64, 0.8}, {"average", "8", 700, 5, 0},
    };
    fixture *t = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double *x = problem_rows(cases[i].n, cases[i].d, 0, 5);
        problem p = make(x, cases[i].n, cases[i].d, cases[i].linkage, "euclidean");
        problem_set(&p, "connectivity", cases[i].k);
        p.task.memory = (int64_t)(cases[i].memory * (double)problem_cost(t->ctx, &p).bytes);
        stint_clustering *one = problem_fit(t->ctx, &p);
        p.device = "threads";
        for (int threads = 2; threads <= 4; threads += 1 + (i < 5)) {
            p.task.pool = pool_new(t->ctx, threads);
            stint_clustering *more = problem_fit(t->ctx, &p);
            assert_same_tree(one, more);
            stint_clustering_free(more);
            pool_free(p.task.pool);
        }
        stint_clustering_free(one);
        free(x);
    }
}

static void any_device_gives_the_same_bits(void **state)
{
    fixture *t = *state;
    double *x = problem_rows(600, 5, 0, 6);
    for (int l = 0; l < 4; l++)
        for (int m = 0; m < (l == 0 ? 1 : 3); m++) {
            problem p = make(x, 600, 5, linkages[l], metrics[m]);
            stint_clustering *simd = problem_fit(t->ctx, &p);
            p.device = "scalar";
            stint_clustering *scalar = problem_fit(t->ctx, &p);
            assert_same_tree(simd, scalar);
            stint_clustering_free(simd);
            stint_clustering_free(scalar);
        }
    free(x);
}

static stint_status read_rows(void *self, int64_t from, int64_t count, double *out)
{
    const cluster_task *t = self;
    memcpy(out, t->points.f64 + from * t->points.d, (size_t)(count * t->points.d) * sizeof *out);
    return STINT_OK;
}

/* Floats with a stride, doubles, and rows behind a function. */
static void any_source_gives_the_same_bits(void **state)
{
    fixture *t = *state;
    enum { N = 150, D = 4, STRIDE = 6 };
    double *x = problem_rows(N, D, 0, 7);
    float *f = calloc(N * STRIDE, sizeof *f);
    for (int64_t i = 0; i < N * D; i++) {
        f[i / D * STRIDE + i % D] = (float)x[i];
        x[i] = (double)(float)x[i];
    }
    for (int l = 0; l < 5; l++) {
        problem p = make(x, N, D, linkages[l % 4], "euclidean");
        problem_set(&p, "connectivity", l == 4 ? "6" : "0");
        stint_clustering *doubles = problem_fit(t->ctx, &p);
        cluster_task rows = p.task;
        p.task.points.rows = read_rows;
        p.task.points.self = &rows;
        p.task.points.f64 = NULL;
        stint_clustering *behind = problem_fit(t->ctx, &p);
        p.task.points = (points){.n = N, .d = D, .f32 = f, .stride = STRIDE};
        stint_clustering *floats = problem_fit(t->ctx, &p);
        assert_same_tree(doubles, behind);
        assert_same_tree(doubles, floats);
        stint_clustering_free(doubles);
        stint_clustering_free(behind);
        stint_clustering_free(floats);
    }
    free(x);
    free(f);
}

/* --- the estimate -------------------------------------------------------------------------- */

static void no_fit_holds_more_than_estimated(void **state)
{
    static const int64_t sizes[][2] = {{1, 1}, {2, 3}, {17, 1}, {300, 2}, {1500, 5}, {4097, 2}};
    static const char *const ks[] = {"0", "1", "7"};
    fixture *t = *state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int l = 0; l < 4; l++)
            for (int k = 0; k < 3; k++) {
                int64_t n = sizes[i][0], d = sizes[i][1];
                if ((k > 0 && n <= 7) || (n == 4097 && l % 3))
                    continue;
                double *x = problem_rows(n, d, 0, 8);
                problem p = problem_of(x, n, d);
                problem_set(&p, "linkage", linkages[l]);
                problem_set(&p, "n_clusters", "1");
                problem_set(&p, "connectivity", ks[k]);
                cluster_cost cost = problem_cost(t->ctx, &p);
                stint_clustering *m = problem_fit(t->ctx, &p);
                assert_string_equal(cost.variant, m->facts.variant);
                assert_in_range(m->facts.peak_bytes, 1, cost.bytes);
                assert_in_range(cost.least_bytes, 1, cost.bytes);
                assert_true(cost.seconds >= 0 && cost.seconds < 1e3 && cost.why[0]);
                if (k == 0 && n > 1000 && m->facts.peak_bytes * 2 < cost.bytes)
                    fail_msg("%s: %d bytes of %d", cost.variant, (int)m->facts.peak_bytes,
                             (int)cost.bytes);
                stint_clustering_free(m);
                free(x);
            }
}

static void the_plan_says_what_little_memory_costs(void **state)
{
    fixture *t = *state;
    double *x = problem_rows(2000, 4, 0, 8);
    problem p = make(x, 2000, 4, "average", "euclidean");
    cluster_cost whole = problem_cost(t->ctx, &p);
    assert_string_equal(whole.knob, "");
    p.task.memory = whole.least_bytes;
    cluster_cost least = problem_cost(t->ctx, &p);
    p.task.memory = (whole.least_bytes + whole.bytes) / 2;
    cluster_cost half = problem_cost(t->ctx, &p);
    assert_true(least.seconds > half.seconds && half.seconds > whole.seconds);
    assert_non_null(strstr(least.why, "again"));
    assert_non_null(strstr(least.knob, "with memory 1"));
    free(x);
}

/* --- stopped ------------------------------------------------------------------------------- */

typedef struct stopping {
    int after, calls;
    double last;
} stopping;

static stint_status stop_after(void *self, const char *what, double share)
{
    stopping *s = self;
    assert_true(strcmp(what, "merges") == 0 || strcmp(what, "neighbours") == 0);
    assert_true(share >= s->last && share <= 1);
    s->last = share;
    return ++s->calls > s->after ? STINT_EINTERRUPT : STINT_OK;
}

static void a_fit_can_be_stopped(void **state)
{
    static const char *const ks[] = {"0", "5"};
    fixture *t = *state;
    double *x = problem_rows(3000, 8, 0, 9);
    for (int l = 0; l < 4; l++)
        for (int k = 0; k < 2; k++) {
            problem p = make(x, 3000, 8, linkages[l], "euclidean");
            problem_set(&p, "connectivity", ks[k]);
            stopping s = {.after = 1 << 30};
            p.task.watch = stop_after;
            p.task.watch_self = &s;
            stint_clustering_free(problem_fit(t->ctx, &p));
            assert_true(s.last == 1);
            assert_in_range(s.calls, 3, 100000);
            for (int at = 0; at < s.calls; at += 1 + s.calls / 4) {
                stopping some = {.after = at};
                stint_clustering *m;
                p.task.watch_self = &some;
                assert_int_equal(problem_try(t->ctx, &p, &m), STINT_EINTERRUPT);
                assert_null(m);
                stint_clear(t->ctx);
            }
        }
    free(x);
}

static void any_allocation_may_fail(void **state)
{
#ifdef STINT_FAULTS
    static const char *const ks[] = {"0", "3"};
    fixture *t = *state;
    double *x = problem_rows(120, 2, 0, 10);
    for (int l = 0; l < 4; l++)
        for (int way = 0; way < 3; way++) {
            problem p = make(x, 120, 2, linkages[l], "euclidean");
            problem_set(&p, "connectivity", ks[way == 2]);
            p.task.memory = way == 1 ? problem_cost(t->ctx, &p).least_bytes : 0;
            stint_status s = STINT_ENOMEM;
            for (int nth = 1; s != STINT_OK; nth++) {
                char spec[32];
                stint_clustering *m;
                snprintf(spec, sizeof spec, "*:alloc:%d", nth);
                fault_arm(spec);
                s = problem_try(t->ctx, &p, &m);
                fault_arm(NULL);
                assert_true(s == STINT_OK || s == STINT_ENOMEM);
                assert_int_equal(s == STINT_OK, m != NULL);
                assert_in_range(nth, 1, 200);
                stint_clustering_free(m);
                stint_clear(t->ctx);
            }
        }
    free(x);
#else
    (void)state;
    skip();
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(any_memory_gives_the_same_bits),
        FIXTURE_TEST(any_threads_give_the_same_bits),
        FIXTURE_TEST(any_device_gives_the_same_bits),
        FIXTURE_TEST(any_source_gives_the_same_bits),
        FIXTURE_TEST(no_fit_holds_more_than_estimated),
        FIXTURE_TEST(the_plan_says_what_little_memory_costs),
        FIXTURE_TEST(a_fit_can_be_stopped),
        FIXTURE_TEST(any_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
