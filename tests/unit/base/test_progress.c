#include "base/progress.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

typedef struct lines {
    int whole, transient;
    char last[256];
} lines;

static void count_line(void *self, const char *line, bool transient)
{
    lines *l = self;
    *(transient ? &l->transient : &l->whole) += 1;
    snprintf(l->last, sizeof l->last, "%s", line);
}

/* Runs a job whose clock is set back, as if it had lasted. */
static lines watch(stint_progress mode, bool terminal, double lasted)
{
    lines seen = {0};
    ctx *c = stint_open(&(stint_options){
        .sink = count_line, .sink_self = &seen, .progress = mode, .terminal = terminal});
    progress p;
    progress_begin(&p, c, "search", 100);
    p.started -= lasted;
    progress_at(&p, 25);
    progress_at(&p, 26);
    stint_close(c);
    return seen;
}

static void short_jobs_are_silent(void **state)
{
    (void)state;
    lines seen = watch(STINT_PROGRESS_BAR, true, 1);
    assert_int_equal(seen.whole + seen.transient, 0);
}

static void lines_elsewhere_a_bar_on_a_terminal(void **state)
{
    (void)state;
    lines seen = watch(STINT_PROGRESS_AUTO, false, 30);
    assert_int_equal(seen.whole, 1);
    assert_string_equal(seen.last, "search: 25%, 1 min 30 s left");
    seen = watch(STINT_PROGRESS_AUTO, true, 30);
    assert_int_equal(seen.transient, 1);
    assert_string_equal(seen.last, "search [#######.......................]  25%, 1 min 30 s left");
    seen = watch(STINT_PROGRESS_LINE, true, 30);
    assert_int_equal(seen.whole, 1);
    seen = watch(STINT_PROGRESS_NONE, true, 30);
    assert_int_equal(seen.whole + seen.transient, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(short_jobs_are_silent),
        cmocka_unit_test(lines_elsewhere_a_bar_on_a_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
