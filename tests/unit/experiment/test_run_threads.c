/* The public interface in one process: a host that names no command gets worker threads, and
 * the same bytes as worker processes give. */
#include "base/os/os.h"
#include "stint/stint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#undef fail
#include <cmocka.h>

#define SCRATCH "run_threads.tmp"

static const char config_path[] = STINT_SOURCE_DIR "/examples/diabetes.yaml";

static stint_text read_text(const char *path)
{
    stint_text t = {0};
    stint_context *c = stint_open(NULL);
    str s;
    str_init(&s, c, TAG_BASE);
    assert_int_equal(file_read(c, path, &s), STINT_OK);
    assert_int_equal(text_take(&s, &t), STINT_OK);
    stint_close(c);
    return t;
}

static void assert_same_file(const char *a, const char *b)
{
    stint_text x = read_text(a), y = read_text(b);
    assert_int_equal(x.len, y.len);
    assert_memory_equal(x.at, y.at, x.len);
    stint_text_free(&x);
    stint_text_free(&y);
}

static void run_with(const char *command, const char *dir, const char *workers)
{
    stint_text verdict = {0};
    stint_setting settings[] = {{"budget.workers", workers}, {"budget.threads", "2"}};
    stint_context *c =
        stint_open(&(stint_options){.command = command, .cache_dir = SCRATCH "/cache"});
    stint_request r = {
        .config = config_path, .settings = settings, .n_settings = 2, .run_dir = dir};
    stint_status s = stint_run(c, &r, &verdict);
    assert_string_equal(stint_message(c), "");
    assert_int_equal(s, STINT_OK);
    assert_non_null(strstr(verdict.at, "ridge"));
    stint_text_free(&verdict);
    stint_close(c);
}

/* Parquet is written by a child of the command, so a host without one is told so. */
static void threads_give_the_same_records(void **state)
{
    (void)state;
    const char *command = getenv("STINT");
    stint_context *c = stint_open(NULL);
    assert_int_equal(dir_remove(c, SCRATCH), STINT_OK);
    assert_int_equal(dir_make(c, SCRATCH), STINT_OK);
    run_with(command, SCRATCH "/processes", "2");
    stint_context *host = stint_open(&(stint_options){.cache_dir = SCRATCH "/cache"});
    stint_text verdict = {0};
    stint_setting settings[] = {{"budget.workers", "3"}, {"budget.threads", "2"}};
    stint_request r = {.config = config_path,
                       .settings = settings,
                       .n_settings = 2,
                       .run_dir = SCRATCH "/threads"};
    assert_int_equal(stint_run(host, &r, &verdict), STINT_EUSAGE);
    assert_non_null(strstr(stint_message(host), "command"));
    stint_close(host);
    /* the search was done by threads; with a command the run is finished from its journal */
    run_with(command, SCRATCH "/threads", "1");
    assert_same_file(SCRATCH "/processes/summary.json", SCRATCH "/threads/summary.json");
    assert_same_file(SCRATCH "/processes/rounds/001/MANIFEST.json",
                     SCRATCH "/threads/rounds/001/MANIFEST.json");
    assert_int_equal(dir_remove(c, SCRATCH), STINT_OK);
    stint_close(c);
}

static void interrupt_before_the_first_stage_is_resumable(void **state)
{
    (void)state;
    stint_text verdict = {0};
    stint_context *c =
        stint_open(&(stint_options){.command = getenv("STINT"), .cache_dir = SCRATCH "/cache"});
    stint_request r = {.config = config_path, .run_dir = SCRATCH "/stopped"};
    stint_interrupt(c);
    assert_int_equal(stint_run(c, &r, &verdict), STINT_EINTERRUPT);
    stint_clear(c);
    assert_int_equal(stint_run(c, &r, &verdict), STINT_OK);
    stint_text_free(&verdict);
    assert_int_equal(dir_remove(c, SCRATCH), STINT_OK);
    stint_close(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_give_the_same_records),
        cmocka_unit_test(interrupt_before_the_first_stage_is_resumable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
