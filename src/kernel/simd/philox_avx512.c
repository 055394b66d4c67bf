#define PHILOX_NAME philox_avx512
#define WIDE_LANES  8
#include "kernel/simd/philox.inc.h"
