#include "nn/orthonormal.h"

#include <math.h>

/* In strides, whose sums do not wait for each other. */
enum { STRIDE = 8 };

static double dot(int64_t n, const double *a, const double *b)
{
    double sum[STRIDE] = {0}, all = 0;
    int64_t i = 0;
    for (; i + STRIDE <= n; i += STRIDE)
        for (int k = 0; k < STRIDE; k++)
            sum[k] += a[i + k] * b[i + k];
    for (; i < n; i++)
        all += a[i] * b[i];
    for (int k = 0; k < STRIDE; k++)
        all += sum[k];
    return all;
}

static void take_out(int64_t n, double *restrict v, const double *restrict unit)
{
    double along = dot(n, v, unit);
    int64_t i = 0;
    for (; i + STRIDE <= n; i += STRIDE)
        for (int k = 0; k < STRIDE; k++)
            v[i + k] -= along * unit[i + k];
    for (; i < n; i++)
        v[i] -= along * unit[i];
}

void orthonormal(int64_t count, int64_t n, double *v)
{
    for (int64_t k = 0; k < count; k++) {
        double *at = v + k * n;
        for (int pass = 0; pass < 2; pass++)
            for (int64_t j = 0; j < k; j++)
                take_out(n, at, v + j * n);
        double length = sqrt(dot(n, at, at));
        for (int64_t i = 0; i < n; i++)
            at[i] /= length;
    }
}
