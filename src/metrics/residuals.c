#include "metrics/metric.h"

#include <math.h>

/* The larger, and a NaN for good. */
static double larger(double a, double b)
{
    return b > a || isnan(b) ? b : a;
}

/* Two passes over the block: its mean first, so that the variance never cancels. */
residuals residuals_of(const double *y, const double *prediction, int64_t n)
{
    residuals r = {.n = n};
    double sum = 0;
    for (int64_t i = 0; i < n; i++) {
        double e = y[i] - prediction[i], square = e * e, size = fabs(e);
        r.square_sum += square;
        r.fourth_sum += square * square;
        r.abs_sum += size;
        r.abs_max = larger(r.abs_max, size);
        sum += y[i];
    }
    r.y_mean = n ? sum / (double)n : 0;
    for (int64_t i = 0; i < n; i++)
        r.y_m2 += (y[i] - r.y_mean) * (y[i] - r.y_mean);
    return r;
}

residuals residuals_merge(residuals a, residuals b)
{
    if (a.n == 0 || b.n == 0)
        return a.n ? a : b;
    double n = (double)(a.n + b.n), step = b.y_mean - a.y_mean;
    return (residuals){
        .n = a.n + b.n,
        .square_sum = a.square_sum + b.square_sum,
        .fourth_sum = a.fourth_sum + b.fourth_sum,
        .abs_sum = a.abs_sum + b.abs_sum,
        .abs_max = larger(a.abs_max, b.abs_max),
        .y_mean = a.y_mean + step * ((double)b.n / n),
        .y_m2 = a.y_m2 + b.y_m2 + step * step * ((double)a.n * (double)b.n / n),
    };
}
