#define DISTANCE_SUMS distance_sums_avx512
#define VECTOR_LANES  8
#define ROOTS(v)      ((lanes)_mm512_sqrt_pd((__m512d)(v)))
#include "kernel/simd/distance_sums.inc.h"
