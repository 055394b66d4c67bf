#include "kernel/nearest.h"

const nearest_class *nearest_for(const kernel_class *k)
{
#if STINT_SIMD_X86
    if (k == &kernel_avx512)
        return &nearest_avx512;
    if (k == &kernel_avx2 && __builtin_cpu_supports("fma"))
        return &nearest_avx2;
#endif
    (void)k;
    return &nearest_baseline;
}
