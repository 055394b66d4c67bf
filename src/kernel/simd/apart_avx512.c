#define APART_NAME   apart_avx512
#define APART_TEXT   "avx512"
#define VECTOR_LANES 8
#include "kernel/simd/apart.inc.h"
