#include "plot/histogram.h"
#include "plot/layout.h"

#include "base/rng.h"

#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* Figures of classes, angles and importances: their bytes, their extremes, their numbers. */

enum { CLASSES_MOST = 1000, ROWS = 3000, THREADS = 4, FIGURES = 8 };

static char name_text[CLASSES_MOST][24];
static const char *names[CLASSES_MOST];

static void name_classes(void)
{
    for (int i = 0; i < CLASSES_MOST; ++i) {
        snprintf(name_text[i], sizeof name_text[i], "class number %d", i + 1);
        names[i] = name_text[i];
    }
}

/* Most on the diagonal, some beside it; class `empty` never comes and is never predicted. */
static int64_t *counts_new(int n, int empty)
{
    int64_t *counts = calloc((size_t)n * (size_t)n + 1, sizeof *counts);
    for (int i = 0; i < n; ++i)
        for (int j = 0; j < n; ++j)
            if (i != empty && j != empty)
                counts[(int64_t)i * n + j] = i == j ? 100 + i : (i * 7 + j * 3) % 11 == 0;
    return counts;
}

static stint_status draw_confusion(ctx *c, int n, int empty, str *out)
{
    int64_t *counts = counts_new(n, empty);
    stint_status s = plot_confusion(
        c, &(plot_classes){.target = "kind", .names = names, .counts = counts, .n = n}, out);
    free(counts);
    return s;
}

typedef stint_status draw_curves(ctx *c, const plot_curves *p, str *out);

static stint_status draw_curves_of(ctx *c, int n, draw_curves *draw, str *out)
{
    enum { POINTS = 101 };
    double *x = malloc(POINTS * sizeof *x), *y = malloc((size_t)(n + 1) * POINTS * sizeof *y);
    plot_curve *curves = calloc((size_t)n + 1, sizeof *curves);
    for (int i = 0; i < POINTS; ++i)
        x[i] = i / (POINTS - 1.0);
    for (int k = 0; k < n; ++k) {
        for (int i = 0; i < POINTS; ++i)
            y[k * POINTS + i] = pow(x[i], 1.0 / (k + 2));
        curves[k] = (plot_curve){names[k], x, y + k * POINTS, k == 2 ? 0 : POINTS, 0.9};
    }
    stint_status s = draw(c, &(plot_curves){.curves = curves, .n = n, .note = "thinned"}, out);
    free(x);
    free(y);
    free(curves);
    return s;
}

static stint_status draw_angles(ctx *c, int64_t n, bool errors, str *out)
{
    double *actual = calloc((size_t)n + 1, sizeof(double));
    double *predicted = calloc((size_t)n + 1, sizeof(double));
    rng r = {5, 6};
    for (int64_t i = 0; i < n; ++i) {
        actual[i] = 360 * rng_uniform(r, (uint64_t)(3 * i));
        predicted[i] = fmod(actual[i] + 360 + 15 * rng_normal(r, (uint64_t)(3 * i + 1)), 360);
    }
    plot_angles p = {
        .target = "heading", .actual = actual, .predicted = predicted, .n = n, .period = 360};
    stint_status s = errors ? plot_angle_errors(c, &p, out) : plot_predicted_angles(c, &p, out);
    free(actual);
    free(predicted);
    return s;
}

static stint_status draw_importance(ctx *c, int n, str *out)
{
    double value[CLASSES_MOST], low[CLASSES_MOST], high[CLASSES_MOST];
    for (int i = 0; i < n; ++i) {
        value[i] = (i * 37) % 101 - 3;
        low[i] = value[i] - 1;
        high[i] = value[i] + 2;
    }
    return plot_importance(c,
                           &(plot_importances){.measure = "increase of RMSE",
                                               .names = names,
                                               .value = value,
                                               .low = low,
                                               .high = high,
                                               .n = n},
                           out);
}

typedef stint_status draw_scores(ctx *c, const plot_label_scores *p, str *out);

/* Label k came k times or so; the first never came, nor was it predicted. */
static stint_status draw_labels(ctx *c, int n, draw_scores *draw, str *out)
{
    int64_t *counts = calloc(3 * (size_t)n + 1, sizeof *counts);
    for (int k = 0; k < n; ++k) {
        counts[k] = k;
        counts[n + k] = k * 7 % 11 * (k > 0);
        counts[2 * n + k] = k < k * 7 % 11 ? k : k * 7 % 11;
    }
    stint_status s = draw(
        c,
        &(plot_label_scores){
            .names = names, .came = counts, .predicted = counts + n, .hit = counts + 2 * n, .n = n},
        out);
    free(counts);
    return s;
}

