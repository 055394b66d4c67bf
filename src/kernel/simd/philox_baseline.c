#define PHILOX_NAME philox_baseline
#define WIDE_LANES  2
#include "kernel/simd/philox.inc.h"
