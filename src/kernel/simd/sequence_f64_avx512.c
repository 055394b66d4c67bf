#define SEQUENCE_ROW  sequence_avx512_f64
#define SEQUENCE_TEXT "avx512"
#define REAL          double
#define VECTOR_BYTES  64
#define TILE_ROWS     6
#include "kernel/simd/sequence.inc.h"
