#include "data/spread.h"

#include <assert.h>
#include <math.h>

spread spread_none(void)
{
    return (spread){.low = INFINITY, .high = -INFINITY};
}

void spread_merge(spread *a, const spread *b)
{
    double n = a->n + b->n, shift = b->mean - a->mean;
    if (b->n == 0)
        return;
    a->m2 += b->m2 + shift * shift * (a->n * b->n / n);
    a->mean += shift * (b->n / n);
    a->n = n;
    a->low = b->low < a->low ? b->low : a->low;
    a->high = b->high > a->high ? b->high : a->high;
}

static void spread_center(spread *s)
{
    s->mean = s->n > 0 ? s->mean / s->n : 0;
}

/* What the mean was off by, as the sum of the differences from it tells. */
static void spread_correct(spread *s, double off)
{
    if (s->n == 0)
        return;
    s->m2 -= off * (off / s->n);
    s->mean += off / s->n;
}

void spreads_of_values(const double *x, const uint8_t *parts, int64_t n, const int *which,
                       int groups, spread *out)
{
    double off[SPREADS_MOST] = {0};
    assert(groups <= SPREADS_MOST);
    for (int g = 0; g < groups; g++)
        out[g] = spread_none();
    for (int64_t i = 0; i < n; i++) {
        int g = which[parts[i]];
        if (g < 0 || x[i] != x[i])
            continue;
        out[g].n++;
        out[g].mean += x[i];
        out[g].low = x[i] < out[g].low ? x[i] : out[g].low;
        out[g].high = x[i] > out[g].high ? x[i] : out[g].high;
    }
    for (int g = 0; g < groups; g++)
        spread_center(&out[g]);
    for (int64_t i = 0; i < n; i++) {
        int g = which[parts[i]];
        if (g < 0 || x[i] != x[i])
            continue;
        double d = x[i] - out[g].mean;
        off[g] += d;
        out[g].m2 += d * d;
    }
    for (int g = 0; g < groups; g++)
        spread_correct(&out[g], off[g]);
}