static stint_status draw_figure(ctx *c, int which, str *out)
{
    switch (which) {
    case 0: return draw_confusion(c, 10, 3, out);
    case 1: return draw_curves_of(c, 9, plot_roc, out);
    case 2: return draw_curves_of(c, 5, plot_precision, out);
    case 3: return draw_angles(c, ROWS, false, out);
    case 4: return draw_angles(c, ROWS, true, out);
    case 5: return draw_labels(c, 70, plot_labels, out);
    case 6: return draw_labels(c, 70, plot_label_support, out);
    default: return draw_importance(c, 40, out);
    }
}

typedef struct job {
    ctx *c;
    const str *expected; /* [FIGURES] */
    int wrong;
} job;

static void *draw_beside(void *arg)
{
    job *j = arg;
    for (int i = 0; i < FIGURES; ++i) {
        str s;
        str_init(&s, j->c, TAG_PLOT);
        if (draw_figure(j->c, i, &s) != STINT_OK || s.len != j->expected[i].len ||
            memcmp(s.at, j->expected[i].at, s.len) != 0)
            ++j->wrong;
        str_deinit(&s);
    }
    return NULL;
}

static void threads_draw_the_same(void **state)
{
    (void)state;
    ctx *c = stint_open(NULL);
    str expected[FIGURES];
    pthread_t threads[THREADS];
    job jobs[THREADS];
    for (int i = 0; i < FIGURES; ++i) {
        str_init(&expected[i], c, TAG_PLOT);
        assert_int_equal(draw_figure(c, i, &expected[i]), STINT_OK);
    }
    for (int i = 0; i < THREADS; ++i) {
        jobs[i] = (job){ctx_child(c, "drawing", 0), expected, 0};
        assert_int_equal(pthread_create(&threads[i], NULL, draw_beside, &jobs[i]), 0);
    }
    for (int i = 0; i < THREADS; ++i) {
        pthread_join(threads[i], NULL);
        assert_int_equal(jobs[i].wrong, 0);
        ctx_free_child(jobs[i].c);
    }
    for (int i = 0; i < FIGURES; ++i)
        str_deinit(&expected[i]);
    stint_close(c);
}

/* What does not depend on the data is bounded, also with a thousand classes. */
static void memory_is_bounded(void **state)
{
    (void)state;
    for (int which = 0; which < 6; ++which) {
        ctx *c = stint_open(NULL);
        str s;
        str_init(&s, c, TAG_PLOT);
        stint_status status = which == 0   ? draw_confusion(c, CLASSES_MOST, -1, &s)
                              : which == 1 ? draw_curves_of(c, 50, plot_roc, &s)
                              : which == 2 ? draw_angles(c, 50000, true, &s)
                              : which == 3 ? draw_labels(c, CLASSES_MOST, plot_labels, &s)
                              : which == 4 ? draw_labels(c, CLASSES_MOST, plot_label_support, &s)
                                           : draw_importance(c, CLASSES_MOST, &s);
        assert_int_equal(status, STINT_OK);
        plot_figure largest = {.width = 640, .height = 700};
        int64_t most = plot_peak_bytes(&largest) + (1 << 20);
        assert_true(budget_peak_tag(ctx_budget(c), TAG_PLOT) <= most);
        str_deinit(&s);
        assert_int_equal(budget_live_tag(ctx_budget(c), TAG_PLOT), 0);
        stint_close(c);
    }
}

static void any_number_of_classes_draws(void **state)
{
    (void)state;
    static const int sizes[] = {0, 1, 2, 7, 30, 31, 100, 250, 251, 999};
    ctx *c = stint_open(NULL);
    str s;
    str_init(&s, c, TAG_PLOT);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; ++i) {
        assert_int_equal(draw_confusion(c, sizes[i], sizes[i] / 2, &s), STINT_OK);
        str_clear(&s);
    }
    for (int n = 0; n < 12; n += 1 + n / 3) {
        assert_int_equal(draw_curves_of(c, n, plot_roc, &s), STINT_OK);
        assert_int_equal(draw_curves_of(c, n, plot_precision, &s), STINT_OK);
        assert_int_equal(draw_importance(c, n, &s), STINT_OK);
        assert_int_equal(draw_labels(c, n, plot_labels, &s), STINT_OK);
        assert_int_equal(draw_labels(c, n, plot_label_support, &s), STINT_OK);
        str_clear(&s);
    }
    str_deinit(&s);
    stint_close(c);
}

