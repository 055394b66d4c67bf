#define APART_NAME   apart_avx2
#define APART_TEXT   "avx2"
#define VECTOR_LANES 4
#include "kernel/simd/apart.inc.h"
