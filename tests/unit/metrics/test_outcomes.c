/* The shared pass: what depends on the cut into blocks and what does not, values that are none,
 * room, curves for pictures, and the table of metrics. */
#include "unit/metrics/problem.h"

#include "base/budget.h"

static outcomes *pass_of(fixture *t, const problem *p, int64_t cut)
{
    outcomes *o;
    assert_int_equal(outcomes_new(t->ctx, &p->shape, &o), STINT_OK);
    problem_add(p, cut, o);
    return o;
}

static bool is_for(const metric_class *m, const outcomes *o)
{
    return m->kinds & TARGET_BIT(o->shape.kind);
}

static bool sums_residuals(const metric_class *m)
{
    return m->target_value || m == &metric_circular_mae || m == &metric_circular_rmse;
}

static void cuts_matter_to_sums_of_residuals_alone(void **state)
{
    fixture *t = *state;
    for (int s = 0; s < PROBLEM_SHAPES; s++) {
        problem p = problem_draw(problem_shapes[s], 1);
        outcomes *whole = pass_of(t, &p, p.shape.rows);
        for (int64_t cut = 1; cut < 700; cut = cut * 3 + 1) {
            outcomes *o = pass_of(t, &p, cut);
            assert_int_equal(o->n, p.shape.rows);
            for (int i = 0; metric_table[i]; i++) {
                const metric_class *m = metric_table[i];
                if (!is_for(m, o))
                    continue;
                assert_near(m->value(o), m->value(whole), sums_residuals(m) ? 1e-13 : 0);
                assert_near(m->half_width(o), m->half_width(whole), 1e-10);
            }
            outcomes_free(o);
        }
        outcomes_free(whole);
        problem_drop(&p);
    }
}

static void check_nothing_is_defined(const outcomes *o)
{
    double x[8], y[8];
    for (int i = 0; metric_table[i]; i++)
        if (is_for(metric_table[i], o)) {
            if (!isnan(metric_table[i]->value(o)))
                fail_msg("%s is %g", metric_table[i]->name, metric_table[i]->value(o));
            metric_table[i]->half_width(o);
        }
    if (o->shape.kind == TARGET_CLASS) {
        assert_int_equal(outcomes_roc(o, 1, 8, x, y), 0);
        assert_int_equal(outcomes_pr(o, 1, 8, x, y), 0);
    }
}

/* In every place that a bad value may stand; afterwards a cleared pass is as good as new. */
static void a_nan_makes_everything_nan(void **state)
{
    fixture *t = *state;
    for (int s = 0; s < PROBLEM_SHAPES; s++) {
        problem p = problem_draw(problem_shapes[s], 2);
        outcomes *clean = pass_of(t, &p, 100), *o = pass_of(t, &p, 100);
        int64_t rows[] = {0, 1, 700, p.shape.rows - 1};
        int columns = problem_predictions(&p.shape), outputs = problem_outputs(&p.shape);
        for (int i = 0; i < 4 * (columns + outputs); i++) {
            int k = i / 4;
            double *at =
                (k < columns ? p.prediction + k * p.stride : p.y + (k - columns) * p.stride) +
                rows[i % 4];
            double was = *at;
            *at = NAN;
            outcomes_clear(o);
            problem_add(&p, 64, o);
            *at = was;
            if (p.shape.targets <= 1)
                check_nothing_is_defined(o);
            else
                for (int m = 0; metric_table[m]; m++)
                    assert_true(!is_for(metric_table[m], o) || isnan(metric_table[m]->value(o)));
        }
        outcomes_clear(o);
        problem_add(&p, 100, o);
        for (int m = 0; metric_table[m]; m++)
            if (is_for(metric_table[m], o))
                assert_near(metric_table[m]->value(o), metric_table[m]->value(clean), 0);
        outcomes_free(o);
        outcomes_free(clean);
        problem_drop(&p);
    }
}

static void a_class_that_is_none_makes_everything_nan(void **state)
{
    fixture *t = *state;
    static const double none[] = {-1, 5, 1e300, -INFINITY, INFINITY};
    problem p = problem_draw(problem_shapes[3], 3);
    for (int i = 0; i < 5; i++) {
        double was = p.y[17];
        p.y[17] = none[i];
        outcomes *o = pass_of(t, &p, 50);
        check_nothing_is_defined(o);
        p.y[17] = was;
        outcomes_free(o);
    }
    problem_drop(&p);
}

static void no_rows_make_everything_nan(void **state)
{
    fixture *t = *state;
    for (int s = 0; s < PROBLEM_SHAPES; s++) {
        outcomes *o;
        double nothing[8] = {0};
        assert_int_equal(outcomes_new(t->ctx, &problem_shapes[s], &o), STINT_OK);
        check_nothing_is_defined(o);
        outcomes_add(o, nothing, nothing, 0, 1);
        check_nothing_is_defined(o);
        outcomes_free(o);
    }
}

