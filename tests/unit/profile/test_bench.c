#include "profile/bench.h"

#include "base/os/os.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#undef fail

/* The harness against numbers worked out by hand. */

static void statistics_by_hand(void **state)
{
    (void)state;
    /* sorted 1 2 3 4 10: mean 4, Σ(x - 4)² = 9 + 4 + 1 + 0 + 36 = 50, σ = √(50 / 4);
     * p90 at 0.9 × 4 = 3.6: 4 + 0.6 × 6; p99 at 3.96: 4 + 0.96 × 6 */
    double x[] = {3, 10, 1, 4, 2};
    bench_stats s = bench_measure(x, 5);
    assert_int_equal(s.n, 5);
    assert_float_equal(s.mean, 4, 1e-15);
    assert_float_equal(s.deviation, sqrt(12.5), 1e-15);
    assert_true(s.min == 1 && s.p50 == 3);
    assert_float_equal(s.p90, 7.6, 1e-12);
    assert_float_equal(s.p99, 9.76, 1e-12);
    assert_true(x[0] == 1 && x[4] == 10);

    double even[] = {2, 1};
    assert_float_equal(bench_measure(even, 2).p50, 1.5, 1e-15);
    double one[] = {7};
    s = bench_measure(one, 1);
    assert_true(s.mean == 7 && s.deviation == 0 && s.p99 == 7);
    assert_true(isnan(bench_measure(NULL, 0).p50));
}

static void significance_by_hand(void **state)
{
    (void)state;
    /* all of a below all of b: U = 0, mean 8, variance 16/12 × 9 = 12, z = 7.5 / √12 */
    const double a[] = {1, 2, 3, 4}, b[] = {5, 6, 7, 8};
    assert_float_equal(bench_same(a, 4, b, 4), erfc(7.5 / sqrt(24)), 1e-15);
    assert_float_equal(bench_same(b, 4, a, 4), bench_same(a, 4, b, 4), 1e-15);
    /* ties: a = 1 2 2, b = 2 3 3; ranks 1, 3 3 3, 5.5 5.5; U = 7 - 6 = 1; Σ(t³ - t) =
     * 24 + 6; variance 9/12 × (7 - 30/30) = 4.5; z = (3.5 - 0.5) / √4.5 */
    const double p[] = {1, 2, 2}, q[] = {2, 3, 3};
    assert_float_equal(bench_same(p, 3, q, 3), erfc(3 / sqrt(9)), 1e-15);
    const double same[] = {5, 5, 5};
    assert_true(bench_same(same, 3, same, 3) == 1);
    assert_true(bench_same(a, 0, b, 4) == 1);
}

typedef struct counter {
    int runs, before;
} counter;

static stint_status count_run(ctx *c, void *self)
{
    (void)c;
    ++((counter *)self)->runs;
    return STINT_OK;
}

static stint_status count_before(ctx *c, void *self)
{
    (void)c;
    ++((counter *)self)->before;
    return STINT_OK;
}

static stint_status refuse(ctx *c, void *self)
{
    (void)self;
    return fail(c, STINT_EDATA, "no");
}

static void cases_run(void **state)
{
    (void)state;
    ctx *c = stint_open(NULL);
    counter k = {0, 0};
    bench_case b = {.name = "count",
                    .run = count_run,
                    .before = count_before,
                    .self = &k,
                    .warmup = 2,
                    .iterations = 5};
    bench_result r;
    assert_int_equal(bench_run_case(c, &b, &(bench_settings){0}, &r), STINT_OK);
    assert_int_equal(k.runs, 7);
    assert_int_equal(k.before, 7);
    assert_int_equal(r.stats.n, 5);
    assert_true(r.stats.min >= 0 && r.stats.p50 <= r.stats.p99);
    bench_result_free(&r);
    assert_int_equal(bench_run_case(c, &b, &(bench_settings){1, 3, false}, &r), STINT_OK);
    assert_int_equal(k.runs, 11);
    bench_result_free(&r);
    b.run = refuse;
    assert_int_equal(bench_run_case(c, &b, &(bench_settings){0}, &r), STINT_EDATA);
    stint_close(c);
}

