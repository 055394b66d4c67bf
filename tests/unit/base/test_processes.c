/* Children are /bin/sh, or this program again with the name of a part as its argument. */
#include "base/os/os.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif

static const char *const self = "/proc/self/exe";
static const char *const shell = "/bin/sh";

/* ---- the parts that children play ---- */

static int part_limited(void)
{
    ctx *c = stint_open(NULL);
    if (process_adopt(c, 0, 0) != STINT_OK)
        return 1;
    void *volatile big = malloc((size_t)1 << 30);
    int answer = big ? 8 : 7;
    free(big);
    stint_close(c);
    return answer;
}

/* Says over descriptor 3 that it follows its parent, and stays. */
static int part_adopted(void)
{
    ctx *c = stint_open(NULL);
    if (process_adopt(c, 0, 0) != STINT_OK || write(3, "!", 1) != 1)
        return 1;
    pause();
    return 0;
}

/* Starts an adopted child, tells its pid, and stays. */
static int part_parent(void)
{
    ctx *c = stint_open(NULL);
    child ch;
    char ready;
    if (child_start(c, (const char *const[]){self, "adopted", NULL}, NULL, &ch) != STINT_OK ||
        read(ch.fd, &ready, 1) != 1 || write(3, &ch.pid, sizeof ch.pid) != sizeof ch.pid)
        return 1;
    pause();
    return 0;
}

static int part_orphan(void)
{
    ctx *c = stint_open(NULL);
    stint_status s = process_adopt(c, getpid(), 0);
    stint_close(c);
    return s == STINT_EFAIL ? 0 : 1;
}

/* ---- tests ---- */

static void run_shell(ctx *c, const char *script, const char *const env[], char *said, size_t size)
{
    child ch;
    int wait_status;
    size_t len = 0;
    ssize_t n;
    const char *const argv[] = {shell, "-c", script, NULL};
    assert_int_equal(child_start(c, argv, env, &ch), STINT_OK);
    while ((n = read(ch.fd, said + len, size - 1 - len)) > 0)
        len += (size_t)n;
    said[len] = '\0';
    assert_int_equal(child_wait(c, &ch, &wait_status), STINT_OK);
    assert_int_equal(wait_status, 0);
}

static void talks_over_descriptor_3(void **state)
{
    (void)state;
    ctx *c = stint_open(NULL);
    const char *const argv[] = {shell, "-c", "read x <&3; echo got $x >&3", NULL};
    child ch;
    int wait_status;
    char said[32] = "";
    assert_int_equal(child_start(c, argv, NULL, &ch), STINT_OK);
    assert_int_equal(write(ch.fd, "hello\n", 6), 6);
    assert_int_equal(read(ch.fd, said, sizeof said - 1), 10);
    assert_string_equal(said, "got hello\n");
    assert_int_equal(child_wait(c, &ch, &wait_status), STINT_OK);
    assert_int_equal(ch.fd, -1);
    assert_int_equal(wait_status, 0);
    assert_int_equal(budget_live(ctx_budget(c)), 0);
    stint_close(c);
}

static void inherits_only_what_it_should(void **state)
{
    (void)state;
    ctx *c = stint_open(NULL);
    char said[512], want[64];
    int leaked = dup2(2, 17);
    run_shell(c, "for n in 0 1 2 3 17; do [ -e /proc/$$/fd/$n ] && s=$s$n; done; echo $s >&3", NULL,
              said, sizeof said);
    assert_string_equal(said, "0123\n");
    close(leaked);
    run_shell(c, "readlink /proc/self/fd/0 >&3", NULL, said, sizeof said);
    assert_string_equal(said, "/dev/null\n");
    run_shell(c, "echo $(cut -d' ' -f5 /proc/$$/stat) = $$ >&3", NULL, said, sizeof said);
    assert_int_equal(atoi(said), atoi(strchr(said, '=') + 1));

    setenv("STINT_TEST_A", "ours", 1);
    setenv("STINT_DATA_LIMIT", "1", 1);
    const char *const env[] = {"STINT_TEST_A=theirs", "STINT_TEST_B=b c", NULL};
    run_shell(c,
              "echo $STINT_TEST_A,$STINT_TEST_B,$STINT_PARENT,$STINT_DATA_LIMIT,"
              "$OPENBLAS_NUM_THREADS,${PATH:+path} >&3",
              env, said, sizeof said);
    snprintf(want, sizeof want, "theirs,b c,%d,,1,path\n", (int)getpid());
    assert_string_equal(said, want);
    unsetenv("STINT_DATA_LIMIT");
    stint_close(c);
}

