#include "kernel/sequence.h"

#include "kernel/kernel.h"

/* The table of cells, by instruction set. */

const sequence_parts sequence_parts_of[SEQUENCE_CELLS] = {
    [SEQUENCE_LSTM] = {.gates = 4, .kept = 6, .state = 4, .back = 4, .through = 0},
    [SEQUENCE_GRU] = {.gates = 3, .kept = 5, .state = 4, .back = 6, .through = 3},
};

const sequence_class *sequence_of(element_domain d)
{
    if (d == ELEMENT_F64)
        return &sequence_ref_f64;
#if STINT_SIMD_X86
    if (kernel() == &kernel_avx512)
        return &sequence_avx512;
    if (kernel() == &kernel_avx2)
        return &sequence_avx2;
#endif
    return &sequence_baseline;
}
