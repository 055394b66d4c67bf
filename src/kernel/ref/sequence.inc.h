/* The cells unit by unit, as libm has their functions. */

#include "kernel/sequence_class.h"

#include <math.h>

#define INLINE       static inline
#define V            REAL
#define LANES        1
#define TILE_ROWS    3
#define FMA(a, b, c) ((a) * (b) + (c))
#define SIGMOID(x)   sigmoid_of(x)
#define TANH(x)      tanh_of(x)

INLINE REAL sigmoid_of(REAL x)
{
    double e = exp(-fabs((double)x));
    return (REAL)((x < 0 ? e : 1) / (1 + e));
}

INLINE REAL tanh_of(REAL x)
{
    return (REAL)tanh((double)x);
}

INLINE REAL load(const REAL *x, int64_t n)
{
    (void)n;
    return *x;
}

INLINE void store(REAL *x, REAL v, int64_t n)
{
    (void)n;
    *x = v;
}

#include "kernel/sequence_cells.inc.h"
#include "kernel/sequence_tiles.inc.h"
