/* The cache's inventory, and collecting what it need not hold. */
#include "data/cache.h"
#include "data/cache_files.h"
#include "stint/data.h"
#include "unit/fixture.h"

#include <fcntl.h>
#include <jansson.h>
#include <sys/stat.h>

static hash128 key_of(const char *name)
{
    return hash_bytes(name, strlen(name));
}

static void write_text(const char *path, const char *text)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static int put_held(fixture *t, const char *kind, const char *name, int bytes)
{
    int held;
    char tmp[4096], path[4096], text[8192] = "";
    memset(text, 'x', (size_t)bytes);
    assert_int_equal(cache_tmp(t->ctx, kind, key_of(name), tmp, sizeof tmp), STINT_OK);
    write_text(tmp, text);
    assert_int_equal(cache_put(t->ctx, kind, key_of(name), tmp, path, sizeof path, &held),
                     STINT_OK);
    assert_true(held >= 0);
    return held;
}

static const char *path_of(fixture *t, const char *kind, const char *name, const char *ending)
{
    static char path[512];
    char key[HASH_TEXT_SIZE];
    hash_text(key, key_of(name));
    snprintf(path, sizeof path, "%s/%s/%s%s", t->dir, kind, key, ending);
    return path;
}

/* Put, with a time of last use: seconds after 2020 began. */
static void put(fixture *t, const char *kind, const char *name, int bytes, int64_t used)
{
    struct timespec when[2] = {{1577836800 + used, 0}, {1577836800 + used, 0}};
    lock_drop(put_held(t, kind, name, bytes));
    assert_int_equal(utimensat(AT_FDCWD, path_of(t, kind, name, ".ok"), when, 0), 0);
}

static json_t *list(fixture *t)
{
    stint_text text;
    assert_int_equal(stint_cache_list(t->ctx, true, &text), STINT_OK);
    json_t *tree = json_loads(text.at, 0, NULL);
    assert_non_null(tree);
    stint_text_free(&text);
    return tree;
}

static json_t *collect(fixture *t, const char *limit)
{
    stint_text text;
    assert_int_equal(stint_cache_collect(t->ctx, limit, true, &text), STINT_OK);
    json_t *tree = json_loads(text.at, 0, NULL);
    assert_non_null(tree);
    stint_text_free(&text);
    return tree;
}

static json_int_t number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    assert_true(json_is_integer(value));
    return json_integer_value(value);
}

/* The entry of a name, in whatever kind; NULL when it is not listed. */
static json_t *entry_of(const json_t *tree, const char *name)
{
    char key[HASH_TEXT_SIZE];
    size_t i, k;
    json_t *kind, *entry;
    hash_text(key, key_of(name));
    json_array_foreach(json_object_get(tree, "kinds"), i, kind) json_array_foreach(
        json_object_get(kind, "entries"), k,
        entry) if (strcmp(json_string_value(json_object_get(entry, "key")), key) == 0) return entry;
    return NULL;
}

static const char *word(fixture *t, const char *name, const char *field)
{
    static char out[64];
    json_t *tree = list(t);
    const json_t *entry = entry_of(tree, name);
    snprintf(out, sizeof out, "%s",
             entry ? json_string_value(json_object_get(entry, field)) : "not listed");
    json_decref(tree);
    return out;
}

static void find(fixture *t, const char *kind, const char *name)
{
    char path[4096];
    int held;
    assert_int_equal(cache_find(t->ctx, kind, key_of(name), path, sizeof path, &held), STINT_OK);
    lock_drop(held);
}

static void absent_cache_is_empty_and_stays_absent(void **state)
{
    fixture *t = *state;
    char dir[128];
    stint_text text;
    snprintf(dir, sizeof dir, "%s/none", t->dir);
    ctx *c = stint_open(&(stint_options){.cache_dir = dir});
    assert_int_equal(stint_cache_list(c, false, &text), STINT_OK);
    assert_non_null(strstr(text.at, "none is empty"));
    stint_text_free(&text);
    assert_int_equal(stint_cache_collect(c, "0", false, &text), STINT_OK);
    assert_non_null(strstr(text.at, "removed  0 files"));
    stint_text_free(&text);
    assert_false(file_exists(dir));
    stint_close(c);
}

