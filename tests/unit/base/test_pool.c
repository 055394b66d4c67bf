/* Every item runs once, on one of the threads, however closely loops follow each other. */
#include "base/pool.h"

#include "base/mem.h"
#include "base/os/os.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

enum { ITEMS = 1000, MOST_THREADS = 4, LOOPS = 100000 };

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

/* An item of a loop that is over, or one taken twice, would show in the sums. */
typedef struct sums {
    int64_t loop, items;
    atomic_llong total, strays;
} sums;

static stint_status add_item(void *self, int64_t item, int thread)
{
    sums *s = self;
    (void)thread;
    if (item < 0 || item >= s->items)
        atomic_fetch_add(&s->strays, 1);
    atomic_fetch_add(&s->total, s->loop * 8 + item);
    return STINT_OK;
}

static void loops_follow_each_other_closely(void **state)
{
    (void)state;
    ctx *c = stint_open(NULL);
    for (int threads = 1; threads <= MOST_THREADS; threads++) {
        pool *p = pool_new(c, threads);
        sums s[2] = {0};
        for (int64_t loop = 0; loop < LOOPS; loop++) {
            sums *now = &s[loop % 2]; /* a late item of the other one changes its total */
            now->loop = loop;
            now->items = loop % 5;
            int64_t total = atomic_load(&s[0].total) + atomic_load(&s[1].total);
            int64_t sum = now->items * loop * 8 + now->items * (now->items - 1) / 2;
            assert_int_equal(parallel_for(p, now->items, add_item, now), STINT_OK);
            assert_int_equal(s[0].total + s[1].total - total, sum);
        }
        assert_int_equal(s[0].strays + s[1].strays, 0);
        pool_free(p);
    }
    stint_close(c);
}

/* Plain memory written by items and read between loops: the thread sanitizer sees to it that
 * each loop's end orders them. */
static stint_status shift_item(void *self, int64_t item, int thread)
{
    int *row = self;
    (void)thread;
    row[item] += row[item + 4];
    return STINT_OK;
}

static void what_items_write_is_there_after_the_loop(void **state)
{
    (void)state;
    ctx *c = stint_open(NULL);
    for (int threads = 1; threads <= MOST_THREADS; threads++) {
        pool *p = pool_new(c, threads);
        int row[8] = {0};
        for (int loop = 1; loop <= LOOPS / 10; loop++) {
            for (int i = 0; i < 4; i++)
                row[i + 4] = loop - row[i]; /* reads what the last loop wrote */
            assert_int_equal(parallel_for(p, 4, shift_item, row), STINT_OK);
            for (int i = 0; i < 4; i++)
                assert_int_equal(row[i], loop);
        }
        pool_free(p);
    }
    stint_close(c);
}

static void failures_among_close_loops(void **state)
{
    (void)state;
    ctx *c = stint_open(NULL);
    for (int threads = 1; threads <= MOST_THREADS; threads++) {
        pool *p = pool_new(c, threads);
        for (int loop = 0; loop < LOOPS / 10; loop++) {
            int64_t items = loop % 9, fail_at = loop % 7;
            work w = {.threads = threads, .fail_at = fail_at};
            stint_status want = fail_at < items ? STINT_EDATA : STINT_OK;
            assert_int_equal(parallel_for(p, items, run_item, &w), want);
            for (int64_t i = 0; i < items; i++)
                assert_in_range(w.runs[i], i <= fail_at, 1); /* taken in order */
            assert_int_equal(w.runs[items], 0);
        }
        pool_free(p);
    }
    stint_close(c);
}

static stint_status sleep_in_item(void *self, int64_t item, int thread)
{
    usleep(item == 3 ? 2000 : 100);
    return run_item(self, item, thread);
}

/* Long enough for those who wait to fall asleep, the caller too. */
static void sleepers_are_woken(void **state)
{
    (void)state;
    ctx *c = stint_open(NULL);
    for (int threads = 2; threads <= MOST_THREADS; threads++) {
        pool *p = pool_new(c, threads);
        for (int loop = 0; loop < 20; loop++) {
            work w = {.threads = threads, .fail_at = -1};
            usleep(loop % 2 ? 1000 : 0);
            assert_int_equal(parallel_for(p, 4, sleep_in_item, &w), STINT_OK);
            assert_int_equal(w.started, 4);
        }
        pool_free(p);
    }
    stint_close(c);
}

/* Every item holds its thread until all threads have one. */
typedef struct meeting {
    atomic_int there;
    int threads;
} meeting;

static stint_status meet(void *self, int64_t item, int thread)
{
    meeting *m = self;
    (void)item, (void)thread;
    atomic_fetch_add(&m->there, 1);
    while (atomic_load(&m->there) < m->threads)
        usleep(10);
    return STINT_OK;
}

static void every_thread_is_woken_that_has_an_item(void **state)
{
    (void)state;
    ctx *c = stint_open(NULL);
    int threads = 2 * cpu_count() + 1; /* more than cores */
    pool *p = pool_new(c, threads);
    assert_int_equal(pool_threads(p), threads);
    for (int loop = 0; loop < 200; loop++) {
        meeting m = {.threads = 1 + loop % threads};
        assert_int_equal(parallel_for(p, m.threads, meet, &m), STINT_OK);
        assert_int_equal(m.there, m.threads);
    }
    pool_free(p);
    stint_close(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_item_runs_once),
        cmocka_unit_test(a_failure_stops_the_loop),
        cmocka_unit_test(loops_follow_each_other_closely),
        cmocka_unit_test(what_items_write_is_there_after_the_loop),
        cmocka_unit_test(failures_among_close_loops),
        cmocka_unit_test(sleepers_are_woken),
        cmocka_unit_test(every_thread_is_woken_that_has_an_item),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
