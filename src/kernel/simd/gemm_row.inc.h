/* One row of the table: the body for both domains. */

#define REAL    float
#define PANEL   panel_f32
#define BLOCK   block_f32
#define VEC     vec_f32
#define LOOSE   loose_f32
#define NAME(x) x##_f32
#include "kernel/simd/gemm_pack.inc.h"
#include "kernel/simd/gemm.inc.h"
#undef REAL
#undef VEC
#undef LOOSE
#undef NAME
#undef PANEL
#undef BLOCK

#define REAL    double
#define PANEL   panel_f64
#define BLOCK   block_f64
#define VEC     vec_f64
#define LOOSE   loose_f64
#define NAME(x) x##_f64
#include "kernel/simd/gemm_pack.inc.h"
#include "kernel/simd/gemm.inc.h"

const gemm_class GEMM_ROW = {GEMM_TEXT, {part_f32, part_f64}, {turn_f32, turn_f64}};