static void kinds_are_listed_by_name_and_entries_by_last_use(void **state)
{
    fixture *t = *state;
    put(t, "split", "c", 300, 5);
    put(t, "columns", "b", 200, 20);
    put(t, "columns", "a", 100, 10);
    json_t *tree = list(t), *kinds = json_object_get(tree, "kinds");
    assert_int_equal(json_array_size(kinds), 2);
    const json_t *columns = json_array_get(kinds, 0), *split = json_array_get(kinds, 1);
    assert_string_equal(json_string_value(json_object_get(columns, "kind")), "columns");
    assert_string_equal(json_string_value(json_object_get(split, "kind")), "split");
    assert_int_equal(number(columns, "files"), 2);
    assert_int_equal(number(columns, "bytes") + number(split, "bytes"), number(tree, "bytes"));
    const json_t *entries = json_object_get(columns, "entries");
    assert_ptr_equal(json_array_get(entries, 0), entry_of(tree, "a"));
    assert_ptr_equal(json_array_get(entries, 1), entry_of(tree, "b"));
    assert_int_equal(number(entry_of(tree, "a"), "bytes"),
                     100 + file_size(path_of(t, "columns", "a", ".ok")));
    json_decref(tree);
    assert_string_equal(word(t, "a", "last_use"), "2020-01-01T00:00:10Z");
}

static void record_tells_what_the_next_use_will_find(void **state)
{
    fixture *t = *state;
    char source[128];
    hash128 hash;
    lock_drop(put_held(t, "columns", "a", 100));
    assert_string_equal(word(t, "a", "record"), "unconfirmed");
    usleep(30000);
    find(t, "columns", "a");
    assert_string_equal(word(t, "a", "record"), "stands");
    write_text(path_of(t, "columns", "a", ".ok"), "torn");
    assert_string_equal(word(t, "a", "record"), "missing");
    unlink(path_of(t, "columns", "a", ".ok"));
    assert_string_equal(word(t, "a", "record"), "missing");
    lock_drop(put_held(t, "columns", "b", 100));
    unlink(path_of(t, "columns", "b", ""));
    assert_string_equal(word(t, "b", "record"), "orphan");
    snprintf(source, sizeof source, "%s/source.csv", t->dir);
    write_text(source, "a\n1\n");
    assert_int_equal(cache_file_hash(t->ctx, source, &hash), STINT_OK);
    char *full = realpath(source, NULL);
    assert_string_equal(word(t, full, "record"), "source");
    free(full);
}

static bool listed_in_use(fixture *t, const char *name)
{
    json_t *tree = list(t);
    bool is = json_is_true(json_object_get(entry_of(tree, name), "in_use"));
    json_decref(tree);
    return is;
}

static void listing_takes_no_lock_and_sees_those_of_others(void **state)
{
    fixture *t = *state;
    int held = put_held(t, "columns", "a", 100);
    assert_true(listed_in_use(t, "a"));
    assert_true(listed_in_use(t, "a"));
    lock_drop(held);
    assert_false(listed_in_use(t, "a"));
    int alone;
    assert_true(lock_alone(path_of(t, "columns", "a", ""), &alone));
    lock_drop(alone);
}

static void least_recently_used_go_until_the_limit(void **state)
{
    fixture *t = *state;
    put(t, "columns", "new", 1000, 30);
    put(t, "split", "old", 1000, 10);
    put(t, "columns", "middle", 1000, 20);
    json_t *said = collect(t, "2.6kB");
    const json_t *removed = json_object_get(said, "removed");
    assert_int_equal(json_array_size(removed), 1);
    assert_string_equal(json_string_value(json_object_get(json_array_get(removed, 0), "kind")),
                        "split");
    assert_int_equal(number(said, "limit_bytes"), 2600);
    assert_int_equal(number(json_object_get(said, "left"), "files"), 2);
    json_decref(said);
    assert_string_equal(word(t, "old", "record"), "not listed");
    said = collect(t, NULL);
    assert_int_equal(json_array_size(json_object_get(said, "removed")), 0);
    json_decref(said);
    assert_true(file_exists(path_of(t, "columns", "middle", "")));
}

static void what_is_in_use_stays_and_is_named(void **state)
{
    fixture *t = *state;
    int held = put_held(t, "columns", "a", 1000);
    put(t, "columns", "b", 1000, 10);
    json_t *said = collect(t, "0");
    assert_int_equal(json_array_size(json_object_get(said, "removed")), 1);
    assert_int_equal(json_array_size(json_object_get(said, "in_use")), 1);
    assert_int_equal(number(json_object_get(said, "left"), "files"), 1);
    json_decref(said);
    assert_true(file_exists(path_of(t, "columns", "a", "")));
    assert_true(file_exists(path_of(t, "columns", "a", ".ok")));
    lock_drop(held);
    said = collect(t, "0");
    assert_int_equal(json_array_size(json_object_get(said, "removed")), 1);
    assert_int_equal(number(json_object_get(said, "left"), "bytes"), 0);
    json_decref(said);
    assert_false(file_exists(path_of(t, "columns", "a", "")));
    assert_false(file_exists(path_of(t, "columns", "a", ".ok")));
}

