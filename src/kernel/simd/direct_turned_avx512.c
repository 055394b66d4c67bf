/* The register tile is a row of windows × two registers of channels: per element two registers of
 * weights are loaded, and what the windows see, side by side in the source, is broadcast. */
#include "kernel/direct.h"

#include <immintrin.h>

enum { LANES = 16, VECTORS = 2 };

#define INLINE static inline __attribute__((always_inline))
#ifdef __clang__
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

INLINE void sums(const int cols, const int vectors, const direct_turned *p, const float *a,
                 const float *x, float *c)
{
    __m512 sum[DIRECT_SHORT][VECTORS];
    UNROLL
    for (int i = 0; i < cols; i++)
        UNROLL
    for (int v = 0; v < vectors; v++)
        sum[i][v] = p->onto ? _mm512_loadu_ps(c + i * p->row + v * LANES) : _mm512_setzero_ps();
    for (int64_t k = 0; k < p->k; k++, a += p->row) {
        const float *from = x + p->offset[k];
        __m512 y[VECTORS];
        UNROLL
        for (int v = 0; v < vectors; v++)
            y[v] = _mm512_loadu_ps(a + v * LANES);
        UNROLL
        for (int i = 0; i < cols; i++) {
            __m512 z = _mm512_set1_ps(from[i]);
            UNROLL
            for (int v = 0; v < vectors; v++)
                sum[i][v] = _mm512_fmadd_ps(y[v], z, sum[i][v]);
        }
    }
    UNROLL
    for (int i = 0; i < cols; i++)
        UNROLL
    for (int v = 0; v < vectors; v++)
        _mm512_storeu_ps(c + i * p->row + v * LANES, sum[i][v]);
}

typedef void sums_of(const direct_turned *p, const float *a, const float *x, float *c);

#define SUMS(cols, vectors)                                                                        \
    static void sums_##cols##_##vectors(const direct_turned *p, const float *a, const float *x,    \
                                        float *c)                                                  \
    {                                                                                              \
        sums(cols, vectors, p, a, x, c);                                                           \
    }
#define EACH(X, v)                                                                                 \
    X(1, v)                                                                                        \
    X(2, v)                                                                                        \
    X(3, v)                                                                                        \
    X(4, v) X(5, v) X(6, v) X(7, v) X(8, v) X(9, v) X(10, v) X(11, v) X(12, v) X(13, v) X(14, v)
EACH(SUMS, 1)
EACH(SUMS, 2)
#undef SUMS

#define SUMS(cols, vectors) sums_##cols##_##vectors,
static sums_of *const sums_table[VECTORS][DIRECT_SHORT] = {{EACH(SUMS, 1)}, {EACH(SUMS, 2)}};
#undef SUMS

void direct_turned_avx512(const direct_turned *p)
{
    for (int64_t n = 0; n < p->channels; n += VECTORS * LANES)
        for (int64_t l = 0; l < p->lines; l++)
            sums_table[p->channels - n > LANES][p->cols - 1](p, p->a + n, p->x + l * p->line,
                                                             p->c + l * p->cols * p->row + n);
}
