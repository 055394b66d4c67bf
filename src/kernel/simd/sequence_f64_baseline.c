#define SEQUENCE_ROW  sequence_baseline_f64
#define SEQUENCE_TEXT "baseline"
#define REAL          double
#define VECTOR_BYTES  16
#define TILE_ROWS     3
#include "kernel/simd/sequence.inc.h"