static void what_crashes_left_goes_within_any_limit(void **state)
{
    fixture *t = *state;
    char source[128], tmp[4096], dead[128], foreign[128];
    hash128 hash;
    put(t, "columns", "a", 100, 1);
    put(t, "columns", "orphan", 100, 1);
    unlink(path_of(t, "columns", "orphan", ""));
    put(t, "columns", "making", 100, 1);
    unlink(path_of(t, "columns", "making", ""));
    assert_int_equal(cache_tmp(t->ctx, "columns", key_of("making"), tmp, sizeof tmp), STINT_OK);
    write_text(tmp, "ours");
    snprintf(dead, sizeof dead, "%s/columns/x.999999999.tmp", t->dir);
    write_text(dead, "theirs");
    snprintf(foreign, sizeof foreign, "%s/columns/thesis.txt", t->dir);
    write_text(foreign, "years of work");
    snprintf(source, sizeof source, "%s/source.csv", t->dir);
    write_text(source, "a\n1\n");
    assert_int_equal(cache_file_hash(t->ctx, source, &hash), STINT_OK);
    write_text(dead, "theirs");
    json_t *said = collect(t, "1GiB");
    assert_int_equal(number(json_object_get(said, "temporaries"), "files"), 1);
    assert_int_equal(number(json_object_get(said, "temporaries"), "bytes"), 6);
    assert_int_equal(number(json_object_get(said, "orphan_records"), "files"), 1);
    assert_int_equal(json_array_size(json_object_get(said, "removed")), 0);
    assert_int_equal(number(json_object_get(said, "left"), "files"), 3);
    json_decref(said);
    assert_false(file_exists(dead));
    assert_false(file_exists(path_of(t, "columns", "orphan", ".ok")));
    assert_true(file_exists(path_of(t, "columns", "making", ".ok")));
    assert_true(file_exists(path_of(t, "columns", "a", "")));
    assert_true(file_exists(tmp));
    json_decref(collect(t, "0"));
    assert_true(file_exists(foreign));
    char *full = realpath(source, NULL);
    assert_string_equal(word(t, full, "record"), "not listed");
    free(full);
}

/* Root may do anything, so it steps down for the while. */
static void what_the_system_keeps_is_a_failure_that_still_tells(void **state)
{
    fixture *t = *state;
    stint_text text = {0};
    char dir[128];
    put(t, "columns", "a", 100, 1);
    snprintf(dir, sizeof dir, "%s/columns", t->dir);
    assert_int_equal(chmod(t->dir, 0755), 0);
    assert_int_equal(chmod(dir, 0555), 0);
    assert_int_equal(chmod(path_of(t, "columns", "a", ""), 0444), 0);
    bool is_root = geteuid() == 0, is_reached = false;
    stint_status s = STINT_OK;
    if (!is_root || seteuid(65534) == 0) {
        is_reached = file_stat_try(path_of(t, "columns", "a", ""), &(file_stat){0});
        s = stint_cache_collect(t->ctx, "0", true, &text);
    }
    if (is_root)
        assert_int_equal(seteuid(0), 0);
    assert_int_equal(chmod(dir, 0755), 0);
    if (!is_reached) {
        stint_text_free(&text);
        skip();
    }
    assert_int_equal(s, STINT_EIO);
    json_t *said = json_loads(text.at, 0, NULL);
    stint_text_free(&text);
    assert_int_equal(json_array_size(json_object_get(said, "stuck")), 1);
    assert_int_equal(number(json_object_get(said, "left"), "files"), 1);
    json_decref(said);
    assert_message(t, "1 of its files cannot be removed");
    assert_true(file_exists(path_of(t, "columns", "a", "")));
}

static void what_is_no_size_is_refused(void **state)
{
    fixture *t = *state;
    stint_text text;
    put(t, "columns", "a", 100, 1);
    const char *const wrong[] = {"", "much", "-1", "2 GB or so", "1e30"};
    for (int i = 0; i < 5; i++) {
        assert_int_equal(stint_cache_collect(t->ctx, wrong[i], false, &text), STINT_EUSAGE);
        assert_null(text.at);
        assert_message(t, "is not a size; write for example 2GiB");
    }
    assert_true(file_exists(path_of(t, "columns", "a", "")));
    int64_t bytes = 0;
    assert_true(stint_parse_bytes("1.5 kib", &bytes));
    assert_int_equal(bytes, 1536);
    assert_false(stint_parse_bytes("1 stone", &bytes));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(absent_cache_is_empty_and_stays_absent),
        FIXTURE_TEST(kinds_are_listed_by_name_and_entries_by_last_use),
        FIXTURE_TEST(record_tells_what_the_next_use_will_find),
        FIXTURE_TEST(listing_takes_no_lock_and_sees_those_of_others),
        FIXTURE_TEST(least_recently_used_go_until_the_limit),
        FIXTURE_TEST(what_is_in_use_stays_and_is_named),
        FIXTURE_TEST(what_crashes_left_goes_within_any_limit),
        FIXTURE_TEST(what_the_system_keeps_is_a_failure_that_still_tells),
        FIXTURE_TEST(what_is_no_size_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
