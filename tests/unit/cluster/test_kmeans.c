/* k-means: every variant, device, number of threads, instruction set and budget gives the same
 * bits; labels are those of the nearest centre; odd data; refusals; memory; failures. */
#include "cluster/kmeans.h"

#include "base/fault.h"
#include "base/rng.h"
#include "unit/fixture.h"

static double uniform(uint64_t stream, uint64_t index)
{
    return rng_uniform((rng){3, stream}, index);
}

typedef struct problem {
    int64_t n, d, k;
    double *x, *centers, *weights;
    stint_setting more[6];
    int n_more;
} problem;

typedef struct way {
    const char *algorithm, *device, *isa;
    int threads;
    int64_t memory; /* 0 = plenty, -1 = the least */
} way;

typedef struct found {
    stint_status status;
    int32_t *labels;
    double *centers, inertia;
    int64_t iterations, peak, planned;
} found;

static void drop_problem(problem *p)
{
    free(p->x);
    free(p->centers);
    free(p->weights);
}

static void drop(found *f)
{
    free(f->labels);
    free(f->centers);
}

static void *copy(const void *from, size_t bytes)
{
    void *to = malloc(bytes);
    memcpy(to, from, bytes);
    return to;
}

static cluster_task task_of(const problem *p, pool *threads)
{
    return (cluster_task){.points = {.n = p->n, .d = p->d, .stride = p->d, .f64 = p->x},
                          .centers = p->centers,
                          .weights = p->weights,
                          .pool = threads};
}

static found solve(ctx *c, const problem *p, const way *w, pool *threads)
{
    char k[32];
    stint_setting s[10] = {{"n_clusters", k}, {"algorithm", w->algorithm}};
    found f = {0};
    cluster_cost cost;
    stint_clustering *m;
    snprintf(k, sizeof k, "%d", (int)p->k);
    memcpy(s + 2, p->more, (size_t)p->n_more * sizeof *s);
    setenv("STINT_ISA", w->isa, 1);
    cluster_task t = task_of(p, threads);
    cluster_run run = {&cluster_kmeans, s, 2 + p->n_more, w->device};
    if ((f.status = cluster_estimate(c, &run, &t, &cost)) != STINT_OK)
        return f;
    t.memory = w->memory == 0 ? (int64_t)1 << 40 : w->memory > 0 ? w->memory : cost.least_bytes;
    if ((f.status = cluster_fit(c, &run, &t, &m)) != STINT_OK)
        return f;
    if ((f.status = cluster_estimate(c, &run, &t, &cost)) != STINT_OK) {
        stint_clustering_free(m);
        return f;
    }
    f.labels = copy(m->labels, (size_t)p->n * sizeof *f.labels);
    f.centers = copy(m->centers, (size_t)(p->k * p->d) * sizeof(double));
    f.inertia = m->facts.inertia;
    f.iterations = m->facts.iterations;
    f.peak = m->facts.peak_bytes;
    f.planned = cost.bytes;
    if (f.peak > f.planned || f.planned > t.memory)
        fail_msg("%s: held %lld of %lld planned, of %lld allowed", w->algorithm, (long long)f.peak,
                 (long long)f.planned, (long long)t.memory);
    stint_clustering_free(m);
    return f;
}

static void assert_same(const problem *p, const found *a, const found *b, const way *w, int number)
{
    if (b->status != STINT_OK)
        fail_msg("problem %d: status %d", number, b->status);
    if (memcmp(a->labels, b->labels, (size_t)p->n * sizeof *a->labels) != 0)
        fail_msg("problem %d: labels by %s, %s, %s, %d threads", number, w->algorithm, w->device,
                 w->isa, w->threads);
    if (memcmp(a->centers, b->centers, (size_t)(p->k * p->d) * sizeof(double)) != 0)
        fail_msg("problem %d: centres by %s, %s, %s, %d threads", number, w->algorithm, w->device,
                 w->isa, w->threads);
    assert_true(a->inertia == b->inertia && a->iterations == b->iterations);
}

