#include "kernel/gemm_class.h"

#include "kernel/half.h"

#include <string.h>

/* What a tile of a product is: each element a chain over k in its order, every product and every
 * sum rounded to the domain. */

#define REAL    float
#define HALVES  1
#define NAME(x) x##_f32
#include "kernel/ref/gemm.inc.h"
#define REAL    double
#define HALVES  0
#define NAME(x) x##_f64
#include "kernel/ref/gemm.inc.h"

static void line_up(const char *from, int64_t from_row, int64_t rows, int64_t bytes, char *to)
{
    for (int64_t i = 0; i < rows; i++, from += from_row, to += bytes)
        for (int64_t j = 0; j < bytes; j += GEMM_LINE)
            memcpy(to + j, from + j, GEMM_LINE);
}

const gemm_class gemm_ref = {"ref", {part_f32, part_f64}, {turn_f32, turn_f64}, line_up};
