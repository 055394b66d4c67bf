#include "profile/bench.h"

#include <math.h>
#include <stdlib.h>

/* Statistics of times. */

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double percentile(const double *x, int n, double p)
{
    double at = p * (n - 1);
    int i = (int)at;
    return i + 1 < n ? x[i] + (at - i) * (x[i + 1] - x[i]) : x[n - 1];
}

bench_stats bench_measure(double *seconds, int n)
{
    if (n == 0)
        return (bench_stats){0, NAN, NAN, NAN, NAN, NAN, NAN};
    double mean = 0, m2 = 0;
    for (int i = 0; i < n; ++i) { /* Welford */
        double d = seconds[i] - mean;
        mean += d / (i + 1);
        m2 += d * (seconds[i] - mean);
    }
    qsort(seconds, (size_t)n, sizeof *seconds, compare_doubles);
    return (bench_stats){
        .n = n,
        .mean = mean,
        .deviation = n > 1 ? sqrt(m2 / (n - 1)) : 0,
        .min = seconds[0],
        .p50 = percentile(seconds, n, 0.5),
        .p90 = percentile(seconds, n, 0.9),
        .p99 = percentile(seconds, n, 0.99),
    };
}

/* Mann & Whitney 1947.  One merge over both sorted samples gives the rank sum of a, with
 * tied values at their mean rank, and Σ (t³ - t) over groups of t tied values. */
double bench_same(const double *a, int na, const double *b, int nb)
{
    double ranks = 0, ties = 0, n = (double)na + nb;
    int i = 0, j = 0;
    if (na == 0 || nb == 0)
        return 1;
    while (i < na || j < nb) {
        double x = j == nb || (i < na && a[i] <= b[j]) ? a[i] : b[j];
        int i0 = i, j0 = j;
        while (i < na && a[i] == x)
            ++i;
        while (j < nb && b[j] == x)
            ++j;
        double t = (double)(i - i0) + (j - j0);
        ranks += (i - i0) * (i0 + j0 + (t + 1) / 2);
        ties += t * t * t - t;
    }
    double u = ranks - na * (na + 1.0) / 2, middle = (double)na * nb / 2;
    double variance = (double)na * nb / 12 * (n + 1 - ties / (n * (n - 1)));
    double away = fabs(u - middle) - 0.5;
    return variance <= 0 || away <= 0 ? 1 : erfc(away / sqrt(2 * variance));
}
