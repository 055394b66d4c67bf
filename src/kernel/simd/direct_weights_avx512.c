/* The register tile is three times TRIPLES elements of the windows × two registers of channels: per
 * window two registers of the result's gradient are loaded, and what the elements see is broadcast
 * from where it lies. */
#include "kernel/direct.h"

#include <immintrin.h>

enum { LANES = 16, TRIPLES = 4, VECTORS = 2 };

#define INLINE static inline __attribute__((always_inline))
#ifdef __clang__
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

/* An address is worked out where it is used: a dozen of them ahead would leave registers. */
#define ALONE(pointer) __asm__("" : "+r"(pointer))

typedef struct tile {
    const int32_t *offset;
    const float *g;
    float *c;
    __mmask16 lanes[VECTORS];
} tile;

INLINE void sums(const int triples, const int vectors, const direct_weights *p, const tile *t)
{
    __m512 sum[3 * TRIPLES][VECTORS];
    float *c = t->c;
    UNROLL
    for (int i = 0; i < 3 * triples; i++, c += p->c_row) {
        ALONE(c);
        UNROLL
        for (int v = 0; v < vectors; v++)
            sum[i][v] =
                p->onto ? _mm512_maskz_loadu_ps(t->lanes[v], c + v * LANES) : _mm512_setzero_ps();
    }
    const float *g = t->g;
    for (int64_t l = 0; l < p->lines; l++) {
        const float *x[TRIPLES];
        UNROLL
        for (int i = 0; i < triples; i++)
            x[i] = p->x + l * p->line + t->offset[i];
        for (int64_t q = 0; q < p->cols; q++, g += p->g_row) {
            __m512 z[VECTORS];
            UNROLL
            for (int v = 0; v < vectors; v++)
                z[v] = _mm512_loadu_ps(g + v * LANES);
            UNROLL
            for (int i = 0; i < 3 * triples; i++) {
                __m512 y = _mm512_set1_ps(x[i / 3][i % 3]);
                UNROLL
                for (int v = 0; v < vectors; v++)
                    sum[i][v] = _mm512_fmadd_ps(y, z[v], sum[i][v]);
            }
            UNROLL
            for (int i = 0; i < triples; i++)
                x[i] += p->step;
        }
    }
    c = t->c;
    UNROLL
    for (int i = 0; i < 3 * triples; i++, c += p->c_row) {
        ALONE(c);
        UNROLL
        for (int v = 0; v < vectors; v++)
            _mm512_mask_storeu_ps(c + v * LANES, t->lanes[v], sum[i][v]);
    }
}

typedef void sums_of(const direct_weights *p, const tile *t);

#define SUMS(triples, vectors)                                                                     \
    static void sums_##triples##_##vectors(const direct_weights *p, const tile *t)                 \
    {                                                                                              \
        sums(triples, vectors, p, t);                                                              \
    }
#define EACH(X, v) X(1, v) X(2, v) X(3, v) X(4, v)
EACH(SUMS, 1)
EACH(SUMS, 2)
#undef SUMS

#define SUMS(triples, vectors) sums_##triples##_##vectors,
static sums_of *const sums_table[VECTORS][TRIPLES] = {{EACH(SUMS, 1)}, {EACH(SUMS, 2)}};
#undef SUMS

static inline __mmask16 first_of(int64_t n)
{
    return n < LANES ? (__mmask16)((1u << (n > 0 ? n : 0)) - 1) : (__mmask16)0xffff;
}

/* A panel of channels over all elements, which are dealt to panels evenly. */
void direct_weights_avx512(const direct_weights *p)
{
    int64_t panels = (p->triples + TRIPLES - 1) / TRIPLES;
    for (int64_t n = 0; n < p->channels; n += VECTORS * LANES) {
        int64_t rest = p->channels - n;
        for (int64_t i = 0; i < panels; i++) {
            int64_t first = p->triples * i / panels, end = p->triples * (i + 1) / panels;
            tile t = {.offset = p->offset + first,
                      .g = p->g + n,
                      .c = p->c + 3 * first * p->c_row + n,
                      .lanes = {first_of(rest), first_of(rest - LANES)}};
            sums_table[rest > LANES][end - first - 1](p, &t);
        }
    }
}
