#include "base/fault.h"
#include "base/mem.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static bool is_zero(const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i])
            return false;
    return true;
}

static void blocks_are_aligned_zeroed_and_charged(void **state)
{
    (void)state;
    ctx *c = stint_open(NULL);
    for (size_t n = 0; n < 300; n += 7) {
        char *block = mem_alloc(c, TAG_TABLE, n);
        assert_int_equal((uintptr_t)block % 64, 0);
        assert_true(is_zero(block, n));
        assert_int_equal(budget_live(ctx_budget(c)), mem_cost(n));
        memset(block, 1, n);
        mem_free(block);
    }
    mem_free(NULL);
    assert_int_equal(budget_live(ctx_budget(c)), 0);
    stint_close(c);
}

static void resize_keeps_and_zeroes(void **state)
{
    (void)state;
    ctx *c = stint_open(&(stint_options){.memory_bytes = 8192});
    char *block = mem_resize(c, TAG_BASE, NULL, 10);
    memset(block, 'x', 10);
    block = mem_resize(c, TAG_BASE, block, 1000);
    assert_memory_equal(block, "xxxxxxxxxx", 10);
    assert_true(is_zero(block + 10, 990));
    assert_null(mem_resize(c, TAG_BASE, block, 100000));
    assert_memory_equal(block, "xxxxxxxxxx", 10);
    block = mem_resize(c, TAG_BASE, block, 3);
    assert_memory_equal(block, "xxx", 3);
    assert_int_equal(budget_live(ctx_budget(c)), mem_cost(3));
    mem_free(block);
    stint_close(c);
}

static void a_refusal_names_the_holders(void **state)
{
    (void)state;
    ctx *c = stint_open(&(stint_options){.memory_bytes = 64 << 20});
    ctx *ingest = ctx_child(c, "ingest", 0);
    void *table = mem_alloc(ingest, TAG_TABLE, 60 << 20);
    assert_non_null(table);
    assert_null(mem_alloc(ingest, TAG_MODEL, 12 << 20));
    assert_int_equal(ctx_status(c), STINT_ENOMEM);
    const char *said = stint_message(c);
    assert_non_null(
        strstr(said, "out of memory: 12.0 MiB for model at tests/unit/base/test_mem.c:"));
    assert_non_null(
        strstr(said, "does not fit: 4.0 MiB of 64.0 MiB left; holders: table 60.0 MiB in ingest"));
    mem_free(table);
    ctx_free_child(ingest);
    stint_close(c);
}

static void products_do_not_wrap(void **state)
{
    (void)state;
    ctx *c = stint_open(NULL);
    assert_null(mem_new(c, TAG_BASE, double, (INT64_C(1) << 61) + 1));
    assert_null(mem_new(c, TAG_BASE, double, -1));
    assert_null(mem_alloc(c, TAG_BASE, SIZE_MAX));
    assert_int_equal(budget_live(ctx_budget(c)), 0);
    stint_close(c);
}

/* What a block charges returns to where it was charged, in whatever order blocks go. */
static void leaks_are_listed(void **state)
{
    (void)state;
    ctx *c = stint_open(NULL);
    char text[512];
    void *blocks[3];
    for (int i = 0; i < 3; i++)
        blocks[i] = mem_alloc(c, TAG_SEARCH, 10);
    mem_free(blocks[1]);
    assert_int_equal(mem_live_blocks(ctx_budget(c), text, sizeof text, 1), 2);
    assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
    assert_non_null(strstr(text, "10 bytes from tests/unit/base/test_mem.c:"));
    assert_non_null(strstr(text, "(search)\n"));
    mem_free(blocks[2]);
    mem_free(blocks[0]);
    assert_int_equal(mem_live_blocks(ctx_budget(c), text, sizeof text, 9), 0);
    assert_string_equal(text, "");
    stint_close(c);
}

static void strings_are_copied(void **state)
{
    (void)state;
    ctx *c = stint_open(NULL);
    char *copy = mem_strdup(c, "bmi");
    assert_string_equal(copy, "bmi");
    mem_free(copy);
    stint_close(c);
}

#ifdef STINT_FAULTS
static void the_nth_allocation_fails_once(void **state)
{
    (void)state;
    ctx *c = stint_open(NULL);
    for (int n = 1; n <= 4; n++) {
        char spec[] = "*:alloc:0";
        spec[8] = (char)('0' + n);
        fault_arm(spec);
        for (int i = 1; i <= 5; i++) {
            void *block = mem_alloc(c, TAG_BASE, 10);
            assert_int_equal(block == NULL, i == n);
            mem_free(block);
        }
        assert_int_equal(ctx_status(c), STINT_ENOMEM);
        assert_int_equal(budget_live(ctx_budget(c)), 0);
        stint_clear(c);
    }
    fault_role("worker");
    fault_arm("run:alloc:1");
    void *block = mem_alloc(c, TAG_BASE, 10);
    assert_non_null(block);
    mem_free(block);
    fault_arm("worker:merge-order:0");
    assert_true(fault_now(FAULT_MERGE_ORDER) && fault_now(FAULT_MERGE_ORDER));
    assert_false(fault_now(FAULT_LEAK));
    fault_arm(NULL);
    assert_false(fault_now(FAULT_MERGE_ORDER));
    stint_close(c);
}
#endif

static void *allocate_and_free(void *arg)
{
    ctx *c = arg;
    for (int i = 0; i < 2000; i++) {
        void *a = mem_alloc(c, TAG_BASE, (size_t)i), *b = mem_alloc(c, TAG_BASE, 10);
        mem_free(a);
        mem_free(b);
    }
    return NULL;
}

static void threads_may_share_a_context(void **state)
{
    (void)state;
    ctx *c = stint_open(NULL);
    pthread_t threads[3];
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, allocate_and_free, c);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(budget_live(ctx_budget(c)), 0);
    stint_close(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_aligned_zeroed_and_charged),
        cmocka_unit_test(resize_keeps_and_zeroes),
        cmocka_unit_test(a_refusal_names_the_holders),
        cmocka_unit_test(products_do_not_wrap),
        cmocka_unit_test(leaks_are_listed),
        cmocka_unit_test(strings_are_copied),
#ifdef STINT_FAULTS
        cmocka_unit_test(the_nth_allocation_fails_once),
#endif
        cmocka_unit_test(threads_may_share_a_context),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
