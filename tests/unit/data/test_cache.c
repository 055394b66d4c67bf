/* The cache: what is put is found, until it is damaged, pushed out, or its source changes. */
#include "data/cache.h"
#include "data/cache_record.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

typedef struct fixture {
    ctx *ctx;
    char dir[32];
} fixture;

static int setup_limited(void **state, int64_t limit)
{
    fixture *t = calloc(1, sizeof *t);
    strcpy(t->dir, "test_cache.XXXXXX");
    if (!mkdtemp(t->dir))
        return -1;
    t->ctx = stint_open(&(stint_options){.cache_dir = t->dir, .cache_limit_bytes = limit});
    *state = t;
    return t->ctx ? 0 : -1;
}

static int setup(void **state)
{
    return setup_limited(state, 0);
}

static int setup_small(void **state)
{
    return setup_limited(state, 5000);
}

static int teardown(void **state)
{
    fixture *t = *state;
    stint_clear(t->ctx);
    stint_status s = dir_remove(t->ctx, t->dir);
    stint_close(t->ctx);
    free(t);
    return s == STINT_OK ? 0 : -1;
}

static void write_text(const char *path, const char *text)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

/* Later than the clock's tick in which files were just written. */
static void next_tick(void)
{
    usleep(30000);
}

static hash128 key_of(const char *name)
{
    return hash_bytes(name, strlen(name));
}

/* The lock that keeps it. */
static int put_held(fixture *t, const char *name, int bytes)
{
    int held;
    char tmp[4096], path[4096], text[4096] = "";
    memset(text, 'x', (size_t)bytes);
    assert_int_equal(cache_tmp(t->ctx, "columns", key_of(name), tmp, sizeof tmp), STINT_OK);
    write_text(tmp, text);
    assert_int_equal(cache_put(t->ctx, "columns", key_of(name), tmp, path, sizeof path, &held),
                     STINT_OK);
    assert_true(held >= 0);
    assert_true(file_exists(path));
    assert_false(file_exists(tmp));
    return held;
}

static void put(fixture *t, const char *name, int bytes)
{
    lock_drop(put_held(t, name, bytes));
}

static bool find(fixture *t, const char *name, char path[4096])
{
    int held;
    assert_int_equal(cache_find(t->ctx, "columns", key_of(name), path, 4096, &held), STINT_OK);
    lock_drop(held);
    return held >= 0;
}

static void put_is_found(void **state)
{
    fixture *t = *state;
    char path[4096];
    assert_false(find(t, "a", path));
    put(t, "a", 100);
    assert_true(find(t, "a", path)); /* verified by its hash */
    next_tick();
    assert_true(find(t, "a", path)); /* and from now on by its stat */
    assert_true(find(t, "a", path));
    assert_int_equal(file_size(path), 100);
    assert_false(find(t, "b", path));
}

static void changed_byte_is_removed(void **state)
{
    fixture *t = *state;
    char path[4096];
    put(t, "a", 100);
    assert_true(find(t, "a", path));
    next_tick();
    int fd = open(path, O_WRONLY);
    assert_int_equal(pwrite(fd, "y", 1, 50), 1);
    close(fd);
    assert_false(find(t, "a", path));
    assert_false(file_exists(path));
    put(t, "a", 100);
    assert_true(find(t, "a", path));
}

static void file_without_record_does_not_exist(void **state)
{
    fixture *t = *state;
    char path[4096], record[4200];
    put(t, "a", 100);
    assert_true(find(t, "a", path));
    snprintf(record, sizeof record, "%s.ok", path);
    write_text(record, "0123 torn");
    assert_false(find(t, "a", path));
    put(t, "a", 100);
    assert_true(find(t, "a", path));
}

static void least_recently_used_goes_first(void **state)
{
    fixture *t = *state;
    char path[4096];
    put(t, "a", 2000);
    next_tick();
    put(t, "b", 2000);
    next_tick();
    assert_true(find(t, "a", path));
    next_tick();
    put(t, "c", 2000);
    assert_true(find(t, "a", path));
    assert_false(find(t, "b", path));
    assert_true(find(t, "c", path));
}

static void what_is_put_stays_whatever_it_takes(void **state)
{
    fixture *t = *state;
    char path[4096];
    for (int i = 0; i < 3; i++)
        put(t, &"abc"[i], 4000);
    assert_true(find(t, "c", path));
    assert_false(find(t, "abc", path));
}

static void what_is_in_use_stays(void **state)
{
    fixture *t = *state;
    char path[4096];
    int again, held = put_held(t, "a", 4000);
    put(t, "b", 4000);
    assert_true(find(t, "a", path));
    assert_int_equal(cache_find(t->ctx, "columns", key_of("a"), path, sizeof path, &again),
                     STINT_OK);
    lock_drop(held);
    put(t, "c", 4000); /* one of its two users is left */
    assert_true(file_exists(path));
    lock_drop(again);
    put(t, "d", 4000);
    assert_false(find(t, "a", path));
    assert_true(find(t, "d", path));
}