/* The expression that decides, by every centre. */
static void assert_nearest(const problem *p, const found *f, int number)
{
    for (int64_t i = 0; i < p->n; i++) {
        double least = INFINITY;
        int32_t label = 0;
        for (int64_t k = 0; k < p->k; k++) {
            double sum = 0;
            for (int64_t j = 0; j < p->d; j++) {
                double e = p->x[i * p->d + j] - f->centers[k * p->d + j];
                sum += e * e;
            }
            if (sum < least) {
                least = sum;
                label = (int32_t)k;
            }
        }
        if (label != f->labels[i])
            fail_msg("problem %d: row %d has label %d, not %d", number, (int)i, f->labels[i],
                     label);
    }
}

/* --- 1000 problems ----------------------------------------------------------------------- */

/* Small whole numbers, so that rows are alike and distances equal; at times far from 0, tiny,
 * with an outlier, or any numbers. */
static problem make(int number)
{
    uint64_t s = 100 + (uint64_t)number, at = 0;
    problem p = {.n = 1 + (int64_t)(uniform(s, at++) * (number % 50 == 0 ? 2500 : 120)),
                 .d = 1 + (int64_t)(uniform(s, at++) * (number % 7 == 0 ? 40 : 5))};
    int64_t most = p.n < 40 ? p.n : 40;
    int levels = 2 + (int)(uniform(s, at++) * 8);
    static const double scales[] = {1, 1, 1, 1e-160, 1e160, 1e-30, 3e9}, shifts[] = {0, 0, 1e9};
    double scale = scales[number % 7], shift = shifts[number % 3] * scale;
    p.k = 1 + (int64_t)(uniform(s, at++) * (double)most);
    p.x = calloc((size_t)(p.n * p.d), sizeof(double));
    p.centers = calloc((size_t)(p.k * p.d), sizeof(double));
    for (int64_t i = 0; i < p.n * p.d; i++) {
        double u = uniform(s, at++) * levels;
        p.x[i] = shift + scale * (number % 4 == 3 ? u : floor(u));
    }
    if (number % 11 == 0)
        p.x[0] = 1e6 * scale;
    if (number % 5 == 0) /* rows as they are, else anything */
        memcpy(p.centers, p.x, (size_t)(p.k * p.d) * sizeof(double));
    for (int64_t i = 0; number % 5 && i < p.k * p.d; i++)
        p.centers[i] = shift + scale * floor(uniform(s, at++) * 2 * levels) / 2;
    if (number % 13 == 0)
        p.centers[0] = 1e20 * scale;
    if (number % 3 == 1) {
        p.weights = calloc((size_t)p.n, sizeof(double));
        for (int64_t i = 0; i < p.n; i++)
            p.weights[i] = floor(uniform(s, at++) * 4) + (i == 0);
    }
    if (number % 6 == 5)
        p.more[p.n_more++] = (stint_setting){"tol", "0"};
    if (number % 9 == 8) {
        free(p.centers);
        p.centers = NULL;
        p.more[p.n_more++] = (stint_setting){"n_init", "3"};
        p.more[p.n_more++] = (stint_setting){"init", number % 2 ? "random" : "k-means++"};
    }
    if (number % 10 == 9)
        p.more[p.n_more++] = (stint_setting){"metric", "cosine"};
    return p;
}

static const char *const algorithms[] = {"lloyd", "hamerly", "yinyang"};
static const char *const isas[] = {"avx512", "avx2", "baseline"};

