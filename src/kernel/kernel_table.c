#include "kernel/kernel.h"

#include <stdlib.h>
#include <string.h>

static const kernel_class *kernel_best(void)
{
#if STINT_SIMD_X86
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl"))
        return &kernel_avx512;
    if (__builtin_cpu_supports("avx2"))
        return &kernel_avx2;
#endif
    return &kernel_baseline;
}

const kernel_class *kernel(void)
{
    const kernel_class *best = kernel_best();
    const char *asked = getenv("STINT_ISA");
    if (asked && strcmp(asked, "baseline") == 0)
        return &kernel_baseline;
#if STINT_SIMD_X86
    if (asked && strcmp(asked, "avx2") == 0 && best == &kernel_avx512)
        return &kernel_avx2;
#endif
    return best;
}
