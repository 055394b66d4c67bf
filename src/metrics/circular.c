#include "metrics/interval.h"
#include "metrics/metric.h"

#include <math.h>

/* Errors of angles go the shorter way round.  The first two are the regression's formulas over the
 * wrapped differences; the others count rows within a limit, in degrees whatever the period. */

static double circular_mae_value(const outcomes *o)
{
    return metric_mae.target_value(&o->residuals[0]);
}

static double circular_mae_half_width(const outcomes *o)
{
    return metric_mae.target_half_width(&o->residuals[0]);
}

static double circular_rmse_value(const outcomes *o)
{
    return metric_rmse.target_value(&o->residuals[0]);
}

static double circular_rmse_half_width(const outcomes *o)
{
    return metric_rmse.target_half_width(&o->residuals[0]);
}

const metric_class metric_circular_mae = {
    .name = "circular_mae",
    .title = "mean absolute error of the angle",
    .kinds = TARGET_BIT(TARGET_ANGLE),
    .needs_rows = true,
    .value = circular_mae_value,
    .half_width = circular_mae_half_width,
    .help = "in units of the target, the shorter way round",
};
const metric_class metric_circular_rmse = {
    .name = "circular_rmse",
    .title = "root mean squared error of the angle",
    .kinds = TARGET_BIT(TARGET_ANGLE),
    .needs_rows = true,
    .value = circular_rmse_value,
    .half_width = circular_rmse_half_width,
    .help = "in units of the target, the shorter way round; large errors weigh more",
};

/* A share of rows within the limit `at` of outcome_limits. */
#define WITHIN(degrees, at, text)                                                                  \
    static double within_##degrees##_value(const outcomes *o)                                      \
    {                                                                                              \
        return o->undefined ? NAN : (double)o->within[at] / (double)o->n;                          \
    }                                                                                              \
    static double within_##degrees##_half_width(const outcomes *o)                                 \
    {                                                                                              \
        return interval_of_share(o->within[at], o->n);                                             \
    }                                                                                              \
    const metric_class metric_within_##degrees = {                                                 \
        .name = "within_" #degrees,                                                                \
        .title = "share of rows within " text,                                                     \
        .kinds = TARGET_BIT(TARGET_ANGLE),                                                         \
        .greater_is_better = true,                                                                 \
        .needs_rows = true,                                                                        \
        .most = 1,                                                                                 \
        .value = within_##degrees##_value,                                                         \
        .half_width = within_##degrees##_half_width,                                               \
        .help = "the error is at most " text ", the period being 360",                             \
    };

WITHIN(0, 0, "half a degree")
WITHIN(5, 1, "5 degrees")
WITHIN(10, 2, "10 degrees")
WITHIN(20, 3, "20 degrees")
