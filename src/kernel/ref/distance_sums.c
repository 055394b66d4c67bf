#include "kernel/distance_sums.h"

#include <math.h>

void distance_sums_ref(const double *q, const double *x, int64_t d, int64_t panels, double *sum)
{
    for (int64_t p = 0; p < panels; p++, x += d * KERNEL_PANEL)
        for (int i = 0; i < KERNEL_QUERIES; i++) {
            double square[KERNEL_PANEL] = {0};
            for (int64_t j = 0; j < d; j++)
                for (int r = 0; r < KERNEL_PANEL; r++) {
                    double e = q[j * KERNEL_QUERIES + i] - x[j * KERNEL_PANEL + r];
                    square[r] += e * e;
                }
            for (int r = 0; r < KERNEL_PANEL; r++)
                sum[i * KERNEL_PANEL + r] += sqrt(square[r]);
        }
}
