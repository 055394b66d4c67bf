/* Jobs: the result of a call, on a thread of its own; stopped at any point, failed at any
 * allocation, within what the context has left, and nothing left behind. */
#include "unit/cluster/blobs.h"

#include "base/fault.h"

/* --- results ----------------------------------------------------------------------------- */

static void a_job_finds_what_a_call_finds(void **state)
{
    fixture *t = *state;
    blobs b = blobs_make(120, 3, 3);
    for (const cluster_class *const *k = cluster_table; *k; k++) {
        stint_cluster_request r = blobs_request(&b, (*k)->name);
        stint_clustering *m, *called;
        stint_cluster_job *job;
        const char *what;
        assert_int_equal(stint_cluster_fit(t->ctx, &r, &called), STINT_OK);
        assert_int_equal(stint_cluster_start(t->ctx, &r, &job), STINT_OK);
        while (!stint_cluster_ended(job))
            usleep(100);
        assert_true(stint_cluster_progress(job, &what) == 1);
        assert_true(what && strlen(what) > 0);
        assert_int_equal(stint_cluster_wait(t->ctx, job, &m), STINT_OK);
        same_clustering(m, called);
        stint_clustering_free(m);
        stint_clustering_free(called);
    }
    blobs_drop(&b);
}

static void a_request_may_go_once_its_job_has_begun(void **state)
{
    fixture *t = *state;
    blobs b = blobs_make(60, 3, 3);
    char method[] = "kmeans", key[] = "n_clusters", value[] = "3", device[] = "simd";
    stint_setting settings[] = {{key, value}};
    stint_cluster_request *r = malloc(sizeof *r);
    stint_cluster_job *job;
    stint_clustering *m;
    *r = blobs_request(&b, method);
    r->settings = settings;
    r->device = device;
    assert_int_equal(stint_cluster_start(t->ctx, r, &job), STINT_OK);
    free(r);
    memset(method, 'x', sizeof method - 1);
    memset(key, 'x', sizeof key - 1);
    memset(device, 'x', sizeof device - 1);
    strcpy(value, "x");
    settings[0] = (stint_setting){0};
    assert_int_equal(stint_cluster_wait(t->ctx, job, &m), STINT_OK);
    assert_string_equal(stint_cluster_about(m).device, "simd");
    assert_int_equal(stint_cluster_about(m).n_clusters, 3);
    stint_clustering_free(m);
    blobs_drop(&b);
}

static void jobs_run_beside_each_other(void **state)
{
    enum { JOBS = 4 };
    fixture *t = *state;
    blobs b = blobs_make(300, 5, 4);
    stint_cluster_request r = blobs_request(&b, "kmeans");
    stint_cluster_job *jobs[JOBS];
    stint_clustering *m[JOBS], *called;
    assert_int_equal(stint_cluster_fit(t->ctx, &r, &called), STINT_OK);
    for (int i = 0; i < JOBS; i++)
        assert_int_equal(stint_cluster_start(t->ctx, &r, &jobs[i]), STINT_OK);
    for (int i = 0; i < JOBS; i++) {
        assert_int_equal(stint_cluster_wait(t->ctx, jobs[i], &m[i]), STINT_OK);
        same_clustering(m[i], called);
        stint_clustering_free(m[i]);
    }
    stint_clustering_free(called);
    blobs_drop(&b);
}

/* --- failures ---------------------------------------------------------------------------- */

static void a_jobs_failure_is_told_by_wait(void **state)
{
    fixture *t = *state;
    blobs b = blobs_make(60, 3, 3);
    stint_cluster_request r = blobs_request(&b, "kmeans");
    stint_cluster_job *job;
    stint_clustering *m;
    b.x[4] = NAN;
    assert_int_equal(stint_cluster_start(t->ctx, &r, &job), STINT_OK);
    while (!stint_cluster_ended(job))
        usleep(100);
    assert_string_equal(stint_message(t->ctx), "");
    assert_true(stint_cluster_progress(job, NULL) == 1);
    assert_int_equal(stint_cluster_wait(t->ctx, job, &m), STINT_EDATA);
    assert_null(m);
    assert_message(t, "row 1: column 1 is not a number");
    b.x[4] = 0;
    r.method = "kmeens";
    assert_int_equal(stint_cluster_start(t->ctx, &r, &job), STINT_OK);
    assert_int_equal(stint_cluster_wait(t->ctx, job, &m), STINT_EUSAGE);
    assert_message(t, "did you mean \"kmeans\"?");
    r.method = NULL;
    assert_int_equal(stint_cluster_start(t->ctx, &r, &job), STINT_EUSAGE);
    assert_null(job);
    assert_message(t, "names no method");
    assert_int_equal(stint_cluster_wait(t->ctx, NULL, &m), STINT_EUSAGE);
    assert_message(t, "no job to wait for");
    stint_cluster_cancel(NULL);
    assert_true(stint_cluster_ended(NULL) && stint_cluster_progress(NULL, NULL) == 1);
    blobs_drop(&b);
}

