#include "kernel/gemm_class.h"

/* What a tile of a product is: each element a chain over k in its order, every product and every
 * sum rounded to the domain. */

#define REAL    float
#define NAME(x) x##_f32
#include "kernel/ref/gemm.inc.h"
#define REAL    double
#define NAME(x) x##_f64
#include "kernel/ref/gemm.inc.h"

const gemm_class gemm_ref = {"ref", {part_f32, part_f64}, {turn_f32, turn_f64}};
