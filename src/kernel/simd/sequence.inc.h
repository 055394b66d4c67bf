/* The cells over f32 registers, included once per instruction set with FLOAT_LANES,
 * SEQUENCE_ROW and SEQUENCE_TEXT. */

#define VECTOR_BYTES (4 * FLOAT_LANES)
#include "kernel/simd/f32.inc.h"

#include "kernel/simd/f32_squash.inc.h"

#include <string.h>

#define REAL       float
#define V          f32s
#define LANES      FLOAT_LANES
#define SIGMOID(x) f32_sigmoid(x)
#define TANH(x)    f32_tanh(x)

INLINE f32s load(const float *x, int64_t n)
{
    f32s v = {0};
    if (n == LANES)
        return *(const f32s_loose *)x;
    for (int64_t i = 0; i < n; i++)
        v[i] = x[i];
    return v;
}

INLINE void store(float *x, f32s v, int64_t n)
{
    if (n == LANES)
        *(f32s_loose *)x = v;
    else
        for (int64_t i = 0; i < n; i++)
            x[i] = v[i];
}

#include "kernel/sequence_cells.inc.h"