static void every_way_is_lloyds(void **state)
{
    fixture *t = *state;
    pool *pools[5] = {NULL};
    static const way truth = {"lloyd", "scalar", "baseline", 1, 0};
    for (int i = 1; i < 5; i++)
        assert_non_null(pools[i] = pool_new(t->ctx, i));
    for (int number = 0; number < 1000; number++) {
        problem p = make(number);
        found want = solve(t->ctx, &p, &truth, NULL);
        if (want.status != STINT_OK)
            fail_msg("problem %d: %s", number, stint_message(t->ctx));
        if (number % 10 != 9)
            assert_nearest(&p, &want, number);
        for (int a = 0; a < 3; a++)
            for (int round = 0; round < 3; round++) {
                int threads = 1 + (number + round + a) % 4;
                way w = {algorithms[a], (number / 4 + round) % 3 ? "simd" : "threads",
                         isas[(number + round) % 3], threads, (number / 2 + round) % 2 ? 0 : -1};
                found got = solve(t->ctx, &p, &w, pools[threads]);
                assert_same(&p, &want, &got, &w, number);
                drop(&got);
            }
        drop(&want);
        drop_problem(&p);
    }
    for (int i = 1; i < 5; i++)
        pool_free(pools[i]);
    unsetenv("STINT_ISA");
}

/* --- larger, so that rounds are many and parts several ------------------------------------ */

static problem blobs(int64_t n, int64_t d, int64_t k, uint64_t seed)
{
    problem p = {.n = n, .d = d, .k = k, .x = calloc((size_t)(n * d), sizeof(double))};
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < d; j++)
            p.x[i * d + j] = rng_normal((rng){seed, 1}, (uint64_t)(i * d + j)) +
                             3 * rng_normal((rng){seed, 2}, (uint64_t)((i % (k + 2)) * d + j));
    return p;
}

static void many_rounds_agree(void **state)
{
    fixture *t = *state;
    pool *three = pool_new(t->ctx, 3);
    static const way truth = {"lloyd", "scalar", "baseline", 1, 0};
    static const way ways[] = {
        {"lloyd", "threads", "avx512", 3, -1},  {"hamerly", "threads", "avx2", 3, 0},
        {"hamerly", "simd", "avx512", 1, -1},   {"yinyang", "threads", "avx512", 3, 0},
        {"yinyang", "simd", "baseline", 1, -1}, {"auto", "blas", "avx512", 3, 0}};
    for (int number = 0; number < 3; number++) {
        static const int64_t sizes[][3] = {{6000, 3, 20}, {3000, 24, 60}, {4000, 2, 600}};
        problem p = blobs(sizes[number][0], sizes[number][1], sizes[number][2], 5);
        p.more[p.n_more++] = (stint_setting){"tol", "0"};
        p.more[p.n_more++] = (stint_setting){"n_init", "2"};
        p.more[p.n_more++] = (stint_setting){"init", number ? "random" : "k-means++"};
        found want = solve(t->ctx, &p, &truth, NULL);
        assert_true(want.iterations > 5);
        assert_nearest(&p, &want, number);
        for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
            found got = solve(t->ctx, &p, &ways[i], three);
            assert_same(&p, &want, &got, &ways[i], number);
            drop(&got);
        }
        drop(&want);
        drop_problem(&p);
    }
    pool_free(three);
    unsetenv("STINT_ISA");
}

/* --- kinds of points ---------------------------------------------------------------------- */

static stint_status read_through(void *self, int64_t from, int64_t count, double *out)
{
    const problem *p = self;
    memcpy(out, p->x + from * p->d, (size_t)(count * p->d) * sizeof *out);
    return STINT_OK;
}

static stint_status cannot_read(void *self, int64_t from, int64_t count, double *out)
{
    memset(out, 0, sizeof *out);
    return from + count > 3000 ? STINT_EIO : read_through(self, from, count, out);
}

