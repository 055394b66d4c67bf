#define NEAREST_NAME nearest_baseline
#define NEAREST_TEXT "baseline"
#define VECTOR_BYTES 16
#define NEAREST_MOST 6
#define TARGET
#define MULTIPLY_ADD(a, b, c) ((a) * (b) + (c))
#include "kernel/simd/nearest.inc.h"
