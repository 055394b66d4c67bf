/* One row of the table: the body for both domains. */

#define REAL    float
#define PANEL   panel_f32
#define BLOCK   block_f32
#define VEC     vec_f32
#define LOOSE   loose_f32
#define NAME(x) x##_f32
#define PACKING packing_f32
#include "kernel/simd/gemm_lanes.inc.h"
#include "kernel/simd/gemm_half.inc.h"
#define SOURCE  float
#define FROM(x) x##_f32
#include "kernel/simd/gemm_pack.inc.h"
#define SOURCE  uint16_t
#define FROM(x) x##_bf16
#include "kernel/simd/gemm_pack.inc.h"
#define SOURCE  uint16_t
#define FROM(x) x##_f16
#include "kernel/simd/gemm_pack.inc.h"
static const packing_f32 packings_f32[GEMM_STORED] = {
    [GEMM_DOMAIN] = {pack_b_f32, pack_columns_f32, pack_panel_f32},
    [GEMM_BF16] = {pack_b_bf16, pack_columns_bf16, pack_panel_bf16},
    [GEMM_F16] = {pack_b_f16, pack_columns_f16, pack_panel_f16},
};
#include "kernel/simd/gemm.inc.h"
#undef REAL
#undef VEC
#undef LOOSE
#undef NAME
#undef PANEL
#undef PACKING
#undef BLOCK

#define REAL    double
#define PANEL   panel_f64
#define BLOCK   block_f64
#define VEC     vec_f64
#define LOOSE   loose_f64
#define NAME(x) x##_f64
#define PACKING packing_f64
#include "kernel/simd/gemm_lanes.inc.h"
#define SOURCE  double
#define FROM(x) x##_f64
#include "kernel/simd/gemm_pack.inc.h"
static const packing_f64 packings_f64[] = {
    [GEMM_DOMAIN] = {pack_b_f64, pack_columns_f64, pack_panel_f64},
};
#include "kernel/simd/gemm.inc.h"

static void line_up(const char *from, int64_t from_row, int64_t rows, int64_t bytes, char *to)
{
    for (int64_t i = 0; i < rows; i++, from += from_row, to += bytes)
        for (int64_t j = 0; j < bytes; j += GEMM_LINE)
            memcpy(to + j, from + j, GEMM_LINE);
}

const gemm_class GEMM_ROW = {GEMM_TEXT, {part_f32, part_f64}, {turn_f32, turn_f64}, line_up};
