#include "metrics/labels.h"

#include "metrics/interval.h"

#include <math.h>

/* How the labels that rows were given agree with those that came.  Of each row a labels came, p
 * were predicted and t are both:
 *
 *     Hamming loss        Σ (a + p - 2t) / (rows × labels)
 *     subset accuracy     rows where no label differs
 *     Dice                the rows' mean of 2t / (a + p); 1 where both are none
 *     … over the rows     the mean of t / p, t / a, 2t / (a + p), t / (a + p - t), 0 where t is;
 *                         rows where a + p is 0 are left out
 *     … counted together  Σ t over the sum of what is below the line above */

/* --- counted together --------------------------------------------------------------------- */

/* Σ d */
static double share_of(const outcomes *o, label_share of, double *hit)
{
    double in = 0;
    *hit = 0;
    for (int k = 0; k < o->shape.classes; k++) {
        double t = (double)o->hit[k];
        in += of.a * (double)o->came[k] + of.p * (double)o->predicted[k] + of.t * t;
        *hit += t;
    }
    return in;
}

/* 0 where there is no d, but something to agree on; undefined where there is nothing at all. */
double labels_together(const outcomes *o, label_share of)
{
    double hit, in = share_of(o, of, &hit);
    if (o->undefined || o->labels.some == 0)
        return NAN;
    return in > 0 ? hit / in : 0;
}

/* A ratio R of two sums over rows, Σ t / Σ d: its error is that of the mean of t - R d, over the
 * mean of d (Cochran 1977, section 2.11). */
double labels_together_half_width(const outcomes *o, label_share of)
{
    const label_sums *s = &o->labels;
    double hit, in = share_of(o, of, &hit), r = hit / in, n = (double)o->n;
    double aa = (double)s->aa, pp = (double)s->pp, tt = (double)s->tt;
    double ap = (double)s->ap, at = (double)s->at, pt = (double)s->pt;
    if (in == 0 || o->n < 2)
        return 0;
    double td = of.a * at + of.p * pt + of.t * tt;
    double dd = of.a * of.a * aa + of.p * of.p * pp + of.t * of.t * tt +
                2 * (of.a * of.p * ap + of.a * of.t * at + of.p * of.t * pt);
    double squares = tt - 2 * r * td + r * r * dd;
    return squares > 0 ? interval_z * sqrt(squares / (n * (n - 1))) / (in / n) : 0;
}

/* --- over the rows ------------------------------------------------------------------------ */

static double ratio_value(const outcomes *o, label_ratio which)
{
    const label_sums *s = &o->labels;
    if (o->undefined || s->some == 0)
        return NAN;
    return (s->ratio[which].sum + s->ratio[which].error) / (double)s->some;
}

static double ratio_half_width(const outcomes *o, label_ratio which)
{
    const label_sums *s = &o->labels;
    return interval_z *
           interval_error_of_mean(s->ratio[which].sum, s->ratio_squares[which], s->some);
}

/* A row that has no label and is given none is right. */
static double dice_value(const outcomes *o)
{
    const exact_sum *f1 = &o->labels.ratio[LABEL_F1];
    if (o->undefined || o->n == 0)
        return NAN;
    return (f1->sum + f1->error + (double)(o->n - o->labels.some)) / (double)o->n;
}

static double dice_half_width(const outcomes *o)
{
    double right = (double)(o->n - o->labels.some);
    return interval_z * interval_error_of_mean(o->labels.ratio[LABEL_F1].sum + right,
                                               o->labels.ratio_squares[LABEL_F1] + right, o->n);
}

/* --- cells and losses --------------------------------------------------------------------- */

static double hamming_loss_value(const outcomes *o)
{
    double cells = (double)o->n * o->shape.classes;
    return o->undefined || o->n == 0 ? NAN : (double)o->labels.wrong / cells;
}

static double hamming_loss_half_width(const outcomes *o)
{
    return interval_z / o->shape.classes *
           interval_error_of_mean((double)o->labels.wrong, (double)o->labels.wrong_squares, o->n);
}

static double subset_accuracy_value(const outcomes *o)
{
    return o->undefined || o->n == 0 ? NAN : (double)o->labels.equal / (double)o->n;
}

static double subset_accuracy_half_width(const outcomes *o)
{
    return interval_of_share(o->labels.equal, o->n);
}

static double bce_value(const outcomes *o)
{
    const exact_sum *loss = &o->labels.loss;
    return o->undefined || o->n == 0 ? NAN : (loss->sum + loss->error) / (double)o->n;
}

static double bce_half_width(const outcomes *o)
{
    return interval_z * interval_error_of_mean(o->labels.loss.sum, o->labels.loss_squares, o->n);
}

/* --- rows of the table -------------------------------------------------------------------- */

#define LABEL_METRIC(id, title_, greater, most_, help_)                                            \
    const metric_class metric_##id = {                                                             \
        .name = #id,                                                                               \
        .title = title_,                                                                           \
        .kinds = TARGET_BIT(TARGET_LABELS),                                                        \
        .greater_is_better = greater,                                                              \
        .needs_rows = true,                                                                        \
        .most = most_,                                                                             \
        .value = id##_value,                                                                       \
        .half_width = id##_half_width,                                                             \
        .help = help_,                                                                             \
    };

LABEL_METRIC(bce, "log loss of the labels (binary cross entropy)", false, 0,
             "in nats, the mean over labels and rows; does not depend on data.decode")
LABEL_METRIC(hamming_loss, "share of labels that are wrong", false, 1,
             "of all labels of all rows; with few labels a row, predicting none does well")
LABEL_METRIC(subset_accuracy, "share of rows whose labels are all right", true, 1,
             "one wrong label counts as much as all")
LABEL_METRIC(dice, "Dice coefficient, averaged over the rows", true, 1,
             "twice the common labels over those that came and those predicted; 1 where there are "
             "none of either")

#define RATIO(id, which)                                                                           \
    static double id##_value(const outcomes *o)                                                    \
    {                                                                                              \
        return ratio_value(o, which);                                                              \
    }                                                                                              \
    static double id##_half_width(const outcomes *o)                                               \
    {                                                                                              \
        return ratio_half_width(o, which);                                                         \
    }

RATIO(precision_samples, LABEL_PRECISION)
RATIO(recall_samples, LABEL_RECALL)
RATIO(f1_samples, LABEL_F1)
RATIO(jaccard_samples, LABEL_JACCARD)

#define OVER_ROWS "rows that have no label and are given none do not count"

LABEL_METRIC(precision_samples, "precision of each row's labels, averaged", true, 1, OVER_ROWS)
LABEL_METRIC(recall_samples, "recall of each row's labels, averaged", true, 1, OVER_ROWS)
LABEL_METRIC(f1_samples, "F1 of each row's labels, averaged", true, 1, OVER_ROWS)
LABEL_METRIC(jaccard_samples, "Jaccard index of each row's labels, averaged", true, 1, OVER_ROWS)

static const label_share jaccard = {1, 1, -1};

static double jaccard_micro_value(const outcomes *o)
{
    return labels_together(o, jaccard);
}

static double jaccard_micro_half_width(const outcomes *o)
{
    return labels_together_half_width(o, jaccard);
}

LABEL_METRIC(jaccard_micro, "Jaccard index of all labels counted together", true, 1,
             "the common labels over those that came or were predicted")
