#define SEQUENCE_ROW  sequence_baseline
#define SEQUENCE_TEXT "baseline"
#define FLOAT_LANES   4
#include "kernel/simd/sequence.inc.h"
