#include "kernel/gemm_class.h"

#include <stdlib.h>
#include <string.h>

/* Which instruction sets' products this processor runs. */

const gemm_class *const gemm_table[GEMM_CLASSES] = {
    &gemm_ref,
    &gemm_baseline,
#if STINT_SIMD_X86
    &gemm_avx2,
    &gemm_avx512,
#endif
};

int gemm_classes(void)
{
#if STINT_SIMD_X86
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma"))
        return 2;
    if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512dq") ||
        !__builtin_cpu_supports("avx512vl"))
        return 3;
    return 4;
#else
    return 2;
#endif
}

int gemm_class_best(void)
{
    int n = gemm_classes();
    const char *asked = getenv("STINT_ISA");
    for (int i = 0; asked && i < n; i++)
        if (strcmp(asked, gemm_table[i]->name) == 0)
            return i;
    return n - 1;
}
