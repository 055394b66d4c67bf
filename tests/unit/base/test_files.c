/* files, directories, maps, locks */
#include "base/fault.h"
#include "base/os/os.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <signal.h>
#include <unistd.h>
#include <cmocka.h>

typedef struct place {
    ctx *ctx;
    char dir[32];
    char path[128]; /* of the last `in` */
} place;

static const char *in(place *p, const char *name)
{
    snprintf(p->path, sizeof p->path, "%s/%s", p->dir, name);
    return p->path;
}

static int set_up(void **state)
{
    place *p = calloc(1, sizeof *p);
    strcpy(p->dir, "/tmp/stint-files-XXXXXX");
    p->ctx = stint_open(NULL);
    *state = p;
    return mkdtemp(p->dir) ? 0 : -1;
}

static int tear_down(void **state)
{
    place *p = *state;
    stint_clear(p->ctx);
    int failed = dir_remove(p->ctx, p->dir) != STINT_OK || file_exists(p->dir) ||
                 budget_live(ctx_budget(p->ctx)) != 0;
    stint_close(p->ctx);
    free(p);
    return failed;
}

static void atomic_write_and_read(void **state)
{
    place *p = *state;
    str s;
    str_init(&s, p->ctx, TAG_BASE);
    str_add(&s, ">");
    assert_int_equal(file_write_atomic(p->ctx, in(p, "a"), "old", 3), STINT_OK);
    assert_int_equal(file_write_atomic(p->ctx, in(p, "a"), "new!", 4), STINT_OK);
    assert_int_equal(file_read(p->ctx, in(p, "a"), &s), STINT_OK);
    assert_string_equal(s.at, ">new!");
    assert_int_equal(file_size(in(p, "a")), 4);
    assert_false(file_exists(in(p, "a.tmp")));
    assert_int_equal(file_read(p->ctx, in(p, "b"), &s), STINT_EIO);
    assert_non_null(strstr(stint_message(p->ctx), "/b: No such file or directory"));
    assert_int_equal(file_size(in(p, "b")), -1);
    str_deinit(&s);
}

/* A file-size limit stands in for the full disk. */
static void a_failed_write_leaves_the_old_file(void **state)
{
    place *p = *state;
    char *big = calloc(1, 1 << 20);
    struct rlimit before, little = {.rlim_cur = 4096};
    assert_int_equal(file_write_atomic(p->ctx, in(p, "a"), "old", 3), STINT_OK);
    getrlimit(RLIMIT_FSIZE, &before);
    little.rlim_max = before.rlim_max;
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &little);
    stint_status s = file_write_atomic(p->ctx, in(p, "a"), big, 1 << 20);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_int_equal(s, STINT_EIO);
    assert_non_null(strstr(stint_message(p->ctx), "File too large"));
    assert_int_equal(file_size(in(p, "a")), 3);
    assert_false(file_exists(in(p, "a.tmp")));
    free(big);
}

static void a_failed_rename_leaves_nothing(void **state)
{
    place *p = *state;
    assert_int_equal(dir_make(p->ctx, in(p, "taken/full")), STINT_OK);
    assert_int_equal(file_write_atomic(p->ctx, in(p, "taken"), "x", 1), STINT_EIO);
    assert_false(file_exists(in(p, "taken.tmp")));
}

#ifdef STINT_FAULTS
static void a_skipped_fsync_is_silent(void **state)
{
    place *p = *state;
    fault_arm("*:skip-fsync:1");
    assert_int_equal(file_write_atomic(p->ctx, in(p, "a"), "x", 1), STINT_OK);
    fault_arm(NULL);
}
#endif

static void stat_tells_files_apart(void **state)
{
    place *p = *state;
    file_stat a, b;
    assert_int_equal(file_write_atomic(p->ctx, in(p, "a"), "x", 1), STINT_OK);
    assert_int_equal(file_stat_of(p->ctx, in(p, "a"), &a), STINT_OK);
    assert_int_equal(file_write_atomic(p->ctx, in(p, "a"), "y", 1), STINT_OK);
    assert_int_equal(file_stat_of(p->ctx, in(p, "a"), &b), STINT_OK);
    assert_int_equal(a.size, 1);
    assert_true(a.ctime_ns > INT64_C(1600000000) * 1000000000);
    assert_true(a.inode != b.inode || a.ctime_ns != b.ctime_ns);
}

static stint_status join_names(void *self, const char *name, bool is_dir)
{
    str_addf(self, "%s%s ", name, is_dir ? "/" : "");
    return STINT_OK;
}

