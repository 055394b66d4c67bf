/* Figures of clusterings: the same bytes each time, any number of groups and brackets, bounded
 * memory, and which group has which colour. */
#include "plot/plot.h"

#include "base/rng.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { ROWS = 2000, GROUPS_MOST = 50 };

static stint_status draw_groups(ctx *c, int n, str *out)
{
    double *x = malloc(ROWS * sizeof *x), *y = malloc(ROWS * sizeof *y);
    int32_t *group = malloc(ROWS * sizeof *group);
    int64_t sizes[GROUPS_MOST] = {0};
    for (int i = 0; i < ROWS; i++) {
        group[i] = i * 7 % n;
        sizes[group[i]]++;
        x[i] = rng_normal((rng){1, 1}, (uint64_t)i) + 4 * group[i];
        y[i] = rng_normal((rng){1, 2}, (uint64_t)i);
    }
    stint_status s = plot_clusters(c,
                                   &(plot_groups){.title = "Clusters",
                                                  .x = x,
                                                  .y = y,
                                                  .group = group,
                                                  .n = ROWS,
                                                  .sizes = sizes,
                                                  .n_groups = n},
                                   out);
    free(group);
    free(y);
    free(x);
    return s;
}

/* A comb: each bracket takes in one more leaf. */
static stint_status draw_comb(ctx *c, int n, str *out)
{
    static const char *const names[GROUPS_MOST + 1] = {"a", "b"};
    const int64_t sizes[] = {3, 4};
    const char *leaves[GROUPS_MOST + 1];
    plot_bracket brackets[GROUPS_MOST];
    for (int i = 0; i <= n; i++)
        leaves[i] = names[i % 2];
    for (int i = 0; i < n; i++)
        brackets[i] = (plot_bracket){i ? (i + 1) / 2.0 : 0, i + 1, i, 0, i + 1, i % 3 - 1};
    return plot_dendrogram(c,
                           &(plot_tree){.title = "Dendrogram",
                                        .height = "distance",
                                        .leaves = leaves,
                                        .n_leaves = n + 1,
                                        .brackets = brackets,
                                        .n = n,
                                        .cut = n > 1 ? n - 0.5 : NAN,
                                        .sizes = sizes,
                                        .n_groups = 2},
                           out);
}

static stint_status draw_steps(ctx *c, int n, str *out)
{
    double x[GROUPS_MOST], y[GROUPS_MOST];
    for (int i = 0; i < n; i++) {
        x[i] = i + 2;
        y[i] = i % 5 == 4 ? NAN : 1.0 / (i + 1);
    }
    return plot_by_step(c,
                        &(plot_steps){.title = "Inertia",
                                      .x = x,
                                      .y = y,
                                      .n = n,
                                      .best = n / 2,
                                      .best_label = "elbow",
                                      .divide = n > 3 ? 3.5 : NAN,
                                      .divide_label = "clusters"},
                        out);
}

typedef stint_status draw_some(ctx *c, int n, str *out);
static draw_some *const draws[] = {draw_groups, draw_comb, draw_steps};
enum { DRAWS = sizeof draws / sizeof *draws };

static void equal_figures_have_equal_bytes(void **state)
{
    (void)state;
    static const int counts[] = {1, 2, 10, 11, GROUPS_MOST};
    ctx *c = stint_open(NULL);
    for (int d = 0; d < DRAWS; d++)
        for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
            str first, second;
            str_init(&first, c, TAG_PLOT);
            str_init(&second, c, TAG_PLOT);
            assert_int_equal(draws[d](c, counts[i], &first), STINT_OK);
            assert_int_equal(draws[d](c, counts[i], &second), STINT_OK);
            assert_true(first.len > 1000 && first.len == second.len);
            assert_memory_equal(first.at, second.at, first.len);
            str_deinit(&first);
            str_deinit(&second);
        }
    stint_close(c);
}

static void memory_is_bounded(void **state)
{
    (void)state;
    for (int d = 0; d < DRAWS; d++) {
        ctx *c = stint_open(&(stint_options){.memory_bytes = 8 << 20});
        str out;
        str_init(&out, c, TAG_PLOT);
        assert_int_equal(draws[d](c, 10, &out), STINT_OK);
        str_deinit(&out);
        stint_close(c);
    }
}

static void the_largest_groups_have_colours(void **state)
{
    (void)state;
    int64_t sizes[GROUPS_MOST];
    int seen[PLOT_COLOURS] = {0};
    for (int i = 0; i < GROUPS_MOST; i++)
        sizes[i] = i * 37 % GROUPS_MOST;
    for (int n = 1; n <= PLOT_GROUPS; n++)
        for (int i = 0; i < n; i++) /* a colour does not change with the number of groups */
            assert_int_equal(plot_group_colour(sizes, n, i), plot_group_colour(sizes, 10, i));
    for (int i = 0; i < GROUPS_MOST; i++) {
        plot_colour k = plot_group_colour(sizes, GROUPS_MOST, i);
        assert_true((k != PLOT_MUTED) == (sizes[i] >= GROUPS_MOST - PLOT_GROUPS));
        assert_true(k == PLOT_MUTED || seen[k]++ == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_figures_have_equal_bytes),
        cmocka_unit_test(memory_is_bounded),
        cmocka_unit_test(the_largest_groups_have_colours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