static void odd_values_draw(void **state)
{
    (void)state;
    static const double odd[][4] = {
        {0, 0, 0, 0},
        {NAN, NAN, NAN, NAN},
        {1, NAN, INFINITY, -INFINITY},
        {-1e300, 1e300, 5e307, 360},
        {359.999, 0.001, 180, -180},
        {1e-300, 1e-308, 1, 0.5},
    };
    enum { N = sizeof odd / sizeof *odd };
    ctx *c = stint_open(NULL);
    str s;
    str_init(&s, c, TAG_PLOT);
    for (int i = 0; i < N * N; ++i) {
        const double *v = odd[i / N], *w = odd[i % N];
        for (int64_t n = 0; n <= 4; n += 2) {
            plot_angles a = {
                .target = "a", .actual = v, .predicted = w, .n = n, .period = i % 2 ? 360 : 2.5};
            plot_curve curve = {"k", v, w, (int)n, v[0]};
            plot_curves k = {.curves = &curve, .n = 1};
            plot_importances m = {
                .measure = "m", .names = names, .value = v, .low = w, .high = v, .n = n};
            assert_int_equal(plot_predicted_angles(c, &a, &s), STINT_OK);
            assert_int_equal(plot_angle_errors(c, &a, &s), STINT_OK);
            assert_int_equal(plot_roc(c, &k, &s), STINT_OK);
            assert_int_equal(plot_importance(c, &m, &s), STINT_OK);
            str_clear(&s);
        }
    }
    str_deinit(&s);
    stint_close(c);
}

/* Names of any bytes, some longer than there is room for. */
static void hostile_names_draw(void **state)
{
    (void)state;
    static const char *const hostile[] = {
        "", "\xff\xc3(\xf0\x9f",
        "a name that is so long that it would take the whole of the picture",
        "ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩ ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩ", "<%s%n>"};
    static const int64_t counts[25] = {1, 2, 3, INT64_MAX / 32, [24] = 7};
    ctx *c = stint_open(NULL);
    str s;
    str_init(&s, c, TAG_PLOT);
    plot_classes p = {.target = hostile[2], .names = hostile, .counts = counts, .n = 5};
    assert_int_equal(plot_confusion(c, &p, &s), STINT_OK);
    static const double unit[] = {0, 1};
    plot_curve curves[5];
    for (int i = 0; i < 5; ++i)
        curves[i] = (plot_curve){hostile[i], unit, unit, 2, 0.5};
    plot_curves k = {.curves = curves, .n = 5, .note = hostile[2]};
    assert_int_equal(plot_roc(c, &k, &s), STINT_OK);
    str_deinit(&s);
    stint_close(c);
}

static double value_of(const void *self, int64_t i)
{
    return ((const double *)self)[i];
}

static void histograms_count_every_value(void **state)
{
    (void)state;
    static const double values[] = {-3, -1, 0, 0.5, 0.5, 2, NAN, INFINITY, 40};
    histogram h;
    histogram_make(&h, 9, value_of, values);
    assert_int_equal(h.n, 7);
    double sum = 0;
    for (int i = 0; i < h.bins; ++i) {
        double here = 0;
        for (int k = 0; k < 9; ++k)
            here += values[k] >= h.low[i] && values[k] < h.high[i];
        assert_float_equal(h.count[i], here, 0);
        sum += h.count[i];
    }
    assert_float_equal(sum, 7, 0);
    histogram_make(&h, 0, value_of, values);
    assert_int_equal(h.bins, 0);
}

static void cells_show_what_is_finite(void **state)
{
    (void)state;
    static const double shares[] = {0, 0.5, NAN, 1, 0.25, INFINITY};
    plot_mark m = {.class = &mark_cells, .y = shares, .n = 6, .columns = 3};
    plot_figure f = {.marks = &m, .n_marks = 1};
    range x = RANGE_EMPTY, y = RANGE_EMPTY;
    assert_int_equal(mark_cells.extent(&m, &f, &x, &y), 2);
    assert_float_equal(x.low, -0.5, 0);
    assert_float_equal(x.high, 2.5, 0);
    assert_float_equal(y.high, 1.5, 0);
}

