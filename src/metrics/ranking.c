#include "metrics/ascending.h"
#include "metrics/interval.h"
#include "metrics/metric.h"

#include <assert.h>
#include <math.h>

/* How well a class's or a label's probability puts its rows before the others.
 *
 * The scratch holds the probabilities of the class's rows, then those of the rest, each part in
 * ascending order; a walk takes both from the top, equal values in one step, and counts.  So
 * neither the order of rows nor that of ties matters.
 *
 * Two classes are ranked by the probability of class 1; more by each class against the rest,
 * averaged over the classes where that is defined: those that came and, for ROC, are not all.  So
 * is each label, whatever their number. */

typedef struct walk {
    const double *positive, *negative;
    int64_t positives, negatives;          /* in all */
    int64_t true_positive, false_positive; /* passed so far: at or above the threshold */
} walk;

/* Lower the threshold to the next value there is; false when none is left. */
static bool walk_on(walk *w)
{
    int64_t p = w->positives - w->true_positive, n = w->negatives - w->false_positive;
    if (p == 0 && n == 0)
        return false;
    double threshold = n == 0                                    ? w->positive[p - 1]
                       : p == 0                                  ? w->negative[n - 1]
                       : w->positive[p - 1] > w->negative[n - 1] ? w->positive[p - 1]
                                                                 : w->negative[n - 1];
    while (p > 0 && w->positive[p - 1] == threshold)
        p--;
    while (n > 0 && w->negative[n - 1] == threshold)
        n--;
    w->true_positive = w->positives - p;
    w->false_positive = w->negatives - n;
    return true;
}

static bool rankable(const outcomes *o)
{
    return o->shape.keep && !o->undefined && o->n > 0;
}

static walk walk_class(const outcomes *o, int class)
{
    const double *p = o->kept + class * o->shape.rows;
    int64_t positives = 0, negatives = 0;
    bool labels = o->shape.kind == TARGET_LABELS;
    const uint8_t *cells = o->cells + (labels ? class * o->shape.rows : 0);
    for (int64_t i = 0; i < o->n; i++)
        if (labels ? cells[i] : o->actual[i] == class)
            o->ranked[positives++] = p[i];
        else
            o->ranked[o->n - ++negatives] = p[i];
    ascending(o->ranked, positives);
    ascending(o->ranked + positives, negatives);
    return (walk){o->ranked, o->ranked + positives, positives, negatives, 0, 0};
}

/* --- areas -------------------------------------------------------------------------------- */

/* Pairs in the right order, and half of the ties, of all pairs (Mann and Whitney 1947). */
static double roc_area(walk w)
{
    int64_t twice = 0, tp = 0, fp = 0;
    if (w.positives == 0 || w.negatives == 0)
        return NAN;
    while (walk_on(&w)) {
        twice += (w.false_positive - fp) * (tp + w.true_positive);
        tp = w.true_positive;
        fp = w.false_positive;
    }
    return (double)twice / 2 / ((double)w.positives * (double)w.negatives);
}

/* Σ over thresholds of (recall gained) × precision: no interpolation. */
static double average_precision(walk w)
{
    double sum = 0;
    int64_t tp = 0;
    if (w.positives == 0)
        return NAN;
    while (walk_on(&w)) {
        sum += (double)(w.true_positive - tp) *
               ((double)w.true_positive / (double)(w.true_positive + w.false_positive));
        tp = w.true_positive;
    }
    return sum / (double)w.positives;
}

/* Hanley and McNeil 1982: as if scores were exponential. */
static double roc_area_half_width(walk w)
{
    double a = roc_area(w), p = (double)w.positives, n = (double)w.negatives;
    if (isnan(a))
        return NAN;
    double q1 = a / (2 - a) - a * a, q2 = 2 * a * a / (1 + a) - a * a;
    double variance = (a * (1 - a) + (p - 1) * q1 + (n - 1) * q2) / (p * n);
    return variance > 0 ? interval_z * sqrt(variance) : 0;
}

