#define SEQUENCE_ROW  sequence_avx2_f32
#define SEQUENCE_TEXT "avx2"
#define REAL          float
#define FLOAT_CELLS
#define VECTOR_BYTES 32
#define TILE_ROWS    3
#include "kernel/simd/sequence.inc.h"
