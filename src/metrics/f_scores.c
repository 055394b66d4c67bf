#include "metrics/interval.h"
#include "metrics/labels.h"

#include <math.h>

/* Precision, recall and F1 are one formula, of classes and of labels.  With t_k rows of class k
 * hit, a_k that came and p_k that were predicted,
 *
 *     s_k = t_k / d_k,   d_k = α a_k + (1 - α) p_k,     α = 0 precision, 1 recall, ½ F1
 *
 * and 0 where d_k is 0.  They are averaged over the classes that came or were predicted (macro),
 * over those weighted by a_k (weighted), or as Σ t_k / Σ d_k, which of classes is the accuracy
 * (micro).  Labels of which none came or was predicted have no score.
 *
 * Half widths of macro and weighted: the delta method over the confusion matrix, whose n cells are
 * multinomial; see Takahashi, Yamamoto, Kuchiba, Koyama 2022 for F1.  0 for a perfect matrix.  A
 * row's labels depend on each other in ways that no matrix of counts holds, so of labels none is
 * known but those of micro. */

typedef enum average { macro, weighted } average;

static double class_size(const outcomes *o, int k, double alpha)
{
    return alpha * (double)o->came[k] + (1 - alpha) * (double)o->predicted[k];
}

static double class_score(const outcomes *o, int k, double alpha)
{
    double size = class_size(o, k, alpha);
    int64_t hit = o->shape.kind == TARGET_LABELS ? o->hit[k]
                                                 : o->confusion[(int64_t)k * o->shape.classes + k];
    return size > 0 ? (double)hit / size : 0;
}

static int classes_seen(const outcomes *o)
{
    int seen = 0;
    for (int k = 0; k < o->shape.classes; k++)
        seen += o->came[k] || o->predicted[k];
    return seen;
}

/* Any will do for a class not seen: its score is 0. */
static double class_weight(const outcomes *o, int k, average by, int seen)
{
    return by == weighted ? (double)o->came[k] / (double)o->n : 1.0 / seen;
}

static double averaged_classes(const outcomes *o, double alpha, average by)
{
    double sum = 0;
    int seen = classes_seen(o);
    for (int k = 0; k < o->shape.classes; k++)
        sum += class_weight(o, k, by, seen) * class_score(o, k, alpha);
    return sum;
}

/* A row may have several labels, or none: weights are shares of all that came. */
static double averaged_labels(const outcomes *o, double alpha, average by)
{
    double sum = 0, weights = 0;
    for (int k = 0; k < o->shape.classes; k++) {
        bool seen = o->came[k] || o->predicted[k];
        double weight = by == weighted ? (double)o->came[k] : seen;
        sum += weight * class_score(o, k, alpha);
        weights += weight;
    }
    return weights > 0 ? sum / weights : NAN;
}

static double averaged(const outcomes *o, double alpha, average by)
{
    bool labels = o->shape.kind == TARGET_LABELS;
    if (o->undefined || o->n == 0)
        return NAN;
    return (labels ? averaged_labels : averaged_classes)(o, alpha, by);
}

/* What a share of all rows, given to class k, moves in the average by way of d_k. */
static double size_slope(const outcomes *o, int k, double alpha, average by, int seen)
{
    double size = class_size(o, k, alpha);
    return size > 0 ? class_weight(o, k, by, seen) * (double)o->n / size : 0;
}

/* Σ of cell (i, j) times its derivative, or the derivative's square. */
static double averaged_half_width(const outcomes *o, double alpha, average by)
{
    double sum = 0, square_sum = 0;
    int classes = o->shape.classes, seen = classes_seen(o);
    if (o->shape.kind == TARGET_LABELS)
        return 0;
    for (int i = 0; i < classes; i++) {
        double si = class_score(o, i, alpha), slope = size_slope(o, i, alpha, by, seen);
        double row = (by == weighted ? si : 0) - alpha * si * slope;
        for (int j = 0; j < classes; j++) {
            double cell = (double)o->confusion[(int64_t)i * classes + j];
            if (cell == 0)
                continue;
            double g = row + (i == j ? slope : 0) -
                       (1 - alpha) * class_score(o, j, alpha) * size_slope(o, j, alpha, by, seen);
            sum += cell * g;
            square_sum += cell * g * g;
        }
    }
    return interval_z * interval_error_of_mean(sum, square_sum, o->n);
}

static double together(const outcomes *o, double alpha)
{
    bool labels = o->shape.kind == TARGET_LABELS;
    return labels ? labels_together(o, (label_share){alpha, 1 - alpha, 0})
                  : metric_accuracy.value(o);
}

static double together_half_width(const outcomes *o, double alpha)
{
    bool labels = o->shape.kind == TARGET_LABELS;
    return labels ? labels_together_half_width(o, (label_share){alpha, 1 - alpha, 0})
                  : metric_accuracy.half_width(o);
}

/* --- rows --------------------------------------------------------------------------------- */

#define AVERAGED(metric, alpha, by)                                                                \
    static double metric##_##by##_value(const outcomes *o)                                         \
    {                                                                                              \
        return averaged(o, alpha, by);                                                             \
    }                                                                                              \
    static double metric##_##by##_half_width(const outcomes *o)                                    \
    {                                                                                              \
        return averaged_half_width(o, alpha, by);                                                  \
    }

#define F_SCORE(id, title_, value_, half_width_, help_)                                            \
    const metric_class metric_##id = {                                                             \
        .name = #id,                                                                               \
        .title = title_,                                                                           \
        .kinds = TARGET_BIT(TARGET_CLASS) | TARGET_BIT(TARGET_LABELS),                             \
        .greater_is_better = true,                                                                 \
        .needs_rows = true,                                                                        \
        .most = 1,                                                                                 \
        .value = value_,                                                                           \
        .half_width = half_width_,                                                                 \
        .help = help_,                                                                             \
    };

#define TOGETHER(metric, alpha)                                                                    \
    static double metric##_micro_value(const outcomes *o)                                          \
    {                                                                                              \
        return together(o, alpha);                                                                 \
    }                                                                                              \
    static double metric##_micro_half_width(const outcomes *o)                                     \
    {                                                                                              \
        return together_half_width(o, alpha);                                                      \
    }

/* One measure in its three averages. */
#define F_SCORES(metric, noun, alpha)                                                              \
    AVERAGED(metric, alpha, macro)                                                                 \
    AVERAGED(metric, alpha, weighted)                                                              \
    TOGETHER(metric, alpha)                                                                        \
    F_SCORE(metric##_macro, noun ", averaged over the classes or labels", metric##_macro_value,    \
            metric##_macro_half_width, "every one that came or was predicted weighs the same")     \
    F_SCORE(metric##_micro, noun " of all classes or labels counted together",                     \
            metric##_micro_value, metric##_micro_half_width,                                       \
            "of classes it equals the accuracy, as every row has one")                             \
    F_SCORE(metric##_weighted, noun ", averaged over the rows' classes or labels",                 \
            metric##_weighted_value, metric##_weighted_half_width,                                 \
            "each weighs as often as it came")

F_SCORES(precision, "precision", 0.0)
F_SCORES(recall, "recall", 1.0)
F_SCORES(f1, "F1", 0.5)