/* --- memory ------------------------------------------------------------------------------ */

/* What a job that the context has room for takes, with what is its own. */
static int64_t bytes_of(const stint_cluster_request *r)
{
    stint_context *c = stint_open(&(stint_options){.threads = 2});
    stint_text plan;
    assert_int_equal(stint_cluster_plan(c, r, true, &plan), STINT_OK);
    int64_t bytes = strtoll(strstr(plan.at, "\"bytes\": ") + 9, NULL, 10);
    stint_text_free(&plan);
    stint_close(c);
    return bytes;
}

static void a_job_stays_within_what_is_left(void **state)
{
    fixture *t = *state;
    blobs b = blobs_make(1000, 4, 4);
    stint_cluster_request r = blobs_request(&b, "kmeans");
    int64_t room = bytes_of(&r) + (256 << 10);
    t->log[0] = '\0';
    stint_context *c = stint_open(
        &(stint_options){.memory_bytes = room, .threads = 2, .sink = fixture_hear, .sink_self = t});
    stint_cluster_job *job;
    stint_clustering *m, *called;
    assert_int_equal(stint_cluster_fit(t->ctx, &r, &called), STINT_OK);
    assert_int_equal(stint_cluster_start(c, &r, &job), STINT_OK);
    assert_int_equal(stint_cluster_wait(c, job, &m), STINT_OK);
    assert_memory_equal(stint_cluster_labels(m), stint_cluster_labels(called), 1000 * 4);
    assert_true(budget_peak(ctx_budget(c)) > 128 << 10 && budget_peak(ctx_budget(c)) <= room);
    stint_clustering_free(m);
    assert_int_equal(budget_live(ctx_budget(c)), 0);

    void *held = mem_alloc(c, TAG_MODEL, (size_t)(room - (140 << 10)));
    assert_int_equal(stint_cluster_start(c, &r, &job), STINT_OK);
    assert_int_equal(stint_cluster_wait(c, job, &m), STINT_EPLAN);
    assert_non_null(strstr(stint_message(c), "needs at least"));
    stint_clear(c);
    mem_free(held);
    assert_int_equal(budget_live(ctx_budget(c)), 0);
    stint_clustering_free(called);
    stint_close(c);
    assert_string_equal(t->log, "");
    blobs_drop(&b);
}

static void two_jobs_never_count_on_the_same_bytes(void **state)
{
    fixture *t = *state;
    blobs b = blobs_make(1000, 4, 4);
    stint_cluster_request r = blobs_request(&b, "kmeans"), long_one = r;
    stint_setting settings[] = {{"n_clusters", "300"}, {"n_init", "10000"}};
    long_one.settings = settings;
    long_one.n_settings = 2;
    int64_t room = bytes_of(&long_one) + (256 << 10);
    stint_context *c = stint_open(
        &(stint_options){.memory_bytes = room, .threads = 2, .sink = fixture_hear, .sink_self = t});
    stint_cluster_job *one, *two;
    stint_clustering *m;
    assert_int_equal(stint_cluster_start(c, &long_one, &one), STINT_OK);
    while (stint_cluster_progress(one, NULL) == 0)
        usleep(100);
    assert_true(budget_live(ctx_budget(c)) > 128 << 10);
    assert_int_equal(stint_cluster_start(c, &r, &two), STINT_OK);
    assert_int_equal(stint_cluster_wait(c, two, &m), STINT_EPLAN);
    stint_clear(c);
    stint_cluster_cancel(one);
    assert_int_equal(stint_cluster_wait(c, one, &m), STINT_EINTERRUPT);
    stint_clear(c);
    assert_int_equal(budget_live(ctx_budget(c)), 0);
    assert_true(budget_peak(ctx_budget(c)) <= room);
    stint_close(c);
    assert_string_equal(t->log, "");
    blobs_drop(&b);
}

/* --- stopping ---------------------------------------------------------------------------- */

static void a_job_stops_at_any_point(void **state)
{
    fixture *t = *state;
    blobs b = blobs_make(400, 6, 5);
    for (const cluster_class *const *k = cluster_table; *k; k++)
        for (int wait = 0; wait < 40; wait++) {
            stint_cluster_request r = blobs_request(&b, (*k)->name);
            stint_cluster_job *job;
            stint_clustering *m;
            assert_int_equal(stint_cluster_start(t->ctx, &r, &job), STINT_OK);
            usleep((useconds_t)(wait * wait * 4));
            stint_cluster_cancel(job);
            assert_int_equal(stint_cluster_wait(t->ctx, job, &m), STINT_EINTERRUPT);
            assert_null(m);
            assert_message(t, "cancelled");
            assert_int_equal(budget_live(ctx_budget(t->ctx)), 0);
        }
    assert_string_equal(t->log, "");
    blobs_drop(&b);
}

