#define NEAREST_NAME          nearest_avx2
#define NEAREST_TEXT          "avx2"
#define VECTOR_BYTES          32
#define NEAREST_MOST          6
#define TARGET                __attribute__((target("avx2,fma")))
#define MULTIPLY_ADD(a, b, c) ((f32s)_mm256_fmadd_ps((__m256)(a), (__m256)(b), (__m256)(c)))
#include "kernel/simd/nearest.inc.h"
