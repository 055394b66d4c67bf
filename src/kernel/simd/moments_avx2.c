#define KERNEL_NAME  kernel_avx2
#define KERNEL_TEXT  "avx2"
#define VECTOR_LANES 4
#define GRAM_ROWS    4
#include "kernel/simd/moments.inc.h"
