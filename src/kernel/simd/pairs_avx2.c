#define PAIRS_NAME   pairs_avx2
#define PAIRS_TEXT   "avx2"
#define VECTOR_BYTES 32
#include "kernel/simd/pairs.inc.h"
