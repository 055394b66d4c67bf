#define SEQUENCE_ROW  sequence_avx2
#define SEQUENCE_TEXT "avx2"
#define FLOAT_LANES   8
#include "kernel/simd/sequence.inc.h"