static void rows_of_any_kind(void **state)
{
    fixture *t = *state;
    problem p = blobs(5000, 6, 12, 8);
    float *narrow = calloc((size_t)(p.n * 8), sizeof *narrow);
    for (int64_t i = 0; i < p.n * 6; i++) {
        narrow[i / 6 * 8 + i % 6] = (float)p.x[i];
        p.x[i] = (double)narrow[i / 6 * 8 + i % 6];
    }
    const stint_setting s[] = {{"n_clusters", "12"}, {"n_init", "1"}};
    cluster_run run = {&cluster_kmeans, s, 2, "simd"};
    cluster_task tasks[3] = {task_of(&p, NULL), task_of(&p, NULL), task_of(&p, NULL)};
    tasks[1].points = (points){.n = p.n, .d = 6, .stride = 8, .f32 = narrow};
    tasks[2].points = (points){.n = p.n, .d = 6, .rows = read_through, .self = &p};
    stint_clustering *m[3];
    for (int i = 0; i < 3; i++)
        assert_int_equal(cluster_fit(t->ctx, &run, &tasks[i], &m[i]), STINT_OK);
    for (int i = 1; i < 3; i++) {
        assert_memory_equal(m[0]->labels, m[i]->labels, (size_t)p.n * 4);
        assert_memory_equal(m[0]->centers, m[i]->centers, (size_t)(12 * 6) * 8);
    }
    for (int i = 0; i < 3; i++)
        stint_clustering_free(m[i]);
    tasks[2].points.rows = cannot_read;
    assert_int_equal(cluster_fit(t->ctx, &run, &tasks[2], &m[2]), STINT_EIO);
    stint_clear(t->ctx);
    free(narrow);
    drop_problem(&p);
}

static void predicts_its_own_rows(void **state)
{
    fixture *t = *state;
    problem p = blobs(700, 5, 9, 2);
    const stint_setting s[] = {{"n_clusters", "9"}, {"n_init", "2"}, {"tol", "0"}};
    for (int cosine = 0; cosine < 2; cosine++) {
        stint_setting all[] = {s[0], s[1], s[2], {"metric", cosine ? "cosine" : "euclidean"}};
        cluster_run run = {&cluster_kmeans, all, 4, "simd"};
        cluster_task task = task_of(&p, NULL);
        stint_clustering *m;
        int32_t labels[700];
        double *far = calloc(700 * 9, sizeof *far), inertia, sum = 0;
        assert_int_equal(cluster_fit(t->ctx, &run, &task, &m), STINT_OK);
        kmeans_model model = {m->centers, 9, m->directions};
        assert_int_equal(kmeans_predict(t->ctx, &task, &model, labels, &inertia), STINT_OK);
        assert_memory_equal(labels, m->labels, sizeof labels);
        assert_near(inertia, m->facts.inertia, 1e-13);
        assert_int_equal(kmeans_transform(t->ctx, &task, &model, far), STINT_OK);
        for (int i = 0; i < 700; i++) {
            double own = far[i * 9 + labels[i]];
            sum += cosine ? 2 * own : own * own;
            for (int k = 0; k < 9; k++)
                assert_true(far[i * 9 + k] >= own);
        }
        assert_near(sum, inertia, 1e-12);
        for (int k = 0; cosine && k < 9; k++) {
            double square = 0;
            for (int j = 0; j < 5; j++)
                square += m->centers[k * 5 + j] * m->centers[k * 5 + j];
            assert_near(square, 1, 1e-14);
        }
        free(far);
        stint_clustering_free(m);
    }
    drop_problem(&p);
}

/* --- mini-batch --------------------------------------------------------------------------- */

static void batches_find_blobs(void **state)
{
    fixture *t = *state;
    problem p = blobs(20000, 6, 5, 12);
    p.k = 7; /* as many as there are */
    pool *two = pool_new(t->ctx, 2);
    static const way ways[] = {{"auto", "simd", "avx512", 1, 0},
                               {"auto", "scalar", "baseline", 1, -1},
                               {"auto", "threads", "avx2", 2, -1}};
    found whole, got[3];
    whole = solve(t->ctx, &p, &ways[0], NULL);
    p.more[p.n_more++] = (stint_setting){"batch_size", "256"};
    for (int start = 0; start < 3; start++) {
        p.more[p.n_more] =
            (stint_setting){start == 1 ? "init" : "metric", start == 1   ? "random"
                                                            : start == 0 ? "euclidean"
                                                                         : "cosine"};
        p.n_more++;
        for (int i = 0; i < 3; i++) {
            got[i] = solve(t->ctx, &p, &ways[i], two);
            assert_same(&p, &got[0], &got[i], &ways[i], i);
        }
        assert_true(start == 2 || got[0].inertia < (start ? 4 : 1.05) * whole.inertia);
        assert_true(start == 2 || got[0].inertia >= whole.inertia * (1 - 1e-12));
        if (start < 2)
            assert_nearest(&p, &got[0], start);
        for (int i = 0; i < 3; i++)
            drop(&got[i]);
        p.n_more--;
    }
    /* from given centres, which is one start */
    p.centers = copy(whole.centers, (size_t)(p.k * p.d) * sizeof(double));
    got[0] = solve(t->ctx, &p, &ways[0], NULL);
    assert_true(got[0].inertia < 1.15 * whole.inertia);
    drop(&got[0]);
    drop(&whole);
    pool_free(two);
    drop_problem(&p);
    unsetenv("STINT_ISA");
}

