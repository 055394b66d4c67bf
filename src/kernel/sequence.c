#include "kernel/sequence.h"

#include "kernel/gemm_class.h"
#include "kernel/sequence_class.h"

/* The table of cells, by instruction set and domain. */

const sequence_parts sequence_parts_of[SEQUENCE_CELLS] = {
    [SEQUENCE_LSTM] = {.gates = 4, .kept = 6, .state = 4, .back = 4, .through = 0},
    [SEQUENCE_GRU] = {.gates = 3, .kept = 5, .state = 4, .back = 6, .through = 3},
};

static const sequence_class *const sequence_table[GEMM_CLASSES][2] = {
    {&sequence_ref_f32, &sequence_ref_f64},
    {&sequence_baseline_f32, &sequence_baseline_f64},
#if STINT_SIMD_X86
    {&sequence_avx2_f32, &sequence_avx2_f64},
    {&sequence_avx512_f32, &sequence_avx512_f64},
#endif
};

const sequence_class *sequence_of(int path, element_domain d)
{
    return sequence_table[path][d];
}