static void what_is_put_twice_stays_the_same_file(void **state)
{
    fixture *t = *state;
    char path[4096];
    file_stat first, second;
    put(t, "a", 100);
    assert_true(find(t, "a", path));
    assert_int_equal(file_stat_of(t->ctx, path, &first), STINT_OK);
    put(t, "a", 100);
    assert_int_equal(file_stat_of(t->ctx, path, &second), STINT_OK);
    assert_int_equal(first.inode, second.inode);
}

/* A crash between two steps may leave a file without its record, or the other way round. */
static void halves_are_counted_and_go_in_their_turn(void **state)
{
    fixture *t = *state;
    char path[4096], record[4200], foreign[64];
    put(t, "a", 4000);
    assert_true(find(t, "a", path));
    snprintf(record, sizeof record, "%s.ok", path);
    unlink(record);
    snprintf(foreign, sizeof foreign, "%s/columns/thesis.txt", t->dir);
    write_text(foreign, "years of work");
    next_tick();
    put(t, "b", 4000);
    assert_false(file_exists(path));
    assert_true(find(t, "b", path));
    unlink(path);
    snprintf(record, sizeof record, "%s.ok", path);
    put(t, "c", 4000);
    put(t, "d", 4000);
    assert_false(file_exists(record));
    assert_true(file_exists(foreign));
}

static void temporaries_of_the_dead_are_swept(void **state)
{
    fixture *t = *state;
    char tmp[4096], dead[4200], kind[64];
    assert_int_equal(cache_tmp(t->ctx, "columns", key_of("a"), tmp, sizeof tmp), STINT_OK);
    write_text(tmp, "ours");
    snprintf(kind, sizeof kind, "%s/columns", t->dir);
    snprintf(dead, sizeof dead, "%s/x.999999999.tmp", kind);
    write_text(dead, "theirs");
    char other[4096];
    assert_int_equal(cache_tmp(t->ctx, "columns", key_of("b"), other, sizeof other), STINT_OK);
    assert_true(file_exists(tmp));
    assert_false(file_exists(dead));
}

static void changed_source_hashes_anew(void **state)
{
    fixture *t = *state;
    char source[64];
    hash128 first, again, changed;
    snprintf(source, sizeof source, "%s/source.csv", t->dir);
    write_text(source, "a\n1\n");
    assert_false(cache_file_hash_known(t->ctx, source, &first));
    assert_int_equal(cache_file_hash(t->ctx, source, &first), STINT_OK);
    /* same size, same tick: only reading it tells */
    write_text(source, "a\n2\n");
    assert_int_equal(cache_file_hash(t->ctx, source, &changed), STINT_OK);
    assert_false(hash_equal(first, changed));
    next_tick();
    assert_int_equal(cache_file_hash(t->ctx, source, &again), STINT_OK);
    assert_true(hash_equal(changed, again));
    assert_true(cache_file_hash_known(t->ctx, source, &again));
    assert_true(hash_equal(changed, again));
    write_text(source, "a\n3\n");
    assert_false(cache_file_hash_known(t->ctx, source, &again));
}

/* A stat proves that nothing changes unseen once the clock has ticked past its changes; where
 * only seconds are kept, two of them. */
static void stats_settle(void **state)
{
    (void)state;
    static const int64_t second = INT64_C(1000000000);
    static const struct {
        int64_t mtime_ns, ctime_ns, at_ns;
        bool settled;
    } cases[] = {
        {5 * second + 1, 5 * second + 1, 5 * second + 1, false},
        {5 * second + 1, 5 * second + 1, 5 * second + 2, true},
        {5 * second + 1, 5 * second + 9, 5 * second + 2, false},
        {5 * second + 9, 5 * second + 1, 5 * second + 2, false},
        {5 * second, 5 * second, 6 * second, false},
        {5 * second, 5 * second, 7 * second + 1, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        file_stat stat = {.mtime_ns = cases[i].mtime_ns, .ctime_ns = cases[i].ctime_ns};
        assert_int_equal(record_is_settled(&stat, cases[i].at_ns), cases[i].settled);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stats_settle),
        cmocka_unit_test_setup_teardown(put_is_found, setup, teardown),
        cmocka_unit_test_setup_teardown(changed_byte_is_removed, setup, teardown),
        cmocka_unit_test_setup_teardown(file_without_record_does_not_exist, setup, teardown),
        cmocka_unit_test_setup_teardown(least_recently_used_goes_first, setup_small, teardown),
        cmocka_unit_test_setup_teardown(what_is_put_stays_whatever_it_takes, setup_small, teardown),
        cmocka_unit_test_setup_teardown(what_is_in_use_stays, setup_small, teardown),
        cmocka_unit_test_setup_teardown(what_is_put_twice_stays_the_same_file, setup, teardown),
        cmocka_unit_test_setup_teardown(halves_are_counted_and_go_in_their_turn, setup_small,
                                        teardown),
        cmocka_unit_test_setup_teardown(temporaries_of_the_dead_are_swept, setup, teardown),
        cmocka_unit_test_setup_teardown(changed_source_hashes_anew, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