static void same_picture(const str *a, const str *b, bool same)
{
    assert_int_equal(a->len == b->len && memcmp(a->at, b->at, a->len) == 0, same);
}

/* Shown the short way round: 358 for 2 is -2, and not what 338 for 2 is. */
static void angles_are_drawn_where_they_are_near(void **state)
{
    (void)state;
    static const double actual = 2, predicted[] = {358, -2, 338};
    ctx *c = stint_open(NULL);
    str s[3];
    for (int i = 0; i < 3; ++i) {
        str_init(&s[i], c, TAG_PLOT);
        plot_angles p = {
            .target = "a", .actual = &actual, .predicted = &predicted[i], .n = 1, .period = 360};
        assert_int_equal(plot_predicted_angles(c, &p, &s[i]), STINT_OK);
    }
    same_picture(&s[0], &s[1], true);
    same_picture(&s[0], &s[2], false);
    for (int i = 0; i < 3; ++i)
        str_deinit(&s[i]);
    stint_close(c);
}

/* The shade is a share of the row: without numbers, ten times the rows are the same picture. */
static void shades_are_shares(void **state)
{
    (void)state;
    enum { N = 31 };
    ctx *c = stint_open(NULL);
    int64_t *counts = counts_new(N, 4);
    str s[3];
    for (int i = 0; i < 3; ++i) {
        str_init(&s[i], c, TAG_PLOT);
        for (int k = 0; i == 1 && k < N * N; ++k)
            counts[k] *= 10;
        if (i == 2)
            counts[1] += 500;
        plot_classes p = {.target = "kind", .names = names, .counts = counts, .n = N};
        assert_int_equal(plot_confusion(c, &p, &s[i]), STINT_OK);
    }
    same_picture(&s[0], &s[1], true);
    same_picture(&s[0], &s[2], false);
    for (int i = 0; i < 3; ++i)
        str_deinit(&s[i]);
    free(counts);
    stint_close(c);
}

/* Every so many names, never closer than they may be, cut to their room. */
static void names_keep_apart(void **state)
{
    (void)state;
    ctx *c = stint_open(NULL);
    canvas v;
    ticks t;
    assert_int_equal(canvas_init(&v, c, &plot_theme_light, 400, 400, 1), STINT_OK);
    for (int n = 1; n <= CLASSES_MOST; n = n * 3 / 2 + 1) {
        plot_axis axis = {.names = names, .n_names = n};
        scale s = {.kind = PLOT_LINEAR, .low = -0.5, .high = n - 0.5, .from = 0, .to = 300};
        names_ticks(&v, &axis, &s, 13, 60, &t);
        assert_true(t.n >= 1 && t.n <= TICKS_MOST);
        assert_true(t.n == n || t.n >= 10);
        assert_float_equal(t.at[0], 0, 0);
        for (int i = 1; i < t.n; ++i)
            assert_true(scale_at(&s, t.at[i]) - scale_at(&s, t.at[i - 1]) >= 12.999);
        for (int i = 0; i < t.n; ++i)
            assert_true(canvas_text_width(&v, tick_style(&v), t.label[i]) <= 60);
    }
    canvas_deinit(&v);
    stint_close(c);
}

/* A row of the legend ends before the picture does. */
static void legends_wrap(void **state)
{
    (void)state;
    ctx *c = stint_open(NULL);
    canvas v;
    assert_int_equal(canvas_init(&v, c, &plot_theme_light, 400, 400, 1), STINT_OK);
    legend_place at = {0};
    for (int i = 0; i < 9; ++i) {
        plot_mark m = {.class = &mark_line, .label = names[i * 100]};
        legend_add(&v, &m, 300, &at);
        assert_true(at.next - LEGEND_GAP <= 300);
    }
    assert_true(at.row >= 3);
    canvas_deinit(&v);
    stint_close(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_draw_the_same),
        cmocka_unit_test(memory_is_bounded),
        cmocka_unit_test(any_number_of_classes_draws),
        cmocka_unit_test(odd_values_draw),
        cmocka_unit_test(hostile_names_draw),
        cmocka_unit_test(histograms_count_every_value),
        cmocka_unit_test(cells_show_what_is_finite),
        cmocka_unit_test(angles_are_drawn_where_they_are_near),
        cmocka_unit_test(shades_are_shares),
        cmocka_unit_test(names_keep_apart),
        cmocka_unit_test(legends_wrap),
    };
    name_classes();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
