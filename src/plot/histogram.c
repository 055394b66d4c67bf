#include "plot/histogram.h"

#include <math.h>

/* Two passes: Welford's sums for the width of the bins, then the counts. */

enum { BINS_AIMED = 36 };

static void measure(histogram *h, int64_t n, double (*value)(const void *self, int64_t i),
                    const void *self)
{
    double m2 = 0;
    *h = (histogram){.range = RANGE_EMPTY};
    for (int64_t i = 0; i < n; ++i) {
        double r = value(self, i);
        if (!scale_shows(PLOT_LINEAR, r))
            continue;
        range_add(&h->range, PLOT_LINEAR, r);
        double d = r - h->mean;
        h->mean += d / (double)++h->n;
        m2 += d * (r - h->mean);
    }
    h->deviation = h->n > 1 ? sqrt(m2 / (double)(h->n - 1)) : 0;
}

/* At least 0.38 of the width aimed for, which is what HISTOGRAM_BINS leaves room for. */
static double bin_width(const histogram *h)
{
    int mantissa, exponent;
    double span = h->range.high - h->range.low;
    double size = fmax(fabs(h->range.high), fabs(h->range.low));
    double width = 3.49 * h->deviation / cbrt((double)h->n);
    if (!isfinite(width) || width < span / BINS_AIMED)
        width = span / BINS_AIMED;
    if (span <= 1e-9 * size || span < 1e-290) /* a constant */
        width = size > 1e-290 ? size / 5 : 1;
    return nice_step(width, 1.5, &mantissa, &exponent);
}

void histogram_make(histogram *h, int64_t n, double (*value)(const void *self, int64_t i),
                    const void *self)
{
    measure(h, n, value, self);
    if (h->n == 0)
        return;
    h->width = bin_width(h);
    double first = floor(h->range.low / h->width);
    h->bins = (int)fmin(floor(h->range.high / h->width) - first + 1, HISTOGRAM_BINS);
    for (int i = 0; i < h->bins; ++i) {
        h->low[i] = (first + i) * h->width;
        h->high[i] = (first + i + 1) * h->width;
    }
    for (int64_t i = 0; i < n; ++i) {
        double r = value(self, i);
        if (scale_shows(PLOT_LINEAR, r))
            ++h->count[(int)fmax(0, fmin(floor(r / h->width) - first, h->bins - 1))];
    }
}