/* The mean of the half widths bounds that of the mean, whatever the classes share. */
static double over_classes(const outcomes *o, double (*f)(walk w))
{
    double sum = 0;
    int defined = 0;
    if (!rankable(o))
        return NAN;
    if (o->shape.kind == TARGET_CLASS && o->shape.classes == 2)
        return f(walk_class(o, 1));
    for (int k = 0; k < o->shape.classes; k++) {
        double v = o->came[k] ? f(walk_class(o, k)) : NAN;
        if (!isnan(v)) {
            sum += v;
            defined++;
        }
    }
    return defined ? sum / defined : NAN;
}

static double roc_auc_value(const outcomes *o)
{
    return over_classes(o, roc_area);
}

static double roc_auc_half_width(const outcomes *o)
{
    double half = over_classes(o, roc_area_half_width);
    return isnan(half) ? 0 : half;
}

static double pr_auc_value(const outcomes *o)
{
    return over_classes(o, average_precision);
}

static double pr_auc_half_width(const outcomes *o)
{
    (void)o;
    return 0;
}

const metric_class metric_roc_auc = {
    .name = "roc_auc",
    .title = "area under the ROC curve",
    .kinds = TARGET_BIT(TARGET_CLASS) | TARGET_BIT(TARGET_LABELS),
    .greater_is_better = true,
    .needs_rows = true,
    .keeps = true,
    .most = 1,
    .value = roc_auc_value,
    .half_width = roc_auc_half_width,
    .help = "chance that a row of a class is ranked before one that is not; 0.5 is no better than "
            "chance; several classes, or labels: each against the rest, averaged",
};
const metric_class metric_pr_auc = {
    .name = "pr_auc",
    .title = "area under the precision-recall curve (average precision)",
    .kinds = TARGET_BIT(TARGET_CLASS) | TARGET_BIT(TARGET_LABELS),
    .greater_is_better = true,
    .needs_rows = true,
    .keeps = true,
    .most = 1,
    .value = pr_auc_value,
    .half_width = pr_auc_half_width,
    .help =
        "chance gives the share of the class; several classes, or labels: each against the rest, "
        "averaged",
};

/* --- curves ------------------------------------------------------------------------------- */

typedef void point_at(const walk *w, double *x, double *y);

static void roc_point(const walk *w, double *x, double *y)
{
    *x = (double)w->false_positive / (double)w->negatives;
    *y = (double)w->true_positive / (double)w->positives;
}

static void pr_point(const walk *w, double *x, double *y)
{
    int64_t passed = w->true_positive + w->false_positive;
    *x = (double)w->true_positive / (double)w->positives;
    *y = passed ? (double)w->true_positive / (double)passed : 1;
}

/* Of points 0 … last, the j-th of m that are kept is number j * last / (m - 1), rounded down. */
static int curve(walk w, point_at *at, int most, double *x, double *y)
{
    int64_t last = 0;
    int n = 0;
    for (walk all = w; walk_on(&all);)
        last++;
    int64_t m = last + 1 < most ? last + 1 : most;
    assert(m >= 2);
    for (int64_t i = 0; i <= last; i++) {
        if (i == n * last / (m - 1)) {
            at(&w, &x[n], &y[n]);
            n++;
        }
        walk_on(&w);
    }
    return n;
}

int outcomes_roc(const outcomes *o, int class, int most, double *false_positive,
                 double *true_positive)
{
    assert(most >= 2);
    if (!rankable(o) || !o->came[class] || o->came[class] == o->n)
        return 0;
    return curve(walk_class(o, class), roc_point, most, false_positive, true_positive);
}

int outcomes_pr(const outcomes *o, int class, int most, double *recall, double *precision)
{
    assert(most >= 2);
    if (!rankable(o) || !o->came[class])
        return 0;
    return curve(walk_class(o, class), pr_point, most, recall, precision);
}
