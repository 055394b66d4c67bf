#include "data/filter.h"

/* The exponential mean, or low-pass filter of the first order: Brown 1956, "Exponential Smoothing
 * for Predicting Demand". */

void ema_run(double alpha, double *mean, double *x, int64_t n)
{
    double y = *mean;
    for (int64_t i = 0; i < n; i++)
        x[i] = y = (1 - alpha) * y + alpha * x[i];
    *mean = y;
}
