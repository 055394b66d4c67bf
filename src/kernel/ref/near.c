#include "kernel/ref/near.h"

#include <math.h>

enum { TILE = KERNEL_QUERIES * KERNEL_PANEL };

/* Which of a panel's distances are near, as bits. */
static uint64_t near_bits(const double *out, const double *limit)
{
    uint64_t bits = 0;
    for (int i = 0; i < TILE; i++)
        if (!(out[i] >= limit[i / KERNEL_PANEL]))
            bits |= (uint64_t)1 << i;
    return bits;
}

int64_t ref_near_squares(const double *q, const double *x, int64_t d, int64_t panels,
                         const double *limit, double *out, uint64_t *near)
{
    for (int64_t p = 0; p < panels; p++, x += d * KERNEL_PANEL) {
        for (int i = 0; i < TILE; i++) {
            double sum = 0;
            for (int64_t j = 0; j < d; j++) {
                double e = q[j * KERNEL_QUERIES + i / KERNEL_PANEL] -
                           x[j * KERNEL_PANEL + i % KERNEL_PANEL];
                sum += e * e;
            }
            out[i] = sum;
        }
        if ((*near = near_bits(out, limit)) != 0)
            return p;
    }
    return panels;
}

int64_t ref_near_sizes(const double *q, const double *x, int64_t d, int64_t panels,
                       const double *limit, double *out, uint64_t *near)
{
    for (int64_t p = 0; p < panels; p++, x += d * KERNEL_PANEL) {
        for (int i = 0; i < TILE; i++) {
            double sum = 0;
            for (int64_t j = 0; j < d; j++)
                sum += fabs(q[j * KERNEL_QUERIES + i / KERNEL_PANEL] -
                            x[j * KERNEL_PANEL + i % KERNEL_PANEL]);
            out[i] = sum;
        }
        if ((*near = near_bits(out, limit)) != 0)
            return p;
    }
    return panels;
}
