#include "base/mem.h"
#include "base/pool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <string.h>
#include <cmocka.h>

enum { ITEMS = 1000, MOST_THREADS = 4 };

typedef struct work {
    int threads;
    int64_t fail_at; /* -1 = none */
    int runs[ITEMS];
    atomic_int in_thread[MOST_THREADS];
    atomic_int started;
} work;

static stint_status run_item(void *self, int64_t item, int thread)
{
    work *w = self;
    if (thread < 0 || thread >= w->threads || atomic_fetch_add(&w->in_thread[thread], 1) != 0)
        return STINT_EFAIL;
    atomic_fetch_add(&w->started, 1);
    w->runs[item]++;
    atomic_fetch_sub(&w->in_thread[thread], 1);
    return item == w->fail_at ? STINT_EDATA : STINT_OK;
}

static void every_item_runs_once(void **state)
{
    (void)state;
    ctx *c = stint_open(NULL);
    for (int threads = 1; threads <= MOST_THREADS; threads++) {
        pool *p = pool_new(c, threads);
        assert_int_equal(pool_threads(p), threads);
        for (int64_t items = 0; items <= ITEMS; items = 3 * items + 1) {
            work w = {.threads = threads, .fail_at = -1};
            assert_int_equal(parallel_for(p, items, run_item, &w), STINT_OK);
            for (int64_t i = 0; i < ITEMS; i++)
                assert_int_equal(w.runs[i], i < items);
        }
        pool_free(p);
    }
    assert_int_equal(budget_live(ctx_budget(c)), 0);
    stint_close(c);
}

static void a_failure_stops_the_loop(void **state)
{
    (void)state;
    ctx *c = stint_open(NULL);
    for (int threads = 1; threads <= MOST_THREADS; threads++) {
        pool *p = pool_new(c, threads);
        work w = {.threads = threads, .fail_at = 0};
        assert_int_equal(parallel_for(p, ITEMS, run_item, &w), STINT_EDATA);
        if (threads == 1)
            assert_int_equal(w.started, 1);
        for (int64_t i = 0; i < ITEMS; i++)
            assert_in_range(w.runs[i], 0, 1);
        work again = {.threads = threads, .fail_at = -1};
        assert_int_equal(parallel_for(p, ITEMS, run_item, &again), STINT_OK);
        assert_int_equal(again.started, ITEMS);
        pool_free(p);
    }
    stint_close(c);
}

static void many_short_loops(void **state)
{
    (void)state;
    ctx *c = stint_open(NULL);
    pool *p = pool_new(c, 3);
    for (int i = 0; i < 2000; i++) {
        work w = {.threads = 3, .fail_at = -1};
        assert_int_equal(parallel_for(p, 4, run_item, &w), STINT_OK);
        assert_int_equal(w.started, 4);
    }
    pool_free(p);
    stint_close(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_item_runs_once),
        cmocka_unit_test(a_failure_stops_the_loop),
        cmocka_unit_test(many_short_loops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
