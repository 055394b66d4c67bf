#include "kernel/distance_sums.h"

distance_sums *distance_sums_of(const kernel_class *k)
{
#if STINT_SIMD_X86
    if (k == &kernel_avx512)
        return distance_sums_avx512;
    if (k == &kernel_avx2)
        return distance_sums_avx2;
#endif
    (void)k;
    return distance_sums_ref;
}
