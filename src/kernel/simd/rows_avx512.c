#define ROWS_NAME   rows_avx512
#define ROWS_TEXT   "avx512"
#define FLOAT_LANES 16
#include "kernel/simd/rows.inc.h"
