#define SEQUENCE_ROW  sequence_avx512_f32
#define SEQUENCE_TEXT "avx512"
#define REAL          float
#define FLOAT_CELLS
#define VECTOR_BYTES 64
#define TILE_ROWS    6
#include "kernel/simd/sequence.inc.h"
