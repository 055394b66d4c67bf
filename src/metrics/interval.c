#include "metrics/interval.h"

#include <math.h>

const double interval_z = 1.959963984540054;

double interval_error_of_mean(double sum, double square_sum, int64_t n)
{
    if (n < 2)
        return 0;
    double mean = sum / (double)n, variance = square_sum / (double)n - mean * mean;
    return variance > 0 ? sqrt(variance / (double)(n - 1)) : 0;
}

double interval_of_share(int64_t count, int64_t n)
{
    if (n == 0)
        return 0;
    double p = (double)count / (double)n, z2 = interval_z * interval_z / (double)n;
    double half = interval_z * sqrt(p * (1 - p) / (double)n + z2 / (4 * (double)n));
    double shift = fabs(0.5 - p) * z2; /* towards a half */
    return (half + shift) / (1 + z2);
}
