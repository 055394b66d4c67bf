/* The softmax kernel with rows in lanes; operations and their order are the reference's. */

#include "kernel/ref/softmax.h"

typedef uint64_t lanes_bits __attribute__((vector_size(8 * VECTOR_LANES)));
typedef int64_t lanes_mask __attribute__((vector_size(8 * VECTOR_LANES)));

/* a where the mask is all ones, else b */
static inline lanes simd_choose(lanes_mask mask, lanes a, lanes b)
{
    return (lanes)(((lanes_mask)a & mask) | ((lanes_mask)b & ~mask));
}

static inline lanes simd_exp(lanes x)
{
    const lanes zero = {0};
    lanes low = zero + EXP_LEAST, least = simd_choose(x < low, low, x);
    lanes rounded = least * EXP_LOG2E + EXP_ROUND;
    lanes k = rounded - EXP_ROUND, r = (least - k * EXP_LN2_TOP) - k * EXP_LN2_LOW;
    lanes square = r * r, odd = zero + exp_series[0], even = zero + exp_series[1];
    for (int i = 2; i < EXP_TERMS; i += 2) {
        odd = odd * square + exp_series[i];
        even = even * square + exp_series[i + 1];
    }
    return (odd * r + even) * (lanes)(((lanes_bits)rounded << 52) + 0x3ff0000000000000u);
}

static void simd_softmax(double *z, int64_t classes, int64_t stride, int64_t n, double *top,
                         double *sum)
{
    for (int64_t r = 0; r < n; r += VECTOR_LANES) {
        lanes most = *(const loose *)(z + r), total = {0};
        for (int64_t k = 1; k < classes; k++) {
            lanes one = *(const loose *)(z + k * stride + r);
            most = simd_choose(one > most, one, most);
        }
        for (int64_t k = 0; k < classes; k++) {
            lanes e = simd_exp(*(const loose *)(z + k * stride + r) - most);
            total += e;
            *(loose *)(z + k * stride + r) = e;
        }
        lanes share = 1 / total;
        for (int64_t k = 0; k < classes; k++)
            *(loose *)(z + k * stride + r) *= share;
        *(loose *)(top + r) = most;
        *(loose *)(sum + r) = total;
    }
}
