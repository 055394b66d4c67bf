/* Killed at any call that changes a file, torn writes among them, and again while it carries on, a
 * training ends in the same bytes.
 *
 * A child process of this program trains.  The calls by which files change are this file's own: the
 * nth of them is made by half, or not at all, and the process is gone. */
#include "resumed.h"

#include <sys/syscall.h>
#include <sys/wait.h>

static long calls, kill_at; /* 0 = never */

enum { DONE = 0, FAILED = 3, COUNTED = 300 };

static bool dies(void)
{
    return ++calls == kill_at;
}

ssize_t pwrite(int fd, const void *bytes, size_t n, off_t at)
{
    bool last = dies();
    ssize_t wrote = syscall(SYS_pwrite64, fd, bytes, last ? n / 2 : n, at);
    if (last)
        _exit(9);
    return wrote;
}

/* What a killed process wrote is there without it. */
int fsync(int fd)
{
    (void)fd;
    if (dies())
        _exit(9);
    return 0;
}

int ftruncate(int fd, off_t n)
{
    if (dies())
        _exit(9);
    return (int)syscall(SYS_ftruncate, fd, n);
}

int rename(const char *from, const char *to)
{
    if (dies())
        _exit(9);
    return (int)syscall(SYS_renameat, -100, from, -100, to);
}

/* Train, to die at a call; *count, unless NULL, is told how many there were. */
static int trained(const resume_case *k, const char *dir, long at, int count_fd)
{
    pid_t child = fork();
    if (child == 0) {
        training r;
        ctx *c = stint_open(NULL);
        calls = 0;
        kill_at = at;
        resume_init(&r, c, k, dir);
        training_new(&r, c, k->validates);
        stint_status s = stint_trainer_run(r.trainer);
        if (s != STINT_OK)
            print_error("%s\n", stint_message(c));
        if (count_fd >= 0 && write(count_fd, &calls, sizeof calls) != sizeof calls)
            _exit(FAILED);
        _exit(s == STINT_OK ? DONE : FAILED);
    }
    int status = 0;
    assert_true(child > 0 && waitpid(child, &status, 0) == child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : FAILED;
}

static long count_calls(const resume_case *k, const char *dir)
{
    int ends[2];
    long n = 0;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(trained(k, dir, 0, ends[1]), DONE);
    assert_int_equal(read(ends[0], &n, sizeof n), sizeof n);
    close(ends[0]);
    close(ends[1]);
    return n;
}

/* Killed at call `first`, then at a small number of each attempt after, then left alone. */
static void killed(fixture *t, const resume_case *k, const char *plain, const char *dir, long first)
{
    int how = trained(k, dir, first, -1);
    assert_int_equal(how, 9);
    for (long again = first % 5; again > 0; again--)
        (void)trained(k, dir, 3 * again, -1);
    assert_int_equal(trained(k, dir, 0, -1), DONE);
    const char *what = resumed_difference(plain, dir);
    if (what)
        fail_msg("%s, killed at call %ld: %s differs", k->name, first, what);
    assert_int_equal(dir_remove(t->ctx, dir), STINT_OK);
}

static void killed_at_every_call(void **state)
{
    fixture *t = *state;
    long all = 0;
    for (int i = 0; i < RESUME_CASES; i++) {
        char plain[256], dir[256];
        snprintf(plain, sizeof plain, "%s/plain%d", t->dir, i);
        snprintf(dir, sizeof dir, "%s/killed%d", t->dir, i);
        long n = count_calls(&resume_cases[i], plain);
        all += n;
        for (long at = 1; at <= n; at += i == 1 ? 3 : 17)
            killed(t, &resume_cases[i], plain, dir, at);
    }
    assert_true(all >= COUNTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {FIXTURE_TEST(killed_at_every_call)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
