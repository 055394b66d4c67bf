#define SEQUENCE_ROW  sequence_baseline_f32
#define SEQUENCE_TEXT "baseline"
#define REAL          float
#define FLOAT_CELLS
#define VECTOR_BYTES 16
#define TILE_ROWS    3
#include "kernel/simd/sequence.inc.h"
