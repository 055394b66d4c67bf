#include "metrics/interval.h"
#include "metrics/metric.h"

#include <math.h>

/* How often the likeliest class is the one that came. */

static int64_t hits(const outcomes *o)
{
    int64_t sum = 0;
    for (int k = 0; k < o->shape.classes; k++)
        sum += o->confusion[(int64_t)k * o->shape.classes + k];
    return sum;
}

static double accuracy_value(const outcomes *o)
{
    return o->undefined ? NAN : (double)hits(o) / (double)o->n;
}

static double accuracy_half_width(const outcomes *o)
{
    return interval_of_share(hits(o), o->n);
}

/* The mean over the classes that came of the share of each that was hit. */
static double balanced_accuracy_value(const outcomes *o)
{
    double sum = 0;
    int classes = 0;
    for (int k = 0; k < o->shape.classes; k++)
        if (o->came[k]) {
            sum += (double)o->confusion[(int64_t)k * o->shape.classes + k] / (double)o->came[k];
            classes++;
        }
    return o->undefined || !classes ? NAN : sum / classes;
}

/* The classes' shares are independent, so half widths add by squares. */
static double balanced_accuracy_half_width(const outcomes *o)
{
    double squares = 0;
    int classes = 0;
    for (int k = 0; k < o->shape.classes; k++)
        if (o->came[k]) {
            double half =
                interval_of_share(o->confusion[(int64_t)k * o->shape.classes + k], o->came[k]);
            squares += half * half;
            classes++;
        }
    return classes ? sqrt(squares) / classes : 0;
}

const metric_class metric_accuracy = {
    .name = "accuracy",
    .title = "share of rows whose class is predicted",
    .kinds = TARGET_BIT(TARGET_CLASS),
    .greater_is_better = true,
    .needs_rows = true,
    .most = 1,
    .value = accuracy_value,
    .half_width = accuracy_half_width,
    .help = "the class of the largest probability; common classes weigh more",
};
const metric_class metric_balanced_accuracy = {
    .name = "balanced_accuracy",
    .title = "accuracy, averaged over the classes",
    .kinds = TARGET_BIT(TARGET_CLASS),
    .greater_is_better = true,
    .needs_rows = true,
    .most = 1,
    .value = balanced_accuracy_value,
    .half_width = balanced_accuracy_half_width,
    .help = "every class that came weighs the same",
};
