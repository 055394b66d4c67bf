#define SEQUENCE_ROW  sequence_avx2_f64
#define SEQUENCE_TEXT "avx2"
#define REAL          double
#define VECTOR_BYTES  32
#define TILE_ROWS     3
#include "kernel/simd/sequence.inc.h"
