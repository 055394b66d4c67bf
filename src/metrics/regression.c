#include "metrics/metric.h"

#include <math.h>

/* Intervals are asymptotic: the mean of squares (or sizes) of n errors is normal about its
 * expectation with variance Var/n; the delta method carries it through the root. */

static const double z95 = 1.959963984540054;

/* Standard error of a mean, from the sums of values and of their squares. */
static double standard_error(double sum, double square_sum, int64_t n)
{
    if (n < 2)
        return 0;
    double mean = sum / (double)n, variance = square_sum / (double)n - mean * mean;
    return variance > 0 ? sqrt(variance / (double)(n - 1)) : 0;
}

static double rmse_value(const residuals *r)
{
    return sqrt(r->square_sum / (double)r->n);
}

static double rmse_half_width(const residuals *r)
{
    double rmse = rmse_value(r);
    return rmse > 0 ? z95 * standard_error(r->square_sum, r->fourth_sum, r->n) / (2 * rmse) : 0;
}

static double mae_value(const residuals *r)
{
    return r->abs_sum / (double)r->n;
}

static double mae_half_width(const residuals *r)
{
    return z95 * standard_error(r->abs_sum, r->square_sum, r->n);
}

/* 1 - Σ(y-ŷ)²/Σ(y-ȳ)²; a constant target scores 1 when hit exactly, else 0. */
static double r2_value(const residuals *r)
{
    if (r->y_m2 == 0)
        return r->square_sum == 0 ? 1 : 0;
    return 1 - r->square_sum / r->y_m2;
}

static double r2_half_width(const residuals *r)
{
    if (r->y_m2 == 0)
        return 0;
    return z95 * standard_error(r->square_sum, r->fourth_sum, r->n) / (r->y_m2 / (double)r->n);
}

static double max_error_value(const residuals *r)
{
    return r->abs_max;
}

static double no_half_width(const residuals *r)
{
    (void)r;
    return 0;
}

const metric_class metric_rmse = {
    .name = "rmse",
    .title = "root mean squared error",
    .value = rmse_value,
    .half_width = rmse_half_width,
    .help = "in units of the target; large errors weigh more",
};
const metric_class metric_mae = {
    .name = "mae",
    .title = "mean absolute error",
    .needs_rows = true,
    .value = mae_value,
    .half_width = mae_half_width,
    .help = "in units of the target",
};
const metric_class metric_r2 = {
    .name = "r2",
    .title = "coefficient of determination R²",
    .greater_is_better = true,
    .most = 1,
    .value = r2_value,
    .half_width = r2_half_width,
    .help = "1 is perfect, 0 is no better than the mean",
};
const metric_class metric_max_error = {
    .name = "max_error",
    .title = "largest absolute error",
    .needs_rows = true,
    .worst_target = true,
    .value = max_error_value,
    .half_width = no_half_width,
    .help = "in units of the target",
};
