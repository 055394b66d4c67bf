/* The table of element-wise kernels: a row an instruction set, chosen once. */
#include "kernel/element_impl.h"

#include "kernel/kernel.h"

#include <stdatomic.h>

const element_op_facts element_ops[ELEMENT_OPS] = {
#define X(name, operands, text, flops) {text, operands, flops},
    ELEMENT_OP_LIST(X)
#undef X
};

static _Atomic(const element_class *) chosen;

static const element_class *fastest(void)
{
#if STINT_SIMD_X86
    if (kernel() == &kernel_avx512)
        return &element_avx512;
    if (kernel() == &kernel_avx2)
        return &element_avx2;
#endif
    return &element_baseline;
}

const element_class *element_kernels(void)
{
    const element_class *k = atomic_load_explicit(&chosen, memory_order_relaxed);
    if (!k)
        element_kernels_use(k = fastest());
    return k;
}

void element_kernels_use(const element_class *k)
{
    atomic_store_explicit(&chosen, k, memory_order_relaxed);
}
