#define KERNEL_NAME  kernel_avx512
#define KERNEL_TEXT  "avx512"
#define VECTOR_LANES 8
#define GRAM_ROWS    8
#include "kernel/simd/moments.inc.h"
