#include "plot/mark.h"

#include "base/rng.h"

#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* Pictures: their files, their bytes, and figures of nothing much. */

static void data(double *x, double *y, int64_t n)
{
    rng r = {1, 2};
    for (int64_t i = 0; i < n; ++i) {
        x[i] = 100 + 20 * rng_normal(r, (uint64_t)(2 * i));
        y[i] = x[i] + 10 * rng_normal(r, (uint64_t)(2 * i + 1));
    }
}

static stint_status draw_points(ctx *c, int64_t n, str *out)
{
    double *x = calloc((size_t)n + 1, sizeof *x), *y = calloc((size_t)n + 1, sizeof *y);
    data(x, y, n);
    stint_status s = plot_predicted(
        c, &(plot_predictions){.target = "y", .actual = y, .predicted = x, .n = n}, out);
    free(x);
    free(y);
    return s;
}

static uint32_t big_endian(const char *p)
{
    const unsigned char *q = (const unsigned char *)p;
    return (uint32_t)q[0] << 24 | (uint32_t)q[1] << 16 | (uint32_t)q[2] << 8 | q[3];
}

static void is_png(const str *s, uint32_t width, uint32_t height)
{
    assert_true(s->len > 100);
    assert_memory_equal(s->at, "\x89PNG\r\n\x1a\n", 8);
    assert_int_equal(big_endian(s->at + 16), width);
    assert_int_equal(big_endian(s->at + 20), height);
    assert_memory_equal(s->at + s->len - 8, "IEND", 4);
    for (size_t i = 0; i + 4 < s->len && i < 200; ++i)
        assert_memory_not_equal(s->at + i, "tIME", 4);
}

static void files_are_png(void **state)
{
    (void)state;
    ctx *c = stint_open(NULL);
    str s;
    str_init(&s, c, TAG_PLOT);
    assert_int_equal(plot_png(c, &(plot_figure){.title = "t"}, &s), STINT_OK);
    is_png(&s, 1280, 800);
    str_clear(&s);
    plot_figure f = {.width = 300, .height = 200, .zoom = 1};
    assert_int_equal(plot_png(c, &f, &s), STINT_OK);
    is_png(&s, 300, 200);
    str_deinit(&s);
    stint_close(c);
}

static void sizes_have_limits(void **state)
{
    (void)state;
    ctx *c = stint_open(NULL);
    str s;
    str_init(&s, c, TAG_PLOT);
    assert_int_equal(plot_png(c, &(plot_figure){.width = 10, .height = 10}, &s), STINT_EUSAGE);
    assert_int_equal(s.len, 0);
    stint_clear(c);
    assert_int_equal(plot_png(c, &(plot_figure){.width = 5000}, &s), STINT_EUSAGE);
    stint_clear(c);
    /* so small that nothing of the layout fits: a picture all the same */
    assert_int_equal(plot_png(c, &(plot_figure){.title = "t", .width = 32, .height = 32}, &s),
                     STINT_OK);
    str_deinit(&s);
    stint_close(c);
}

static void drawn_twice_is_equal(void **state)
{
    (void)state;
    static const int64_t sizes[] = {0, 1, 500, PLOT_DENSE, PLOT_DENSE + 1};
    ctx *c = stint_open(NULL);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; ++i) {
        str a, b;
        str_init(&a, c, TAG_PLOT);
        str_init(&b, c, TAG_PLOT);
        assert_int_equal(draw_points(c, sizes[i], &a), STINT_OK);
        assert_int_equal(draw_points(c, sizes[i], &b), STINT_OK);
        assert_int_equal(a.len, b.len);
        assert_memory_equal(a.at, b.at, a.len);
        str_deinit(&a);
        str_deinit(&b);
    }
    stint_close(c);
}

enum { THREADS = 4, ROUNDS = 3 };

typedef struct job {
    ctx *c;
    const str *expected;
    int wrong;
} job;

static void *draw_beside(void *arg)
{
    job *j = arg;
    for (int i = 0; i < ROUNDS; ++i) {
        str s;
        str_init(&s, j->c, TAG_PLOT);
        if (draw_points(j->c, 3000, &s) != STINT_OK || s.len != j->expected->len ||
            memcmp(s.at, j->expected->at, s.len) != 0)
            ++j->wrong;
        str_deinit(&s);
    }
    return NULL;
}

