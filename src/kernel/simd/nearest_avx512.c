#define NEAREST_NAME nearest_avx512
#define NEAREST_TEXT "avx512"
#define VECTOR_BYTES 64
#define NEAREST_MOST 12
#define TARGET
#define MULTIPLY_ADD(a, b, c) ((f32s)_mm512_fmadd_ps((__m512)(a), (__m512)(b), (__m512)(c)))
#include "kernel/simd/nearest.inc.h"
