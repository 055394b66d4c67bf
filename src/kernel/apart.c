#include "kernel/apart.h"

const apart_class *apart_of(const kernel_class *k)
{
#if STINT_SIMD_X86
    if (k == &kernel_avx512)
        return &apart_avx512;
    if (k == &kernel_avx2)
        return &apart_avx2;
#endif
    (void)k;
    return &apart_baseline;
}