static void threads_draw_the_same(void **state)
{
    (void)state;
    ctx *c = stint_open(NULL);
    str expected;
    pthread_t threads[THREADS];
    job jobs[THREADS];
    str_init(&expected, c, TAG_PLOT);
    assert_int_equal(draw_points(c, 3000, &expected), STINT_OK);
    for (int i = 0; i < THREADS; ++i) {
        jobs[i] = (job){ctx_child(c, "drawing", 0), &expected, 0};
        assert_int_equal(pthread_create(&threads[i], NULL, draw_beside, &jobs[i]), 0);
    }
    for (int i = 0; i < THREADS; ++i) {
        pthread_join(threads[i], NULL);
        assert_int_equal(jobs[i].wrong, 0);
        ctx_free_child(jobs[i].c);
    }
    str_deinit(&expected);
    stint_close(c);
}

/* Values that fit badly, through every figure. */
static void odd_values_draw(void **state)
{
    (void)state;
    static const double odd[][4] = {
        {0, 0, 0, 0},
        {5, 5, 5, 5},
        {NAN, NAN, NAN, NAN},
        {1, NAN, INFINITY, -INFINITY},
        {-1e300, 1e300, 1e301, 0},
        {1e-300, 1e-308, 0, 1},
        {1e15, 1e15 + 1, 1e15 + 2, 1e15},
        {1e-9, 1, 1e9, 1e5},
    };
    ctx *c = stint_open(NULL);
    str s;
    str_init(&s, c, TAG_PLOT);
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; ++i) {
        for (int64_t n = 0; n <= 4; ++n) {
            const double *v = odd[i], *w = odd[(i + 3) % (sizeof odd / sizeof odd[0])];
            plot_predictions p = {.target = "t", .actual = v, .predicted = w, .n = n};
            plot_search h = {.metric = "m",
                             .parameter = "p",
                             .values = v,
                             .mean = w,
                             .deviation = v,
                             .n = n,
                             .best = n - 1,
                             .curve = i % 2};
            assert_int_equal(plot_predicted(c, &p, &s), STINT_OK);
            assert_int_equal(plot_residuals(c, &p, &s), STINT_OK);
            assert_int_equal(plot_history(c, &h, &s), STINT_OK);
            assert_int_equal(plot_parameter(c, &h, &s), STINT_OK);
            str_clear(&s);
        }
    }
    str_deinit(&s);
    stint_close(c);
}

/* Every mark of the table, empty and on each kind of axis. */
static void every_mark_draws(void **state)
{
    (void)state;
    static const double x[] = {1, 2, 3}, y[] = {3, NAN, 1}, high[] = {4, 5, 2};
    ctx *c = stint_open(NULL);
    str s;
    str_init(&s, c, TAG_PLOT);
    for (int i = 0; mark_table[i]; ++i) {
        for (int k = 0; k < 8; ++k) {
            plot_mark m = {.class = mark_table[i],
                           .x = x,
                           .y = y,
                           .low = x,
                           .high = high,
                           .n = k & 4 ? 3 : 0,
                           .label = "mark",
                           .dashed = true};
            plot_figure f = {.x = {.scale = k & 1},
                             .y = {.scale = k >> 1 & 1},
                             .marks = &m,
                             .n_marks = 1,
                             .zoom = 1};
            assert_int_equal(plot_png(c, &f, &s), STINT_OK);
            str_clear(&s);
        }
    }
    str_deinit(&s);
    stint_close(c);
}

/* Points that have no place on the axes are counted, not drawn. */
static void left_out_is_counted(void **state)
{
    (void)state;
    static const double x[] = {1, 2, 3}, whole[] = {1, 2, 3}, some[] = {1, NAN, 3};
    ctx *c = stint_open(NULL);
    plot_mark m = {.class = &mark_scatter, .x = x, .y = whole, .n = 3};
    plot_figure f = {.marks = &m, .n_marks = 1};
    range rx = RANGE_EMPTY, ry = RANGE_EMPTY;
    assert_int_equal(mark_scatter.extent(&m, &f, &rx, &ry), 0);
    m.y = some;
    assert_int_equal(mark_scatter.extent(&m, &f, &rx, &ry), 1);
    f.x.scale = PLOT_LOG;
    m.x = (const double[]){-1, 0, 5};
    assert_int_equal(mark_scatter.extent(&m, &f, &rx, &ry), 2);
    stint_close(c);
}

