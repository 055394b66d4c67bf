#define ROWS_NAME   rows_avx2
#define ROWS_TEXT   "avx2"
#define FLOAT_LANES 8
#include "kernel/simd/rows.inc.h"