static void directories(void **state)
{
    place *p = *state;
    assert_int_equal(dir_make(p->ctx, in(p, "x/y/z/")), STINT_OK);
    assert_int_equal(dir_make(p->ctx, in(p, "x/y")), STINT_OK);
    assert_int_equal(file_write_atomic(p->ctx, in(p, "x/c"), "12345", 5), STINT_OK);
    assert_int_equal(file_write_atomic(p->ctx, in(p, "x/B"), "12", 2), STINT_OK);
    assert_int_equal(file_write_atomic(p->ctx, in(p, "x/y/z/deep"), "1", 1), STINT_OK);
    assert_int_equal(symlink("nowhere", in(p, "x/y/z/link")), 0);
    assert_int_equal(unlink(in(p, "x/y/z/link")), 0);
    str s;
    str_init(&s, p->ctx, TAG_BASE);
    assert_int_equal(dir_list(p->ctx, in(p, "x"), join_names, &s), STINT_OK);
    assert_string_equal(s.at, "B c y/ ");
    str_deinit(&s);
    assert_int_equal(dir_bytes(in(p, "x")), 8);
    assert_int_equal(dir_sync(p->ctx, in(p, "x")), STINT_OK);
    char to[128];
    snprintf(to, sizeof to, "%s/moved", p->dir);
    assert_int_equal(dir_rename(p->ctx, in(p, "x"), to), STINT_OK);
    assert_int_equal(file_size(in(p, "moved/y/z/deep")), 1);
    assert_int_equal(dir_remove(p->ctx, in(p, "moved")), STINT_OK);
    assert_false(file_exists(to));
    assert_int_equal(dir_remove(p->ctx, to), STINT_OK);
    assert_int_equal(dir_bytes(to), 0);
    assert_int_equal(file_write_atomic(p->ctx, in(p, "f"), "1", 1), STINT_OK);
    assert_int_equal(dir_make(p->ctx, in(p, "f")), STINT_EIO);
}

/* What a removed tree links to stays. */
static void removal_does_not_follow_links(void **state)
{
    place *p = *state;
    char target[128];
    assert_int_equal(dir_make(p->ctx, in(p, "keep")), STINT_OK);
    assert_int_equal(file_write_atomic(p->ctx, in(p, "keep/f"), "1", 1), STINT_OK);
    assert_int_equal(dir_make(p->ctx, in(p, "gone")), STINT_OK);
    snprintf(target, sizeof target, "%s/keep", p->dir);
    assert_int_equal(symlink(target, in(p, "gone/link")), 0);
    assert_int_equal(dir_remove(p->ctx, in(p, "gone")), STINT_OK);
    assert_true(file_exists(in(p, "keep/f")));
}

static void paths(void **state)
{
    (void)state;
    static const char *const cases[][3] = {
        {"a/b.c", "a", "b.c"}, {"x", ".", "x"},    {"/x", "/", "x"},
        {"/", "/", ""},        {"a//b", "a", "b"}, {"/a/b/c", "/a/b", "c"},
    };
    char dir[64];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        path_dir(cases[i][0], dir, sizeof dir);
        assert_string_equal(dir, cases[i][1]);
        assert_string_equal(path_name(cases[i][0]), cases[i][2]);
    }
    path_dir("a/b/", dir, sizeof dir);
    assert_string_equal(dir, "a");
}

static void maps(void **state)
{
    place *p = *state;
    size_t n = 100000;
    uint8_t *bytes = malloc(n);
    file_map m;
    memset(bytes, 7, n);
    assert_int_equal(file_write_atomic(p->ctx, in(p, "m"), bytes, n), STINT_OK);
    assert_int_equal(map_open(p->ctx, in(p, "m"), &m), STINT_OK);
    assert_int_equal(m.size, n);
    assert_memory_equal(m.at, bytes, n);
    map_forget(&m, 5000, 50000);
    map_forget(&m, 99999, INT64_MAX);
    assert_memory_equal(m.at, bytes, n);
    map_close(&m);
    assert_null(m.at);
    assert_int_equal(file_write_atomic(p->ctx, in(p, "m"), "", 0), STINT_OK);
    assert_int_equal(map_open(p->ctx, in(p, "m"), &m), STINT_OK);
    assert_int_equal(m.size, 0);
    map_forget(&m, 0, 10);
    map_close(&m);
    assert_int_equal(map_open(p->ctx, in(p, "absent"), &m), STINT_EIO);
    free(bytes);
}

static void locks(void **state)
{
    place *p = *state;
    int first, second;
    assert_int_equal(lock_take(p->ctx, in(p, "lock"), &first), STINT_OK);
    assert_int_equal(lock_take(p->ctx, in(p, "lock"), &second), STINT_EBUSY);
    assert_non_null(strstr(stint_message(p->ctx), "in use by another process"));
    assert_int_equal(second, -1);
    lock_drop(second);
    lock_drop(first);
    assert_int_equal(lock_take(p->ctx, in(p, "lock"), &second), STINT_OK);
    assert_true(fcntl(second, F_GETFD) & FD_CLOEXEC);
    lock_drop(second);
}

static void machine(void **state)
{
    place *p = *state;
    char text[32];
    double then = clock_seconds();
    assert_true(clock_seconds() >= then);
    assert_true(clock_cpu_seconds() > 0);
    assert_true(cpu_count() >= 1);
    assert_true(memory_total_bytes() > 1 << 20);
    assert_true(disk_free_bytes(p->dir) > 0);
    assert_true(disk_free_bytes(in(p, "not/yet/there")) > 0);
    clock_text(text);
    assert_int_equal(strlen(text), strlen("2025-01-01T00:00:00Z"));
    assert_int_equal(text[19], 'Z');
}

#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_PLACE(atomic_write_and_read),
        IN_PLACE(a_failed_write_leaves_the_old_file),
        IN_PLACE(a_failed_rename_leaves_nothing),
#ifdef STINT_FAULTS
        IN_PLACE(a_skipped_fsync_is_silent),
#endif
        IN_PLACE(stat_tells_files_apart),
        IN_PLACE(directories),
        IN_PLACE(removal_does_not_follow_links),
        cmocka_unit_test(paths),
        IN_PLACE(maps),
        IN_PLACE(locks),
        IN_PLACE(machine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
