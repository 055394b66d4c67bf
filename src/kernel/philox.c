#include "kernel/philox.h"

#include "kernel/kernel.h"

#include <stdatomic.h>

static philox_fill *find(void)
{
    const kernel_class *k = kernel();
#if STINT_SIMD_X86
    if (k == &kernel_avx512)
        return philox_avx512;
    if (k == &kernel_avx2)
        return philox_avx2;
#endif
    (void)k;
    return philox_baseline;
}

philox_fill *philox(void)
{
    static _Atomic(philox_fill *) found;
    philox_fill *f = atomic_load_explicit(&found, memory_order_relaxed);
    if (!f) {
        f = find();
        atomic_store_explicit(&found, f, memory_order_relaxed);
    }
    return f;
}
