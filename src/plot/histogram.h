/* Histograms: bins of Scott's width, 3.49 σ n^(-1/3) (Scott 1979), brought down to 1, 2 or 5 × 10^e
 * with edges on its multiples; far outliers widen the bins rather than make more than
 * HISTOGRAM_BINS of them. */
#ifndef PLOT_HISTOGRAM_H
#define PLOT_HISTOGRAM_H

#include "plot/scale.h"

enum { HISTOGRAM_BINS = 100 };

typedef struct histogram {
    int64_t n; /* values that can be shown */
    double mean, deviation;
    range range;
    int bins; /* 0 = there is no value */
    double width;
    double low[HISTOGRAM_BINS], high[HISTOGRAM_BINS], count[HISTOGRAM_BINS]; /* [bins] */
} histogram;

/* Of value(self, i), i in 0 … n-1, which is asked for twice. */
void histogram_make(histogram *h, int64_t n, double (*value)(const void *self, int64_t i),
                    const void *self);

#endif