static void a_long_job_stops_soon(void **state)
{
    fixture *t = *state;
    blobs b = blobs_make(2000, 8, 5);
    stint_setting settings[] = {{"n_clusters", "700"}, {"n_init", "10000"}};
    stint_cluster_request r = blobs_request(&b, "kmeans");
    stint_cluster_job *job;
    stint_clustering *m;
    r.settings = settings;
    r.n_settings = 2;
    assert_int_equal(stint_cluster_start(t->ctx, &r, &job), STINT_OK);
    double seen = 0;
    while (seen == 0 && !stint_cluster_ended(job))
        seen = stint_cluster_progress(job, NULL);
    assert_false(stint_cluster_ended(job));
    stint_cluster_cancel(job);
    assert_int_equal(stint_cluster_wait(t->ctx, job, &m), STINT_EINTERRUPT);
    assert_message(t, "cancelled at ");
    assert_int_equal(stint_cluster_start(t->ctx, &r, &job), STINT_OK);
    stint_interrupt(t->ctx);
    assert_int_equal(stint_cluster_wait(t->ctx, job, &m), STINT_EINTERRUPT);
    assert_message(t, "interrupted at ");
    assert_int_equal(ctx_interrupted(t->ctx), 0);
    blobs_drop(&b);
}

static void progress_never_falls(void **state)
{
    fixture *t = *state;
    blobs b = blobs_make(1500, 6, 5);
    for (const cluster_class *const *k = cluster_table; *k; k++) {
        stint_cluster_request r = blobs_request(&b, (*k)->name);
        stint_cluster_job *job;
        stint_clustering *m;
        double last = 0;
        assert_int_equal(stint_cluster_start(t->ctx, &r, &job), STINT_OK);
        while (!stint_cluster_ended(job)) {
            const char *what = NULL;
            double share = stint_cluster_progress(job, &what);
            assert_true(share >= last && share <= 1 && what);
            last = share;
        }
        assert_true(stint_cluster_progress(job, NULL) == 1);
        assert_int_equal(stint_cluster_wait(t->ctx, job, &m), STINT_OK);
        stint_clustering_free(m);
    }
    blobs_drop(&b);
}

/* --- any allocation may fail ------------------------------------------------------------- */

static stint_status whole_job(ctx *c, const blobs *b)
{
    stint_cluster_request r = blobs_request(b, "kmeans");
    stint_cluster_job *job;
    stint_clustering *m;
    TRY(stint_cluster_start(c, &r, &job));
    stint_status s = stint_cluster_wait(c, job, &m);
    stint_clustering_free(m);
    return s;
}

static void any_allocation_may_fail(void **state)
{
    fixture *t = *state;
    blobs b = blobs_make(60, 3, 3);
    static const int64_t limits[] = {0, 8 << 20};
    for (int l = 0; l < 2; l++) {
        stint_context *c = stint_open(&(stint_options){
            .memory_bytes = limits[l], .threads = 2, .sink = fixture_hear, .sink_self = t});
        stint_status s = STINT_ENOMEM;
        for (int n = 1; s != STINT_OK; n++) {
            char spec[32];
            snprintf(spec, sizeof spec, "*:alloc:%d", n);
            fault_arm(spec);
            s = whole_job(c, &b);
            fault_arm(NULL);
            if (s != STINT_OK && (s != STINT_ENOMEM || !strstr(stint_message(c), "memory")))
                fail_msg("allocation %d: status %d: %s", n, (int)s, stint_message(c));
            assert_int_equal(budget_live(ctx_budget(c)), 0);
            stint_clear(c);
        }
        stint_close(c);
        assert_string_equal(t->log, "");
    }
    blobs_drop(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_job_finds_what_a_call_finds),
        FIXTURE_TEST(a_request_may_go_once_its_job_has_begun),
        FIXTURE_TEST(jobs_run_beside_each_other),
        FIXTURE_TEST(a_jobs_failure_is_told_by_wait),
        FIXTURE_TEST(a_job_stays_within_what_is_left),
        FIXTURE_TEST(two_jobs_never_count_on_the_same_bytes),
        FIXTURE_TEST(a_job_stops_at_any_point),
        FIXTURE_TEST(a_long_job_stops_soon),
        FIXTURE_TEST(progress_never_falls),
        FIXTURE_TEST(any_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
