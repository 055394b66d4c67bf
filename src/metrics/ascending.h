/* Doubles into ascending order, in place: no memory, n log n steps at the worst. */
#ifndef METRICS_ASCENDING_H
#define METRICS_ASCENDING_H

#include <stdint.h>

void ascending(double *x, int64_t n); /* no NaN */

#endif
