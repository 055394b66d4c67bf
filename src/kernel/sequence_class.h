/* The rows of the table of cells (kernel/sequence.h). */
#ifndef KERNEL_SEQUENCE_CLASS_H
#define KERNEL_SEQUENCE_CLASS_H

#include "kernel/sequence.h"

extern const sequence_class sequence_ref_f32, sequence_ref_f64;
extern const sequence_class sequence_baseline_f32, sequence_baseline_f64;
extern const sequence_class sequence_avx2_f32, sequence_avx2_f64;
extern const sequence_class sequence_avx512_f32, sequence_avx512_f64;

#endif
