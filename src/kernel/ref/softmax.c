#include "kernel/ref/softmax.h"

#include <string.h>

const double exp_series[EXP_TERMS] = {
    1 / 6227020800.0,
    1 / 479001600.0,
    1 / 39916800.0,
    1 / 3628800.0,
    1 / 362880.0,
    1 / 40320.0,
    1 / 5040.0,
    1 / 720.0,
    1 / 120.0,
    1 / 24.0,
    1 / 6.0,
    1 / 2.0,
    1.0,
    1.0,
};

/* x ≤ 0 */
static double exp_of(double x)
{
    double least = x < EXP_LEAST ? EXP_LEAST : x, rounded = least * EXP_LOG2E + EXP_ROUND;
    double k = rounded - EXP_ROUND, r = (least - k * EXP_LN2_TOP) - k * EXP_LN2_LOW;
    double square = r * r, odd = exp_series[0], even = exp_series[1], power;
    for (int i = 2; i < EXP_TERMS; i += 2) {
        odd = odd * square + exp_series[i];
        even = even * square + exp_series[i + 1];
    }
    double e = odd * r + even;
    uint64_t bits;
    memcpy(&bits, &rounded, sizeof bits);
    bits = (bits << 52) + 0x3ff0000000000000u;
    memcpy(&power, &bits, sizeof power);
    return e * power;
}

void ref_softmax(double *z, int64_t classes, int64_t stride, int64_t n, double *top, double *sum)
{
    for (int64_t r = 0; r < n; r++) {
        double most = z[r], total = 0;
        for (int64_t k = 1; k < classes; k++)
            most = z[k * stride + r] > most ? z[k * stride + r] : most;
        for (int64_t k = 0; k < classes; k++)
            total += z[k * stride + r] = exp_of(z[k * stride + r] - most);
        for (int64_t k = 0; k < classes; k++)
            z[k * stride + r] *= 1 / total;
        top[r] = most;
        sum[r] = total;
    }
}
