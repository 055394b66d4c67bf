#include "base/mem.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#undef fail

/* Keeps what a sink was given, lines separated by '|'. */
typedef struct lines {
    char text[2048];
} lines;

static void keep_line(void *self, const char *line, bool transient)
{
    lines *l = self;
    size_t n = strlen(l->text);
    snprintf(l->text + n, sizeof l->text - n, "%s%s|", transient ? "~" : "", line);
}

static void the_first_failure_sticks(void **state)
{
    (void)state;
    ctx *c = stint_open(NULL), *child = ctx_child(c, "search", 0);
    assert_string_equal(stint_message(c), "");
    assert_int_equal(fail(child, STINT_EDATA, "x.csv:%d: bad", 17), STINT_EDATA);
    assert_int_equal(fail(c, STINT_EIO, "later"), STINT_EIO);
    assert_string_equal(stint_message(c), "x.csv:17: bad");
    assert_string_equal(stint_message(child), "x.csv:17: bad");
    assert_int_equal(ctx_status(c), STINT_EDATA);
    stint_clear(c);
    assert_int_equal(ctx_status(child), STINT_OK);
    errno = ENOSPC;
    assert_int_equal(fail_errno(c, "write", "a/b"), STINT_EIO);
    assert_string_equal(stint_message(c), "cannot write a/b: No space left on device");
    ctx_free_child(child);
    stint_close(c);
}

static void statuses_have_codes_and_texts(void **state)
{
    (void)state;
    assert_int_equal(stint_status_exit(STINT_OK), 0);
    assert_int_equal(stint_status_exit(STINT_EPLAN), 4);
    assert_int_equal(stint_status_exit(STINT_EINTERRUPT), 130);
    assert_string_equal(stint_status_text(STINT_EDATA), "the data is invalid");
    assert_string_equal(stint_version(), STINT_VERSION);
}

static void options_are_copied(void **state)
{
    (void)state;
    char command[] = "/bin/stint";
    ctx *c = stint_open(&(stint_options){.command = command, .memory_bytes = 4096});
    command[0] = 'x';
    assert_string_equal(ctx_options(c)->command, "/bin/stint");
    assert_null(ctx_options(c)->cache_dir);
    assert_int_equal(budget_limit(ctx_budget(c)), 4096);
    stint_close(c);
}

static void interrupts_count_to_two(void **state)
{
    (void)state;
    ctx *c = stint_open(NULL), *child = ctx_child(c, "search", 0);
    for (int want = 0; want <= 2; want++, stint_interrupt(c))
        assert_int_equal(ctx_interrupted(child), want);
    assert_int_equal(ctx_interrupted(child), 2);
    stint_clear(c);
    assert_int_equal(ctx_interrupted(child), 2);
    fail(child, STINT_EINTERRUPT, "stopped");
    stint_clear(c);
    assert_int_equal(ctx_interrupted(child), 0);
    ctx_free_child(child);
    stint_close(c);
}

static void lines_reach_the_sink(void **state)
{
    (void)state;
    lines seen = {0};
    ctx *c = stint_open(&(stint_options){.sink = keep_line, .sink_self = &seen});
    log_line(c, "read %d rows", 3);
    log_transient(c, "50%");
    assert_string_equal(seen.text, "read 3 rows|~50%|");
    stint_close(c);
}

static void a_childs_leak_is_a_failure(void **state)
{
    (void)state;
    lines seen = {0};
    ctx *c = stint_open(&(stint_options){.sink = keep_line, .sink_self = &seen});
    ctx *child = ctx_child(c, "search", 0);
    void *kept = mem_alloc(child, TAG_MODEL, 100);
    ctx_free_child(child);
    assert_int_equal(ctx_status(c), STINT_EFAIL);
    assert_non_null(strstr(stint_message(c), "leak: 100 bytes from tests/unit/base/test_ctx.c:"));
    assert_non_null(strstr(stint_message(c), "(model) in stage search"));
    assert_non_null(strstr(seen.text, stint_message(c)));
    assert_int_equal(budget_live(ctx_budget(c)), 0);
    mem_free(kept);
    stint_close(c);
}

static void close_reports_what_is_left(void **state)
{
    (void)state;
    lines seen = {0};
    ctx *c = stint_open(&(stint_options){.sink = keep_line, .sink_self = &seen});
    void *kept = mem_alloc(c, TAG_PLOT, 7);
    stint_close(c);
    assert_non_null(strstr(seen.text, "leak: 7 bytes from tests/unit/base/test_ctx.c:"));
    mem_free(kept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_failure_sticks),
        cmocka_unit_test(statuses_have_codes_and_texts),
        cmocka_unit_test(options_are_copied),
        cmocka_unit_test(interrupts_count_to_two),
        cmocka_unit_test(lines_reach_the_sink),
        cmocka_unit_test(a_childs_leak_is_a_failure),
        cmocka_unit_test(close_reports_what_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
