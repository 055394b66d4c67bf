#include "metrics/ascending.h"
#include "metrics/interval.h"
#include "metrics/metric.h"

#include <math.h>

/* Quantiles of |error|, linear between the two nearest of the ordered errors; several targets:
 * their mean.  The interval is of order statistics: the number of errors below the true quantile is
 * binomial, whatever their distribution; 0 where too few rows came to enclose it. */

/* The ordered errors of target k, or NULL where they are not known. */
static const double *ordered(const outcomes *o, int k)
{
    if (!o->shape.keep || o->n == 0 || isnan(o->residuals[k].abs_max))
        return NULL;
    double *errors = o->kept + k * o->shape.rows;
    ascending(errors, o->n);
    return errors;
}

/* At a place between 0 and n - 1. */
static double between(const double *x, double place)
{
    int64_t i = (int64_t)place;
    double part = place - (double)i;
    return part > 0 && x[i] < x[i + 1] ? x[i] + part * (x[i + 1] - x[i]) : x[i];
}

static double quantile_value(const outcomes *o, double q)
{
    double sum = 0;
    for (int k = 0; k < o->shape.targets; k++) {
        const double *errors = ordered(o, k);
        sum += errors ? between(errors, q * (double)(o->n - 1)) : NAN;
    }
    return sum / o->shape.targets;
}

static double quantile_half_width(const outcomes *o, double q)
{
    double n = (double)o->n, sum = 0, reach = interval_z * sqrt(n * q * (1 - q));
    double low = q * (n - 1) - reach, high = q * (n - 1) + reach;
    if (low < 0 || high > n - 1)
        return 0;
    for (int k = 0; k < o->shape.targets; k++) {
        const double *errors = ordered(o, k);
        sum += errors ? (between(errors, high) - between(errors, low)) / 2 : 0;
    }
    return sum / o->shape.targets;
}

#define QUANTILE(percent, text)                                                                    \
    static double p##percent##_value(const outcomes *o)                                            \
    {                                                                                              \
        return quantile_value(o, percent / 100.0);                                                 \
    }                                                                                              \
    static double p##percent##_half_width(const outcomes *o)                                       \
    {                                                                                              \
        return quantile_half_width(o, percent / 100.0);                                            \
    }                                                                                              \
    const metric_class metric_error_p##percent = {                                                 \
        .name = "error_p" #percent,                                                                \
        .title = text " of the absolute error",                                                    \
        .kinds = TARGET_BIT(TARGET_NUMBER) | TARGET_BIT(TARGET_ANGLE),                             \
        .needs_rows = true,                                                                        \
        .keeps = true,                                                                             \
        .value = p##percent##_value,                                                               \
        .half_width = p##percent##_half_width,                                                     \
        .help =                                                                                    \
            "in units of the target; " #percent " % of the rows are predicted at least as well",   \
    };

QUANTILE(50, "median")
QUANTILE(90, "90th percentile")
QUANTILE(95, "95th percentile")
