/* vec, arena, map */
#include "base/map.h"
#include "base/vec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static void vec_grows(void **state)
{
    (void)state;
    ctx *c = stint_open(&(stint_options){.memory_bytes = 100000});
    VEC(double) v = {0};
    for (int i = 0; i < 1000; i++)
        assert_int_equal(vec_push(c, TAG_SEARCH, &v, i / 2.0), STINT_OK);
    assert_int_equal(v.n, 1000);
    for (int i = 0; i < 1000; i++)
        assert_true(v.at[i] == i / 2.0);
    double *before = v.at;
    int64_t room = v.room;
    assert_int_equal(vec_reserve(c, TAG_SEARCH, &v, 1000000), STINT_ENOMEM);
    assert_int_equal(vec_reserve(c, TAG_SEARCH, &v, INT64_MAX), STINT_ENOMEM);
    assert_ptr_equal(v.at, before);
    assert_int_equal(v.room, room);
    vec_free(&v);
    assert_null(v.at);
    stint_close(c);
}

static void vec_holds_structs(void **state)
{
    (void)state;
    typedef struct pair {
        int a, b;
    } pair;
    ctx *c = stint_open(NULL);
    VEC(pair) v = {0};
    assert_int_equal(vec_push(c, TAG_BASE, &v, (pair){1, 2}), STINT_OK);
    assert_int_equal(v.at[0].b, 2);
    vec_free(&v);
    stint_close(c);
}

static void arena_objects_are_aligned_and_apart(void **state)
{
    (void)state;
    ctx *c = stint_open(NULL);
    arena a;
    arena_init(&a, c, TAG_CONFIG);
    char *objects[500];
    for (int i = 0; i < 500; i++) {
        objects[i] = arena_alloc(&a, (size_t)i);
        assert_int_equal((uintptr_t)objects[i] % 16, 0);
        for (int k = 0; k < i; k++)
            assert_int_equal(objects[i][k], 0);
        memset(objects[i], i & 127, (size_t)i);
    }
    for (int i = 0; i < 500; i++)
        for (int k = 0; k < i; k++)
            assert_int_equal(objects[i][k], i & 127);
    assert_non_null(arena_alloc(&a, 1 << 20));
    assert_string_equal(arena_strdup(&a, "fold"), "fold");
    assert_string_equal(arena_printf(&a, "%s-%03d", "round", 7), "round-007");
    assert_null(arena_new(&a, double, INT64_MAX / 4));
    arena_deinit(&a);
    assert_int_equal(budget_live(ctx_budget(c)), 0);
    stint_close(c);
}

static void map_finds_what_was_added_in_order(void **state)
{
    (void)state;
    ctx *c = stint_open(NULL);
    map m;
    char key[32];
    map_init(&m, c, TAG_TABLE);
    assert_null(map_find(&m, "x", 1));
    for (int i = 0; i < 5000; i++) {
        int n = snprintf(key, sizeof key, "key %d", i);
        assert_int_equal(map_add(&m, key, n, i)->value, i);
        assert_int_equal(map_add(&m, key, n, -1)->value, i);
    }
    assert_int_equal(m.n, 5000);
    assert_true(2 * m.n <= m.slot_count);
    for (int i = 0; i < 5000; i++) {
        int n = snprintf(key, sizeof key, "key %d", i);
        assert_int_equal(map_find(&m, key, n)->value, i);
        assert_string_equal(m.entries[i].key, key);
    }
    assert_null(map_find(&m, "key 1", 4));
    assert_non_null(map_add(&m, "", 0, 9));
    assert_int_equal(map_find(&m, "", 0)->value, 9);
    map_deinit(&m);
    assert_int_equal(budget_live(ctx_budget(c)), 0);
    stint_close(c);
}

static void map_survives_a_failed_growth(void **state)
{
    (void)state;
    ctx *c = stint_open(&(stint_options){.memory_bytes = 20000});
    map m;
    char key[32];
    int added = 0;
    map_init(&m, c, TAG_TABLE);
    while (map_add(&m, key, snprintf(key, sizeof key, "%d", added), added))
        added++;
    assert_int_equal(m.n, added);
    assert_true(added > 50);
    for (int i = 0; i < added; i++)
        assert_int_equal(map_find(&m, key, snprintf(key, sizeof key, "%d", i))->value, i);
    map_deinit(&m);
    stint_close(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vec_grows),
        cmocka_unit_test(vec_holds_structs),
        cmocka_unit_test(arena_objects_are_aligned_and_apart),
        cmocka_unit_test(map_finds_what_was_added_in_order),
        cmocka_unit_test(map_survives_a_failed_growth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