static void peers_are_parsed(void **state)
{
    (void)state;
    ctx *c = stint_open(NULL);
    bench_times t;
    assert_int_equal(bench_parse_peer(c, "peer",
                                      "noise\n{\"name\":\"x\",\"seconds\":[9]}\n"
                                      "{\"name\":\"sklearn\",\"seconds\":[0.3,0.1]}\nend",
                                      &t),
                     STINT_OK);
    assert_string_equal(t.name, "sklearn");
    assert_int_equal(t.n, 2);
    assert_true(t.seconds[0] == 0.1 && t.seconds[1] == 0.3);
    bench_times_free(&t);
    static const char *const bad[] = {"",
                                      "nothing\n",
                                      "{\"name\":\"x\"}",
                                      "{\"seconds\":[1]}",
                                      "{oh",
                                      "{\"name\":\"x\",\"seconds\":[1,-1]}",
                                      "{\"name\":\"x\",\"seconds\":[\"a\"]}"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; ++i) {
        assert_int_equal(bench_parse_peer(c, "peer", bad[i], &t), STINT_EDATA);
        stint_clear(c);
    }
    assert_int_equal(bench_run_peer(c, "echo '{\"name\":\"p\",\"seconds\":[2]}'", &t), STINT_OK);
    assert_true(t.seconds[0] == 2);
    bench_times_free(&t);
    assert_int_equal(bench_run_peer(c, "exit 3", &t), STINT_EFAIL);
    stint_close(c);
}

static void regressions_need_both(void **state)
{
    (void)state;
    double slow[12], fast[12], noisy[2] = {1, 3};
    for (int i = 0; i < 12; ++i) {
        fast[i] = 1 + 0.001 * i;
        slow[i] = 1.2 + 0.001 * i;
    }
    bench_result r = {.times = {.seconds = slow, .n = 12}, .past = {.seconds = fast, .n = 12}};
    r.stats = bench_measure(slow, 12);
    assert_true(bench_is_regression(&r));
    r = (bench_result){.times = {.seconds = fast, .n = 12}, .past = {.seconds = slow, .n = 12}};
    r.stats = bench_measure(fast, 12);
    assert_false(bench_is_regression(&r)); /* faster */
    r = (bench_result){.times = {.seconds = noisy, .n = 2}, .past = {.seconds = fast, .n = 12}};
    r.stats = bench_measure(noisy, 2);
    assert_false(bench_is_regression(&r)); /* may be chance */
    r.past.n = 0;
    assert_false(bench_is_regression(&r));
}

static stint_status nap(ctx *c, void *self)
{
    (void)c;
    usleep(*(useconds_t *)self);
    return STINT_OK;
}

static void command_saves_and_compares(void **state)
{
    (void)state;
    char dir[] = "/tmp/stint-bench-XXXXXX", file[64];
    assert_non_null(mkdtemp(dir));
    snprintf(file, sizeof file, "%s/a.json", dir);
    ctx *c = stint_open(NULL);
    useconds_t us = 500;
    const bench_case cases[] = {
        {.name = "nap", .run = nap, .self = &us, .items = 10, .item = "naps"},
        {.name = "other", .run = nap, .self = &us}};
    str out;
    str_init(&out, c, TAG_BASE);
    const char *save[] = {"bench", "--iterations", "15", "--only", "nap", "--json", file};
    assert_int_equal(bench_command(c, 7, save, cases, 2, &out), STINT_OK);
    assert_non_null(strstr(out.at, "nap "));
    assert_non_null(strstr(out.at, "naps/s"));
    assert_null(strstr(out.at, "other"));
    assert_true(file_exists(file));
    us = 5000;
    const char *compare[] = {"bench", "--iterations", "15", "--only", "nap", "--compare", file};
    str_clear(&out);
    assert_int_equal(bench_command(c, 7, compare, cases, 2, &out), STINT_EFAIL);
    assert_non_null(strstr(out.at, "REGRESSION"));
    stint_clear(c);
    str_deinit(&out);
    assert_int_equal(dir_remove(c, dir), STINT_OK);
    stint_close(c);
}

static void flags_are_checked(void **state)
{
    (void)state;
    static const char *const bad[][2] = {{"--nonsense", NULL},
                                         {"--iterations", "x"},
                                         {"--iterations", "0"},
                                         {"--json", NULL},
                                         {"--only", "zzz"}};
    ctx *c = stint_open(NULL);
    counter k = {0, 0};
    const bench_case cases[] = {{.name = "count", .run = count_run, .self = &k}};
    str out;
    str_init(&out, c, TAG_BASE);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; ++i) {
        const char *args[] = {"bench", bad[i][0], bad[i][1]};
        assert_int_equal(bench_command(c, bad[i][1] ? 3 : 2, args, cases, 1, &out), STINT_EUSAGE);
        stint_clear(c);
    }
    const char *help[] = {"bench", "--help"};
    assert_int_equal(bench_command(c, 2, help, cases, 1, &out), STINT_OK);
    assert_non_null(strstr(out.at, "--compare"));
    assert_int_equal(k.runs, 0);
    str_deinit(&out);
    stint_close(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statistics_by_hand),
        cmocka_unit_test(significance_by_hand),
        cmocka_unit_test(cases_run),
        cmocka_unit_test(peers_are_parsed),
        cmocka_unit_test(regressions_need_both),
        cmocka_unit_test(command_saves_and_compares),
        cmocka_unit_test(flags_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
