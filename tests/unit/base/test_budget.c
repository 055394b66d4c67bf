#include "base/budget.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

static void charges_every_ancestor_or_none(void **state)
{
    (void)state;
    budget *root = budget_new(NULL, "stint", 1000);
    budget *stage = budget_new(root, "search", 800);
    budget *worker = budget_new(stage, "worker 1", 0);
    assert_true(budget_reserve(worker, TAG_MODEL, 600));
    assert_true(budget_reserve(root, TAG_TABLE, 100));
    assert_int_equal(budget_left(worker), 200);
    assert_false(budget_reserve(worker, TAG_MODEL, 201));
    assert_int_equal(budget_live(worker), 600);
    assert_int_equal(budget_live(stage), 600);
    assert_int_equal(budget_live(root), 700);
    assert_true(budget_reserve(worker, TAG_CACHE, 200));
    assert_int_equal(budget_left(worker), 0);
    assert_ptr_equal(budget_tightest(worker), stage);
    budget_release(worker, TAG_MODEL, 600);
    budget_release(worker, TAG_CACHE, 200);
    budget_release(root, TAG_TABLE, 100);
    assert_int_equal(budget_live(root), 0);
    assert_int_equal(budget_peak(root), 900);
    assert_int_equal(budget_peak(stage), 800);
    assert_int_equal(budget_peak_tag(root, TAG_MODEL), 600);
    assert_int_equal(budget_live_tag(root, TAG_MODEL), 0);
    budget_free(worker);
    budget_free(stage);
    budget_free(root);
}

static void zero_is_unlimited(void **state)
{
    (void)state;
    budget *root = budget_new(NULL, "stint", 0);
    assert_true(budget_limit(root) == INT64_MAX);
    assert_true(budget_left(root) == INT64_MAX);
    assert_true(budget_reserve(root, TAG_BASE, INT64_C(1) << 60));
    assert_true(budget_left(root) == INT64_MAX);
    assert_false(budget_reserve(root, TAG_BASE, INT64_MAX));
    budget_release(root, TAG_BASE, INT64_C(1) << 60);
    budget_free(root);
}

static void a_freed_node_returns_what_it_held(void **state)
{
    (void)state;
    budget *root = budget_new(NULL, "stint", 100);
    budget *stage = budget_new(root, "ingest", 0);
    assert_true(budget_reserve(stage, TAG_LIBRARY, 70));
    budget_free(stage);
    assert_int_equal(budget_live(root), 0);
    assert_int_equal(budget_live_tag(root, TAG_LIBRARY), 0);
    budget_free(root);
}

static void names_the_three_largest_holders(void **state)
{
    (void)state;
    const int64_t MiB = 1 << 20;
    char text[256];
    budget *root = budget_new(NULL, "stint", 0);
    budget *ingest = budget_new(root, "ingest", 0);
    budget *worker = budget_new(root, "worker 1", 0);
    budget_holders(root, text, sizeof text);
    assert_string_equal(text, "none");
    assert_true(budget_reserve(worker, TAG_MODEL, 3 * MiB));
    assert_true(budget_reserve(ingest, TAG_TABLE, 12 * MiB));
    assert_true(budget_reserve(ingest, TAG_CACHE, MiB));
    assert_true(budget_reserve(root, TAG_JOURNAL, 4 * MiB));
    budget_holders(root, text, sizeof text);
    assert_string_equal(
        text, "table 12.0 MiB in ingest, journal 4.0 MiB in stint, model 3.0 MiB in worker 1");
    budget_holders(ingest, text, sizeof text);
    assert_string_equal(text, "table 12.0 MiB in ingest, cache 1.0 MiB in ingest");
    char little[12];
    budget_holders(root, little, sizeof little);
    assert_string_equal(little, "table 12.0 ");
    budget_free(worker);
    budget_free(ingest);
    budget_free(root);
}

/* Two threads in two children of one root never get more than its limit between them. */
enum { ROUNDS = 20000, PIECE = 10, LIMIT = 25 };

static void *take_and_give(void *arg)
{
    budget *b = arg;
    for (int i = 0; i < ROUNDS; i++)
        if (budget_reserve(b, TAG_BASE, PIECE))
            budget_release(b, TAG_BASE, PIECE);
    return NULL;
}

static void holds_from_several_threads(void **state)
{
    (void)state;
    budget *root = budget_new(NULL, "stint", LIMIT), *children[3];
    pthread_t threads[3];
    for (int i = 0; i < 3; i++) {
        children[i] = budget_new(root, "worker", 0);
        pthread_create(&threads[i], NULL, take_and_give, children[i]);
    }
    for (int i = 0; i < 3; i++) {
        pthread_join(threads[i], NULL);
        budget_free(children[i]);
    }
    assert_int_equal(budget_live(root), 0);
    assert_in_range(budget_peak(root), PIECE, LIMIT);
    budget_free(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(charges_every_ancestor_or_none),
        cmocka_unit_test(zero_is_unlimited),
        cmocka_unit_test(a_freed_node_returns_what_it_held),
        cmocka_unit_test(names_the_three_largest_holders),
        cmocka_unit_test(holds_from_several_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
