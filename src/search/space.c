#include "search/space.h"

#include <assert.h>
#include <math.h>

/* Log spacing works on decimal exponents, so that a range of decades meets the powers of ten
 * themselves, and so that no ratio of the ends can overflow. */

static double log_value(double low, double high, double i, double last)
{
    double from = log10(low), to = log10(high);
    return pow(10, from + (to - from) * i / last);
}

/* Multiplying before dividing keeps whole steps whole; near the largest doubles it would overflow. */
static double linear_value(double low, double high, double i, double last)
{
    double span = high - low;
    return low + (span < 1e290 ? span * i / last : span / last * i);
}

double dimension_value(const dimension *d, int64_t i)
{
    assert(i >= 0 && i < d->n);
    if (d->spread == SPREAD_LIST)
        return d->list[i];
    if (i == 0)
        return d->low;
    if (i == d->n - 1)
        return d->high;
    double last = (double)(d->n - 1);
    double x = d->spread == SPREAD_LOG ? log_value(d->low, d->high, (double)i, last)
                                       : linear_value(d->low, d->high, (double)i, last);
    return fmin(fmax(x, d->low), d->high); /* rounding may step past an end */
}

int64_t grid_count(const space *s)
{
    int64_t count = 1;
    for (int k = 0, n = param_count(s->params); k < n; k++)
        if (__builtin_mul_overflow(count, s->dimensions[k].n, &count))
            return INT64_MAX;
    return count;
}

void grid_values(const space *s, int64_t index, double *values)
{
    assert(index >= 0 && index < grid_count(s));
    for (int k = param_count(s->params) - 1; k >= 0; k--) {
        const dimension *d = &s->dimensions[k];
        values[k] = dimension_value(d, index % d->n);
        index /= d->n;
    }
}