static void a_missing_program_is_named(void **state)
{
    (void)state;
    ctx *c = stint_open(NULL);
    child ch;
    const char *const argv[] = {"/nowhere/stint", NULL};
    assert_int_equal(child_start(c, argv, NULL, &ch), STINT_EIO);
    assert_string_equal(stint_message(c), "cannot start /nowhere/stint: No such file or directory");
    child_kill(&ch);
    assert_int_equal(budget_live(ctx_budget(c)), 0);
    stint_close(c);
}

static void ends_are_described(void **state)
{
    (void)state;
    ctx *c = stint_open(NULL);
    child ch;
    int wait_status;
    char text[64];
    assert_int_equal(child_start(c, (const char *const[]){shell, "-c", "exit 3", NULL}, NULL, &ch),
                     STINT_OK);
    assert_int_equal(child_wait(c, &ch, &wait_status), STINT_OK);
    child_describe(wait_status, text, sizeof text);
    assert_string_equal(text, "exited with code 3");
    assert_int_equal(
        child_start(c, (const char *const[]){shell, "-c", "kill -9 $$", NULL}, NULL, &ch),
        STINT_OK);
    assert_int_equal(child_wait(c, &ch, &wait_status), STINT_OK);
    child_describe(wait_status, text, sizeof text);
    assert_string_equal(text, "was killed by signal 9 (Killed)");
    stint_close(c);
}

static void kill_reaps(void **state)
{
    (void)state;
    ctx *c = stint_open(NULL);
    child ch;
    assert_int_equal(
        child_start(c, (const char *const[]){shell, "-c", "sleep 60; :", NULL}, NULL, &ch),
        STINT_OK);
    pid_t pid = ch.pid;
    assert_true(process_private_bytes(pid) >= 0);
    child_kill(&ch);
    assert_int_equal(waitpid(pid, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
    assert_int_equal(process_private_bytes(pid), -1);
    child_kill(&ch);
    stint_close(c);
}

static int exit_code_of(const char *part, const char *const env[])
{
    ctx *c = stint_open(NULL);
    child ch;
    int wait_status;
    const char *const argv[] = {self, part, NULL};
    assert_int_equal(child_start(c, argv, env, &ch), STINT_OK);
    assert_int_equal(child_wait(c, &ch, &wait_status), STINT_OK);
    stint_close(c);
    return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : -1;
}

static void private_memory_is_limited(void **state)
{
    (void)state;
    const char *const env[] = {"STINT_DATA_LIMIT=268435456", NULL};
    assert_int_equal(exit_code_of("limited", env), SANITIZED ? 8 : 7);
    assert_int_equal(exit_code_of("limited", NULL), 8);
}

static void a_wrong_parent_is_refused(void **state)
{
    (void)state;
    assert_int_equal(exit_code_of("orphan", NULL), 0);
}

static void children_die_with_their_parent(void **state)
{
    (void)state;
    ctx *c = stint_open(NULL);
    child middle;
    pid_t grandchild = 0;
    const char *const argv[] = {self, "parent", NULL};
    assert_int_equal(child_start(c, argv, NULL, &middle), STINT_OK);
    assert_int_equal(read(middle.fd, &grandchild, sizeof grandchild), sizeof grandchild);
    assert_true(process_private_bytes(grandchild) > 0);
    child_kill(&middle);
    for (int i = 0; i < 1000 && process_private_bytes(grandchild) >= 0; i++)
        usleep(10000);
    assert_int_equal(process_private_bytes(grandchild), -1);
    stint_close(c);
}

static void private_bytes_follow_what_is_touched(void **state)
{
    (void)state;
    size_t n = 64 << 20;
    int64_t before = process_private_bytes(0);
    char *volatile block = malloc(n); /* volatile and read below: or it is optimised away */
    memset(block, 1, n);
    int64_t after = process_private_bytes(getpid());
    assert_int_equal(block[n / 2], 1);
    free(block);
    assert_true(before > 0);
    assert_in_range(after - before, n * 9 / 10, n * 8); /* with shadow memory */
    assert_true(process_file_bytes(0) > 0);
}

typedef struct part {
    const char *name;
    int (*play)(void);
} part;

static const part parts[] = {
    {"limited", part_limited},
    {"adopted", part_adopted},
    {"parent", part_parent},
    {"orphan", part_orphan},
};

int main(int argc, char **argv)
{
    for (size_t i = 0; argc == 2 && i < sizeof parts / sizeof parts[0]; i++)
        if (!strcmp(argv[1], parts[i].name))
            return parts[i].play();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(talks_over_descriptor_3),
        cmocka_unit_test(inherits_only_what_it_should),
        cmocka_unit_test(a_missing_program_is_named),
        cmocka_unit_test(ends_are_described),
        cmocka_unit_test(kill_reaps),
        cmocka_unit_test(private_memory_is_limited),
        cmocka_unit_test(a_wrong_parent_is_refused),
        cmocka_unit_test(children_die_with_their_parent),
        cmocka_unit_test(private_bytes_follow_what_is_touched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
