#define PAIRS_NAME   pairs_baseline
#define PAIRS_TEXT   "baseline"
#define VECTOR_BYTES 16
#include "kernel/simd/pairs.inc.h"