/* Infinities are values: nothing crashes, and no sort loops. */
static void infinite_predictions_are_survived(void **state)
{
    fixture *t = *state;
    for (int s = 0; s < PROBLEM_SHAPES; s++) {
        problem p = problem_draw(problem_shapes[s], 4);
        for (int64_t i = 0; i < p.shape.rows; i += 3)
            p.prediction[i] = i % 2 ? INFINITY : -INFINITY;
        outcomes *o = pass_of(t, &p, 100);
        for (int i = 0; metric_table[i]; i++)
            if (is_for(metric_table[i], o)) {
                metric_table[i]->value(o);
                metric_table[i]->half_width(o);
            }
        outcomes_free(o);
        problem_drop(&p);
    }
}

static void room_is_what_was_said(void **state)
{
    fixture *t = *state;
    const budget *b = ctx_budget(t->ctx);
    for (int s = 0; s < 2 * PROBLEM_SHAPES; s++) {
        outcome_shape shape = problem_shapes[s / 2];
        outcomes *o;
        shape.keep = s % 2;
        int64_t before = budget_live(b);
        assert_int_equal(outcomes_new(t->ctx, &shape, &o), STINT_OK);
        assert_int_equal(budget_live(b) - before, outcomes_bytes(&shape));
        outcomes_free(o);
        assert_int_equal(budget_live(b), before);
    }
    outcomes_free(NULL);
}

static void too_little_memory_is_told(void **state)
{
    fixture *t = *state;
    outcome_shape shape = {.kind = TARGET_CLASS, .classes = 3, .rows = 1 << 20, .keep = true};
    ctx *small = ctx_child(t->ctx, "small", 1 << 20);
    outcomes *o;
    assert_int_equal(outcomes_new(small, &shape, &o), STINT_ENOMEM);
    assert_message(t, "out of memory");
    ctx_free_child(small);
}

/* Without room the metrics that keep are NaN, the others as they were; rows are no bound. */
static void nothing_kept_is_nan(void **state)
{
    fixture *t = *state;
    for (int s = 0; s < PROBLEM_SHAPES; s++) {
        problem p = problem_draw(problem_shapes[s], 5);
        outcomes *kept = pass_of(t, &p, 100), *o;
        outcome_shape shape = p.shape;
        shape.keep = false;
        shape.rows = 0;
        assert_int_equal(outcomes_new(t->ctx, &shape, &o), STINT_OK);
        problem_add(&p, 100, o);
        for (int i = 0; metric_table[i]; i++) {
            const metric_class *m = metric_table[i];
            if (is_for(m, o) && m->keeps)
                assert_true(isnan(m->value(o)) && m->half_width(o) == 0);
            else if (is_for(m, o))
                assert_near(m->value(o), m->value(kept), 0);
        }
        outcomes_free(o);
        outcomes_free(kept);
        problem_drop(&p);
    }
}

/* --- classes ------------------------------------------------------------------------------ */

static void equal_probabilities_go_to_the_lower_class(void **state)
{
    fixture *t = *state;
    outcome_shape shape = {.kind = TARGET_CLASS, .classes = 3};
    double y[] = {0, 1, 2}, p[] = {0.4, 0.2, 0.25, /**/ 0.4, 0.4, 0.25, /**/ 0.2, 0.4, 0.5};
    outcomes *o;
    assert_int_equal(outcomes_new(t->ctx, &shape, &o), STINT_OK);
    outcomes_add(o, y, p, 3, 3);
    assert_int_equal(o->confusion[0], 1);
    assert_int_equal(o->confusion[4], 1);
    assert_int_equal(o->confusion[8], 1);
    assert_near(metric_accuracy.value(o), 1, 0);
    outcomes_free(o);
}

/* A plain sum of that many rows is off by 1e-12 and more. */
static void long_sums_do_not_drift(void **state)
{
    fixture *t = *state;
    enum { BLOCK = 1000 };
    outcome_shape shape = {.kind = TARGET_CLASS, .classes = 3};
    static double y[BLOCK], p[3 * BLOCK];
    outcomes *o;
    for (int i = 0; i < BLOCK; i++) {
        p[i] = 0.7;
        p[BLOCK + i] = 0.2;
        p[2 * BLOCK + i] = 0.1;
    }
    assert_int_equal(outcomes_new(t->ctx, &shape, &o), STINT_OK);
    for (int i = 0; i < 1000; i++)
        outcomes_add(o, y, p, BLOCK, BLOCK);
    assert_near(metric_log_loss.value(o), -log(0.7), 1e-15);
    assert_near(metric_brier.value(o), 0.3 * 0.3 + 0.2 * 0.2 + 0.1 * 0.1, 1e-15);
    outcomes_free(o);
}

