/* The parts of the shared pass. */
#ifndef METRICS_OUTCOMES_IMPL_H
#define METRICS_OUTCOMES_IMPL_H

#include "metrics/metric.h"

enum { LABEL_BLOCK = 256 }; /* rows whose labels are decoded at once */

void exact_add(exact_sum *s, double v);

/* n <= LABEL_BLOCK rows of labels. */
void outcomes_add_labels(outcomes *o, const double *y, const double *prediction, int64_t n,
                         int64_t stride);

#endif
