/* Half widths of 95 % intervals that several metrics share: normal approximations. */
#ifndef METRICS_INTERVAL_H
#define METRICS_INTERVAL_H

#include <stdint.h>

extern const double interval_z; /* the normal's 0.975 quantile */

/* Standard error of the mean of n values, from their sum and that of their squares; 0 for fewer
 * than two values. */
double interval_error_of_mean(double sum, double square_sum, int64_t n);

/* Of the share count / n: how far the farther end of Wilson's interval (1927) is from it, so that
 * the share ± this holds all of that interval, also where none or all were counted; 0 for n = 0. */
double interval_of_share(int64_t count, int64_t n);

#endif