/* Every pair of a row of the class and one of the rest, counted one by one. */
static void area_counts_pairs(void **state)
{
    fixture *t = *state;
    problem p =
        problem_draw((outcome_shape){TARGET_CLASS, .classes = 2, .rows = 600, .keep = true}, 6);
    for (int64_t i = 0; i < p.shape.rows; i++) {
        double v = floor(p.prediction[p.stride + i] * 20) / 20;
        p.prediction[p.stride + i] = v;
        p.prediction[i] = 1 - v;
    }
    outcomes *o = pass_of(t, &p, 77);
    int64_t twice = 0, pairs = 0;
    const double *score = p.prediction + p.stride;
    for (int64_t i = 0; i < p.shape.rows; i++)
        for (int64_t j = 0; j < p.shape.rows; j++)
            if (p.y[i] == 1 && p.y[j] == 0) {
                twice += (score[i] > score[j]) + (score[i] >= score[j]);
                pairs++;
            }
    assert_near(metric_roc_auc.value(o), (double)twice / 2 / (double)pairs, 0);
    outcomes_free(o);
    problem_drop(&p);
}

static void curves_keep_to_their_room(void **state)
{
    fixture *t = *state;
    problem p = problem_draw(problem_shapes[3], 7);
    outcomes *o = pass_of(t, &p, 100);
    double x[1600], y[1600], fx[1600], fy[1600];
    for (int k = 0; k < p.shape.classes; k++) {
        int all = outcomes_roc(o, k, 1600, fx, fy);
        assert_in_range(all, 1000, p.shape.rows + 1);
        for (int most = 2; most < 1600; most = most * 2 + 1) {
            int n = outcomes_roc(o, k, most, x, y), at = 0;
            assert_int_equal(n, most < all ? most : all);
            assert_true(x[0] == 0 && y[0] == 0 && x[n - 1] == 1 && y[n - 1] == 1);
            for (int i = 0; i < n; i++, at++) /* some of all points, in their order */
                while (fx[at] != x[i] || fy[at] != y[i])
                    assert_true(++at < all);
            n = outcomes_pr(o, k, most, x, y);
            assert_int_equal(n, most < all ? most : all);
            assert_true(x[0] == 0 && y[0] == 1 && x[n - 1] == 1);
            assert_near(y[n - 1], (double)o->came[k] / (double)o->n, 1e-15);
        }
    }
    outcomes_free(o);
    problem_drop(&p);
}

/* --- angles ------------------------------------------------------------------------------- */

static void errors_go_the_shorter_way_round(void **state)
{
    fixture *t = *state;
    outcome_shape shape = {.kind = TARGET_ANGLE, .period = 360};
    double turn = 3.141592653589793 / 180;
    double y[] = {sin(359 * turn), cos(359 * turn)}, p[] = {1e5 * sin(turn), 1e5 * cos(turn)};
    outcomes *o;
    assert_int_equal(outcomes_new(t->ctx, &shape, &o), STINT_OK);
    outcomes_add(o, y, p, 1, 1);
    assert_near(o->residuals[0].y_mean, 2, 1e-12);
    assert_near(metric_circular_mae.value(o), 2, 1e-12);
    assert_near(metric_within_0.value(o), 0, 0);
    assert_near(metric_within_5.value(o), 1, 0);
    outcomes_clear(o);
    outcomes_add(o, p, y, 1, 1);
    assert_near(o->residuals[0].y_mean, -2, 1e-12);
    outcomes_free(o);
}

/* --- the table ---------------------------------------------------------------------------- */

static void rows_of_the_table_are_whole(void **state)
{
    (void)state;
    for (int i = 0; metric_table[i]; i++) {
        const metric_class *m = metric_table[i];
        assert_true(m->name && m->title && m->help && m->value && m->half_width);
        assert_true(m->kinds && m->kinds < TARGET_BIT(TARGET_KINDS));
        assert_ptr_equal(metric_find(m->name), m);
        assert_true(!m->keeps || m->needs_rows);
        assert_true(!m->greater_is_better || m->most == 1);
        assert_true(!m->target_value == !m->target_half_width);
    }
    for (target_kind k = 0; k < TARGET_KINDS; k++)
        assert_true(metric_default(k)->kinds & TARGET_BIT(k));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(cuts_matter_to_sums_of_residuals_alone),
        FIXTURE_TEST(a_nan_makes_everything_nan),
        FIXTURE_TEST(a_class_that_is_none_makes_everything_nan),
        FIXTURE_TEST(no_rows_make_everything_nan),
        FIXTURE_TEST(infinite_predictions_are_survived),
        FIXTURE_TEST(room_is_what_was_said),
        FIXTURE_TEST(too_little_memory_is_told),
        FIXTURE_TEST(nothing_kept_is_nan),
        FIXTURE_TEST(equal_probabilities_go_to_the_lower_class),
        FIXTURE_TEST(long_sums_do_not_drift),
        FIXTURE_TEST(area_counts_pairs),
        FIXTURE_TEST(curves_keep_to_their_room),
        FIXTURE_TEST(errors_go_the_shorter_way_round),
        FIXTURE_TEST(rows_of_the_table_are_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
