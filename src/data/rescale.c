#include "data/rescale.h"

#include <math.h>

rescale rescale_minmax(const double *x, int64_t n)
{
    double low = INFINITY, high = -INFINITY;
    for (int64_t i = 0; i < n; i++) {
        low = x[i] < low ? x[i] : low;
        high = x[i] > high ? x[i] : high;
    }
    return low <= high ? (rescale){low, high > low ? high - low : 1} : (rescale){0, 1};
}

/* Mean and squares by Welford 1962, so that nothing cancels. */
rescale rescale_zscore(const double *x, int64_t n)
{
    double mean = 0, squares = 0, seen = 0;
    for (int64_t i = 0; i < n; i++) {
        if (x[i] != x[i])
            continue;
        double away = x[i] - mean;
        mean += away / ++seen;
        squares += away * (x[i] - mean);
    }
    return (rescale){mean, squares > 0 ? sqrt(squares / seen) : 1};
}

void rescale_apply(rescale r, double *x, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        x[i] = (x[i] - r.shift) / r.scale;
}

void rescale_invert(rescale r, double *x, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        x[i] = x[i] * r.scale + r.shift;
}