static void memory_is_bounded(void **state)
{
    (void)state;
    enum { MANY = 300000 };
    double *x = malloc(MANY * sizeof *x), *y = malloc(MANY * sizeof *y);
    data(x, y, MANY);
    ctx *c = stint_open(NULL);
    const plot_mark marks[] = {
        {.class = &mark_scatter, .x = x, .y = y, .n = MANY},
        {.class = &mark_line, .y = y, .n = MANY},
    };
    const plot_figure f = {.title = "many", .marks = marks, .n_marks = 2};
    str s;
    str_init(&s, c, TAG_PLOT);
    assert_int_equal(plot_png(c, &f, &s), STINT_OK);
    assert_true(budget_peak_tag(ctx_budget(c), TAG_PLOT) <= plot_peak_bytes(&f));
    str_deinit(&s);
    assert_int_equal(budget_live_tag(ctx_budget(c), TAG_PLOT), 0);
    stint_close(c);
    free(x);
    free(y);
}

/* Too small a budget, at every step up to enough: an error, and nothing is kept. */
static void short_memory_is_an_error(void **state)
{
    (void)state;
    const plot_figure f = {.title = "t", .width = 100, .height = 100, .zoom = 1};
    int failed = 0, drawn = 0;
    for (int64_t limit = 8 << 10; limit < 2 << 20 && !drawn; limit += 8 << 10) {
        ctx *c = stint_open(NULL);
        ctx *child = ctx_child(c, "drawing", limit);
        assert_non_null(child);
        str s;
        str_init(&s, child, TAG_PLOT);
        stint_status st = plot_png(child, &f, &s);
        assert_true(st == STINT_OK || st == STINT_ENOMEM || st == STINT_EFAIL);
        failed += st != STINT_OK;
        drawn += st == STINT_OK;
        assert_true(st == STINT_OK || stint_message(c)[0]);
        str_deinit(&s);
        assert_int_equal(budget_live_tag(ctx_budget(child), TAG_PLOT), 0);
        ctx_free_child(child);
        stint_close(c);
    }
    assert_true(failed > 3);
    assert_int_equal(drawn, 1);
}

static void text_is_measured(void **state)
{
    (void)state;
    ctx *c = stint_open(NULL);
    canvas v;
    assert_int_equal(canvas_init(&v, c, &plot_theme_light, 200, 100, 1), STINT_OK);
    text_style s = {12, false};
    double one = canvas_text_width(&v, s, "m");
    assert_true(one > 0);
    assert_float_equal(canvas_text_width(&v, s, "mm"), 2 * one, 1e-6);
    assert_float_equal(canvas_text_width(&v, (text_style){24, false}, "m"), 2 * one, 1e-6);
    assert_true(canvas_text_width(&v, s, "") == 0);
    assert_true(canvas_text_width(&v, s, "\xff\xc3(\xf0\x9f") > 0);
    canvas_text_fit(&v, s, 0, 20, 50, "naïve text that is far too long for fifty pixels");
    canvas_text_fit(&v, s, 0, 20, 1, "naïve");
    assert_int_equal(canvas_status(&v), STINT_OK);
    canvas_deinit(&v);
    stint_close(c);
}

/* Without the fonts we know, Cairo finds some; without any it draws no text. */
static void missing_fonts_are_no_failure(void **state)
{
    (void)state;
    ctx *c = stint_open(NULL);
    str a, b;
    str_init(&a, c, TAG_PLOT);
    str_init(&b, c, TAG_PLOT);
    setenv("STINT_FONT_DIR", "/nonexistent", 1);
    assert_int_equal(draw_points(c, 10, &a), STINT_OK);
    assert_int_equal(draw_points(c, 10, &b), STINT_OK);
    unsetenv("STINT_FONT_DIR");
    is_png(&a, 1040, 1168);
    assert_int_equal(a.len, b.len);
    assert_memory_equal(a.at, b.at, a.len);
    str_deinit(&a);
    str_deinit(&b);
    stint_close(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_png),
        cmocka_unit_test(sizes_have_limits),
        cmocka_unit_test(drawn_twice_is_equal),
        cmocka_unit_test(threads_draw_the_same),
        cmocka_unit_test(odd_values_draw),
        cmocka_unit_test(every_mark_draws),
        cmocka_unit_test(left_out_is_counted),
        cmocka_unit_test(memory_is_bounded),
        cmocka_unit_test(short_memory_is_an_error),
        cmocka_unit_test(text_is_measured),
        cmocka_unit_test(missing_fonts_are_no_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
