/* The cells over registers of REAL, included once per instruction set and domain with REAL,
 * VECTOR_BYTES, TILE_ROWS, SEQUENCE_ROW and SEQUENCE_TEXT; of f32 as well FLOAT_CELLS. */

#include "kernel/sequence_class.h"
#include "kernel/simd/f32.inc.h"

#include <math.h>

typedef REAL reals __attribute__((vector_size(VECTOR_BYTES), may_alias));
typedef REAL reals_loose
    __attribute__((vector_size(VECTOR_BYTES), aligned(sizeof(REAL)), may_alias));

#define V     reals
#define LANES ((int)(VECTOR_BYTES / sizeof(REAL)))

INLINE V load(const REAL *x, int64_t n)
{
    V v = {0};
    if (n == LANES)
        return *(const reals_loose *)x;
    for (int64_t i = 0; i < n; i++)
        v[i] = x[i];
    return v;
}

INLINE void store(REAL *x, V v, int64_t n)
{
    if (n == LANES)
        *(reals_loose *)x = v;
    else
        for (int64_t i = 0; i < n; i++)
            x[i] = v[i];
}

#ifdef FLOAT_CELLS
#if STINT_SIMD_X86 && VECTOR_BYTES == 64
#define FMA(a, b, c) ((V)_mm512_fmadd_ps((__m512)(a), (__m512)(b), (__m512)(c)))
#elif STINT_SIMD_X86 && VECTOR_BYTES == 32
#define FMA(a, b, c) ((V)_mm256_fmadd_ps((__m256)(a), (__m256)(b), (__m256)(c)))
#else
#define FMA(a, b, c) ((a) * (b) + (c))
#endif
#include "kernel/simd/f32_gates.inc.h"
#define SIGMOID(x) f32_gate_sigmoid(x)
#define TANH(x)    f32_gate_tanh(x)
#else
#if STINT_SIMD_X86 && VECTOR_BYTES == 64
#define FMA(a, b, c) ((V)_mm512_fmadd_pd((__m512d)(a), (__m512d)(b), (__m512d)(c)))
#elif STINT_SIMD_X86 && VECTOR_BYTES == 32
#define FMA(a, b, c) ((V)_mm256_fmadd_pd((__m256d)(a), (__m256d)(b), (__m256d)(c)))
#else
#define FMA(a, b, c) ((a) * (b) + (c))
#endif
#define SIGMOID(x) each_sigmoid(x)
#define TANH(x)    each_tanh(x)

INLINE V each_sigmoid(V x)
{
    for (int i = 0; i < LANES; i++) {
        double e = exp(-fabs(x[i]));
        x[i] = (x[i] < 0 ? e : 1) / (1 + e);
    }
    return x;
}

INLINE V each_tanh(V x)
{
    for (int i = 0; i < LANES; i++)
        x[i] = tanh(x[i]);
    return x;
}
#endif

#include "kernel/sequence_cells.inc.h"
#include "kernel/sequence_tiles.inc.h"
