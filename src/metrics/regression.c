#include "metrics/interval.h"
#include "metrics/metric.h"

#include <math.h>

/* Intervals are asymptotic: the mean of squares (or sizes) of n errors is normal about its
 * expectation with variance Var/n; the delta method carries it through the root.  That of R² takes
 * the variance of the y that came for theirs, so it is too narrow for other y.  Over several
 * targets it is the half widths' mean, as if the targets' errors went together. */

static double over_targets(const metric_class *m, double (*f)(const residuals *),
                           const residuals *r, int targets)
{
    double sum = 0, most = f(&r[0]);
    for (int t = 0; t < targets; t++) {
        double v = f(&r[t]);
        sum += v;
        most = v > most || isnan(v) ? v : most;
    }
    return m->worst_target ? most : sum / targets;
}

double metric_of_residuals(const metric_class *m, const residuals *r, int targets)
{
    return over_targets(m, m->target_value, r, targets);
}

double metric_half_width_of_residuals(const metric_class *m, const residuals *r, int targets)
{
    return over_targets(m, m->target_half_width, r, targets);
}

/* The two functions of a row over all targets of a pass. */
#define OVER_TARGETS(metric)                                                                       \
    static double metric##_value(const outcomes *o)                                                \
    {                                                                                              \
        return metric_of_residuals(&metric_##metric, o->residuals, o->shape.targets);              \
    }                                                                                              \
    static double metric##_half_width(const outcomes *o)                                           \
    {                                                                                              \
        return metric_half_width_of_residuals(&metric_##metric, o->residuals, o->shape.targets);   \
    }

OVER_TARGETS(rmse)
OVER_TARGETS(mae)
OVER_TARGETS(r2)
OVER_TARGETS(max_error)

static double target_rmse(const residuals *r)
{
    return sqrt(r->square_sum / (double)r->n);
}

static double target_rmse_half(const residuals *r)
{
    double rmse = target_rmse(r);
    return rmse > 0 ? interval_z * interval_error_of_mean(r->square_sum, r->fourth_sum, r->n) /
                          (2 * rmse)
                    : 0;
}

static double target_mae(const residuals *r)
{
    return r->abs_sum / (double)r->n;
}

static double target_mae_half(const residuals *r)
{
    return interval_z * interval_error_of_mean(r->abs_sum, r->square_sum, r->n);
}

/* 1 - Σ(y-ŷ)²/Σ(y-ȳ)²; a constant target scores 1 when hit exactly, else 0; a single row has no
 * variance to explain. */
static double target_r2(const residuals *r)
{
    if (r->n < 2 || isnan(r->square_sum))
        return NAN;
    if (r->y_m2 == 0)
        return r->square_sum == 0 ? 1 : 0;
    return 1 - r->square_sum / r->y_m2;
}

static double target_r2_half(const residuals *r)
{
    if (r->y_m2 == 0)
        return 0;
    return interval_z * interval_error_of_mean(r->square_sum, r->fourth_sum, r->n) /
           (r->y_m2 / (double)r->n);
}

static double target_max_error(const residuals *r)
{
    return r->n ? r->abs_max : NAN;
}

static double no_half_width(const residuals *r)
{
    (void)r;
    return 0;
}

const metric_class metric_rmse = {
    .name = "rmse",
    .title = "root mean squared error",
    .kinds = TARGET_BIT(TARGET_NUMBER),
    .value = rmse_value,
    .half_width = rmse_half_width,
    .target_value = target_rmse,
    .target_half_width = target_rmse_half,
    .help = "in units of the target; large errors weigh more",
};
const metric_class metric_mae = {
    .name = "mae",
    .title = "mean absolute error",
    .kinds = TARGET_BIT(TARGET_NUMBER),
    .needs_rows = true,
    .value = mae_value,
    .half_width = mae_half_width,
    .target_value = target_mae,
    .target_half_width = target_mae_half,
    .help = "in units of the target",
};
const metric_class metric_r2 = {
    .name = "r2",
    .title = "coefficient of determination R²",
    .kinds = TARGET_BIT(TARGET_NUMBER),
    .greater_is_better = true,
    .negative = true,
    .most = 1,
    .value = r2_value,
    .half_width = r2_half_width,
    .target_value = target_r2,
    .target_half_width = target_r2_half,
    .help = "1 is perfect, 0 is no better than the mean",
};
const metric_class metric_max_error = {
    .name = "max_error",
    .title = "largest absolute error",
    .kinds = TARGET_BIT(TARGET_NUMBER),
    .needs_rows = true,
    .worst_target = true,
    .value = max_error_value,
    .half_width = max_error_half_width,
    .target_value = target_max_error,
    .target_half_width = no_half_width,
    .help = "in units of the target",
};
