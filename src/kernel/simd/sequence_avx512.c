#define SEQUENCE_ROW  sequence_avx512
#define SEQUENCE_TEXT "avx512"
#define FLOAT_LANES   16
#include "kernel/simd/sequence.inc.h"