/* --- odd data ---------------------------------------------------------------------------- */

static void few_rows_and_equal_rows(void **state)
{
    fixture *t = *state;
    static const struct {
        int64_t n, k;
        int distinct;
        double inertia;
    } rows[] = {{1, 1, 1, 0}, {5, 5, 5, 0}, {6, 1, 2, 3},
                {9, 4, 2, 0}, {7, 7, 1, 0}, {40, 2, 2, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int a = 0; a < 3; a++) {
            double x[80];
            for (int64_t r = 0; r < rows[i].n; r++)
                x[2 * r] = x[2 * r + 1] = (double)(r % rows[i].distinct);
            char k[32];
            snprintf(k, sizeof k, "%d", (int)rows[i].k);
            const stint_setting s[] = {{"n_clusters", k}, {"algorithm", algorithms[a]}};
            cluster_run run = {&cluster_kmeans, s, 2, NULL};
            cluster_task task = {.points = {.n = rows[i].n, .d = 2, .stride = 2, .f64 = x}};
            stint_clustering *m;
            assert_int_equal(cluster_fit(t->ctx, &run, &task, &m), STINT_OK);
            assert_near(m->facts.inertia, rows[i].inertia, 1e-14);
            assert_true(m->facts.converged);
            int64_t sum = 0, used = 0;
            for (int64_t j = 0; j < rows[i].k; j++) {
                sum += m->sizes[j];
                used += m->sizes[j] > 0;
            }
            assert_int_equal(sum, rows[i].n);
            assert_int_equal(used, rows[i].k < rows[i].distinct ? rows[i].k : rows[i].distinct);
            assert_true((strstr(m->facts.notes, "are empty") != NULL) == (used < rows[i].k));
            stint_clustering_free(m);
        }
}

static void refuses(void **state)
{
    fixture *t = *state;
    double x[12] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, bad[3] = {1, NAN, 1};
    double negative[3] = {1, -1, 1}, none[3] = {0};
    const double *const weights[] = {NULL, negative, none, bad};
    const struct {
        stint_setting s;
        int weights;
        double last;
        const char *device, *message;
        stint_status status;
    } rows[] = {
        {{"n_clusters", "4"},
         0,
         11,
         NULL,
         "n_clusters is 4, but there are only 3 rows",
         STINT_EDATA},
        {{"n_clusters", "2"}, 0, NAN, NULL, "row 2: column 3 is not a number", STINT_EDATA},
        {{"n_clusters", "2"}, 0, INFINITY, "simd", "row 2: column 3 is infinite", STINT_EDATA},
        {{"n_clusters", "2"}, 1, 11, NULL, "weight of row 1 is -1", STINT_EDATA},
        {{"n_clusters", "2"}, 2, 11, NULL, "sum to 0", STINT_EDATA},
        {{"n_clusters", "2"}, 3, 11, NULL, "weight of row 1", STINT_EDATA},
        {{"n_clutsers", "2"}, 0, 11, NULL, "did you mean \"n_clusters\"", STINT_EUSAGE},
        {{"n_clusters", "2"}, 0, 11, "thread", "did you mean \"threads\"", STINT_EUSAGE},
        {{"n_clusters", "2"}, 0, 11, "cuda", "present are auto, scalar", STINT_EUSAGE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        x[11] = rows[i].last;
        cluster_run run = {&cluster_kmeans, &rows[i].s, 1, rows[i].device};
        cluster_task task = {.points = {.n = 3, .d = 4, .stride = 4, .f64 = x},
                             .weights = weights[rows[i].weights]};
        stint_clustering *m;
        assert_int_equal(cluster_fit(t->ctx, &run, &task, &m), rows[i].status);
        assert_null(m);
        assert_message(t, rows[i].message);
    }
    x[11] = 11;
    const stint_setting two = {"n_clusters", "2"};
    cluster_run run = {&cluster_kmeans, &two, 1, NULL};
    cluster_task task = {.points = {.n = 3, .d = 4, .stride = 4, .f64 = x}, .memory = 1000};
    stint_clustering *m;
    assert_int_equal(cluster_fit(t->ctx, &run, &task, &m), STINT_EPLAN);
    assert_message(t, "needs at least");
}

/* --- failures ---------------------------------------------------------------------------- */

static void every_allocation_may_fail(void **state)
{
    fixture *t = *state;
    problem p = blobs(400, 3, 20, 4);
    pool *two = pool_new(t->ctx, 2);
    static const way ways[] = {{"hamerly", "threads", "avx2", 2, 0},
                               {"yinyang", "simd", "avx2", 1, 0},
                               {"lloyd", "simd", "avx2", 1, -1}};
    p.more[p.n_more++] = (stint_setting){"n_init", "3"};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        found want = solve(t->ctx, &p, &ways[i], two);
        bool fails = true;
        for (int n = 1; fails; n++) {
            char spec[32];
            snprintf(spec, sizeof spec, "*:alloc:%d", n);
            fault_arm(spec);
            found got = solve(t->ctx, &p, &ways[i], two);
            fault_arm(NULL);
            fails = got.status == STINT_ENOMEM;
            if (!fails)
                assert_same(&p, &want, &got, &ways[i], n);
            stint_clear(t->ctx);
            drop(&got);
            assert_true(n < 500);
        }
        drop(&want);
    }
    pool_free(two);
    drop_problem(&p);
    unsetenv("STINT_ISA");
}

typedef struct watcher {
    int calls, stop_at;
    double last;
} watcher;

static stint_status watch(void *self, const char *what, double share)
{
    watcher *w = self;
    assert_non_null(what);
    assert_true(share >= 0 && share <= 1);
    w->last = share;
    return ++w->calls == w->stop_at ? STINT_EINTERRUPT : STINT_OK;
}

static void stops_when_told(void **state)
{
    fixture *t = *state;
    problem p = blobs(3000, 4, 10, 4);
    pool *two = pool_new(t->ctx, 2);
    const stint_setting s[] = {{"n_clusters", "10"}, {"n_init", "6"}};
    cluster_run run = {&cluster_kmeans, s, 2, "threads"};
    for (int stop = 1; stop <= 5; stop++) {
        watcher w = {.stop_at = stop};
        cluster_task task = task_of(&p, two);
        task.watch = watch;
        task.watch_self = &w;
        stint_clustering *m;
        assert_int_equal(cluster_fit(t->ctx, &run, &task, &m), STINT_EINTERRUPT);
        assert_null(m);
        assert_int_equal(w.calls, stop);
        stint_clear(t->ctx);
    }
    pool_free(two);
    drop_problem(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(every_way_is_lloyds),
        FIXTURE_TEST(many_rounds_agree),
        FIXTURE_TEST(rows_of_any_kind),
        FIXTURE_TEST(predicts_its_own_rows),
        FIXTURE_TEST(batches_find_blobs),
        FIXTURE_TEST(few_rows_and_equal_rows),
        FIXTURE_TEST(refuses),
        FIXTURE_TEST(every_allocation_may_fail),
        FIXTURE_TEST(stops_when_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
