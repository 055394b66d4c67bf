#define DISTANCE_SUMS distance_sums_avx2
#define VECTOR_LANES  4
#define ROOTS(v)      ((lanes)_mm256_sqrt_pd((__m256d)(v)))
#include "kernel/simd/distance_sums.inc.h"
