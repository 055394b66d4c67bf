/* Intervals hold what they promise: of many small samples, 95 % enclose the value that a huge one
 * has, give or take what the normal approximation and few rows cost. */
#include "unit/metrics/problem.h"

#include "metrics/interval.h"

enum { SAMPLES = 400, ROWS = 300, TRUTH_ROWS = 120000, METRICS = 64 };

/* Means of half widths are wider than they need; that of R² holds for the y that came alone. */
static bool is_exact(const metric_class *m, const outcome_shape *s)
{
    return m != &metric_r2 && !(m == &metric_roc_auc && s->classes > 2) && s->targets <= 1;
}

static void count_covered(fixture *t, outcome_shape shape, const double *truth, int *covered)
{
    outcomes *o;
    assert_int_equal(outcomes_new(t->ctx, &shape, &o), STINT_OK);
    for (int i = 0; i < SAMPLES; i++) {
        problem p = problem_draw(shape, 1000 + (uint64_t)i);
        outcomes_clear(o);
        problem_add(&p, shape.rows, o);
        for (int m = 0; metric_table[m]; m++)
            if (!isnan(truth[m]))
                covered[m] +=
                    fabs(metric_table[m]->value(o) - truth[m]) <= metric_table[m]->half_width(o);
        problem_drop(&p);
    }
    outcomes_free(o);
}

/* Values of a huge sample; NaN for metrics of other kinds and those without intervals. */
static void find_truth(fixture *t, outcome_shape shape, double *truth)
{
    outcomes *o;
    shape.rows = TRUTH_ROWS;
    problem p = problem_draw(shape, 999);
    assert_int_equal(outcomes_new(t->ctx, &shape, &o), STINT_OK);
    problem_add(&p, shape.rows, o);
    for (int m = 0; metric_table[m]; m++) {
        bool is_for = metric_table[m]->kinds & TARGET_BIT(shape.kind);
        truth[m] = is_for && metric_table[m]->half_width(o) > 0 ? metric_table[m]->value(o) : NAN;
    }
    outcomes_free(o);
    problem_drop(&p);
}

static void intervals_enclose_the_truth(void **state)
{
    fixture *t = *state;
    for (int s = 0; s < PROBLEM_SHAPES; s++) {
        outcome_shape shape = problem_shapes[s];
        double truth[METRICS];
        int covered[METRICS] = {0};
        shape.rows = ROWS;
        find_truth(t, shape, truth);
        count_covered(t, shape, truth, covered);
        for (int m = 0; metric_table[m]; m++) {
            const metric_class *k = metric_table[m];
            double share = (double)covered[m] / SAMPLES;
            if (!isnan(truth[m]) && is_exact(k, &shape) && !(share > 0.9 && share < 0.985))
                fail_msg("%s of problem %d: %g", k->name, s, share);
        }
    }
}

/* Wilson's intervals of 8 and of 10 in 10 are 0.4902 to 0.9433 and 0.7225 to 1. */
static void shares_by_hand(void **state)
{
    (void)state;
    assert_near(interval_of_share(8, 10), 0.8 - 0.4901625, 1e-6);
    assert_near(interval_of_share(10, 10), 1 - 0.7224672, 1e-6);
    assert_near(interval_of_share(5, 10), 0.5 - 0.2365931, 1e-6);
    assert_near(interval_of_share(0, 10), interval_of_share(10, 10), 1e-15);
    assert_true(interval_of_share(0, 0) == 0);
}

/* Hanley and McNeil's own formula at an area of 0.75, 2 positives and 2 negatives. */
static void area_by_hand(void **state)
{
    fixture *t = *state;
    outcome_shape shape = {.kind = TARGET_CLASS, .classes = 2, .rows = 4, .keep = true};
    double y[] = {1, 0, 1, 0}, p[] = {0.1, 0.2, 0.3, 0.4, /**/ 0.9, 0.8, 0.7, 0.6};
    double a = 0.75, q1 = a / (2 - a), q2 = 2 * a * a / (1 + a);
    outcomes *o;
    assert_int_equal(outcomes_new(t->ctx, &shape, &o), STINT_OK);
    outcomes_add(o, y, p, 4, 4);
    assert_near(metric_roc_auc.value(o), a, 0);
    assert_near(metric_roc_auc.half_width(o),
                interval_z * sqrt((a * (1 - a) + (q1 - a * a) + (q2 - a * a)) / 4), 1e-14);
    assert_true(metric_pr_auc.half_width(o) == 0);
    outcomes_free(o);
}

/* --- the delta method of averaged scores --------------------------------------------------- */

enum { CLASSES = 3 };

/* The counts as a pass would have them. */
static void matrix_fill(const int64_t cells[CLASSES * CLASSES], outcomes *o)
{
    memset(o->came, 0, CLASSES * sizeof *o->came);
    memset(o->predicted, 0, CLASSES * sizeof *o->predicted);
    o->n = 0;
    for (int i = 0; i < CLASSES * CLASSES; i++) {
        o->confusion[i] = cells[i];
        o->came[i / CLASSES] += cells[i];
        o->predicted[i % CLASSES] += cells[i];
        o->n += cells[i];
    }
}

/* z sqrt((E g² - (E g)²) / (n - 1)), g by differences of the value itself. */
static double half_width_by_differences(const metric_class *m, const int64_t *cells, outcomes *o)
{
    double sum = 0, square_sum = 0;
    int64_t step = 50;
    for (int i = 0; i < CLASSES * CLASSES; i++) {
        int64_t moved[CLASSES * CLASSES];
        memcpy(moved, cells, sizeof moved);
        moved[i] += step;
        matrix_fill(moved, o);
        double more = m->value(o);
        moved[i] -= 2 * step;
        matrix_fill(moved, o);
        double g = (more - m->value(o)) / (2 * (double)step) * ((double)o->n + (double)step);
        sum += (double)cells[i] * g;
        square_sum += (double)cells[i] * g * g;
    }
    matrix_fill(cells, o);
    return interval_z * interval_error_of_mean(sum, square_sum, o->n);
}

static void averaged_scores_follow_the_delta_method(void **state)
{
    fixture *t = *state;
    static const int64_t cells[] = {50000, 9000, 1000, 20000, 30000, 500, 7000, 300, 100000};
    static const metric_class *const metrics[] = {
        &metric_precision_macro,    &metric_recall_macro,    &metric_f1_macro,
        &metric_precision_weighted, &metric_recall_weighted, &metric_f1_weighted,
    };
    outcome_shape shape = {.kind = TARGET_CLASS, .classes = CLASSES};
    outcomes *o;
    assert_int_equal(outcomes_new(t->ctx, &shape, &o), STINT_OK);
    for (int i = 0; i < 6; i++) {
        double want = half_width_by_differences(metrics[i], cells, o);
        assert_near(metrics[i]->half_width(o), want, 1e-5);
    }
    double p = metric_accuracy.value(o); /* which weighted recall is */
    assert_near(metric_recall_weighted.half_width(o),
                interval_z * sqrt(p * (1 - p) / (double)(o->n - 1)), 1e-12);
    outcomes_free(o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(intervals_enclose_the_truth),
        cmocka_unit_test(shares_by_hand),
        FIXTURE_TEST(area_by_hand),
        FIXTURE_TEST(averaged_scores_follow_the_delta_method),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
