#define PHILOX_NAME philox_avx2
#define WIDE_LANES  4
#include "kernel/simd/philox.inc.h"
