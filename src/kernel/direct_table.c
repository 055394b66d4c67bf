#include "kernel/direct.h"
#include "kernel/gemm_class.h"

#include <stddef.h>

direct_run *direct_of(int path)
{
#if STINT_SIMD_X86
    if (gemm_table[path] == &gemm_avx512)
        return direct_avx512;
#endif
    (void)path;
    return NULL;
}

direct_weights_run *direct_weights_of(int path)
{
#if STINT_SIMD_X86
    if (gemm_table[path] == &gemm_avx512)
        return direct_weights_avx512;
#endif
    (void)path;
    return NULL;
}

direct_turned_run *direct_turned_of(int path)
{
#if STINT_SIMD_X86
    if (gemm_table[path] == &gemm_avx512)
        return direct_turned_avx512;
#endif
    (void)path;
    return NULL;
}
