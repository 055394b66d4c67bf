#define ROWS_NAME   rows_baseline
#define ROWS_TEXT   "baseline"
#define FLOAT_LANES 4
#include "kernel/simd/rows.inc.h"
