#include "kernel/nearest.h"

#include <math.h>

static float score(const float *x, const nearest_centers *c, int64_t center, int row)
{
    const float *at = c->c + center / c->width * c->d * c->width + center % c->width;
    float sum = c->half[center];
    for (int64_t j = 0; j < c->d; j++)
        sum += at[j * c->width] * x[j * NEAREST_ROWS + row];
    return sum;
}

static void ref_best(const float *x, const nearest_centers *c, float *best, float *second,
                     int32_t *index)
{
    for (int i = 0; i < NEAREST_ROWS; i++) {
        best[i] = second[i] = INFINITY;
        index[i] = 0;
        for (int64_t k = 0; k < c->blocks * c->width; k++) {
            float s = score(x, c, k, i);
            second[i] = fminf(second[i], fmaxf(best[i], s));
            if (s < best[i]) {
                best[i] = s;
                index[i] = (int32_t)k;
            }
        }
    }
}

static void ref_below(const float *x, const nearest_centers *c, const float *limit, uint32_t *bits)
{
    for (int64_t k = 0; k < c->blocks * c->width; k++) {
        bits[k] = 0;
        for (int i = 0; i < NEAREST_ROWS; i++)
            bits[k] |= (uint32_t) !(score(x, c, k, i) >= limit[i]) << i;
    }
}

const nearest_class nearest_ref = {"ref", 4, ref_best, ref_below};
