/* The register tile is ROWS × two registers of sums, as that of the products of matrices is: per
 * element of the windows two registers of the source are loaded, and the rows of a broadcast one
 * by one.  The registers lie side by side in a row of windows or, where it has no more than one of
 * them, in two such rows. */
#include "kernel/direct.h"

#include <immintrin.h>

enum { LANES = 16, ROWS = 12, VECTORS = 2 };

#define INLINE static inline __attribute__((always_inline))
#ifdef __clang__
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

/* An address is worked out where it is used: a dozen of them ahead would leave registers. */
#define ALONE(pointer) __asm__("" : "+r"(pointer))

/* Where a tile's registers come from and go to. */
typedef struct tile {
    const float *a, *x;
    float *c;
    int64_t x_step, c_step; /* from one register to the other */
    __mmask16 lanes[VECTORS];
} tile;

INLINE void sums(const int rows, const int vectors, const direct_part *p, const tile *t)
{
    __m512 sum[ROWS][VECTORS];
    const float *a[ROWS / 3]; /* each serves three rows */
    const int32_t *offset = p->offset;
    UNROLL
    for (int i = 0; i < rows; i += 3)
        a[i / 3] = t->a + i * p->a_row;
    float *c = t->c;
    UNROLL
    for (int i = 0; i < rows; i++, c += p->c_row) {
        ALONE(c);
        UNROLL
        for (int v = 0; v < vectors; v++) {
            __builtin_prefetch(c + v * t->c_step, 1, 2);
            sum[i][v] = p->onto ? _mm512_maskz_loadu_ps(t->lanes[v], c + v * t->c_step)
                                : _mm512_setzero_ps();
        }
    }
    for (int64_t k = 0; k < p->k; k++) {
        const float *from = t->x + offset[k];
        __m512 x[VECTORS];
        UNROLL
        for (int v = 0; v < vectors; v++)
            x[v] = _mm512_loadu_ps(from + v * t->x_step);
        UNROLL
        for (int i = 0; i < rows; i++) {
            __m512 y = _mm512_set1_ps(a[i / 3][i % 3 * p->a_row]);
            UNROLL
            for (int v = 0; v < vectors; v++)
                sum[i][v] = _mm512_fmadd_ps(y, x[v], sum[i][v]);
        }
        UNROLL
        for (int i = 0; i < rows; i += 3)
            a[i / 3]++;
    }
    c = t->c;
    UNROLL
    for (int i = 0; i < rows; i++, c += p->c_row) {
        ALONE(c);
        UNROLL
        for (int v = 0; v < vectors; v++)
            if (t->lanes[v] == 0xffff)
                _mm512_storeu_ps(c + v * t->c_step, sum[i][v]);
            else
                _mm512_mask_storeu_ps(c + v * t->c_step, t->lanes[v], sum[i][v]);
    }
}

typedef void sums_of(const direct_part *p, const tile *t);

#define EACH_ROWS(X, v)                                                                            \
    X(1, v)                                                                                        \
    X(2, v) X(3, v) X(4, v) X(5, v) X(6, v) X(7, v) X(8, v) X(9, v) X(10, v) X(11, v) X(12, v)
#define SUMS(rows, vectors)                                                                        \
    static void sums_##rows##_##vectors(const direct_part *p, const tile *t)                       \
    {                                                                                              \
        sums(rows, vectors, p, t);                                                                 \
    }
EACH_ROWS(SUMS, 1)
EACH_ROWS(SUMS, 2)
#undef SUMS

#define SUMS(rows, vectors) sums_##rows##_##vectors,
static sums_of *const sums_table[VECTORS][ROWS] = {{EACH_ROWS(SUMS, 1)}, {EACH_ROWS(SUMS, 2)}};
#undef SUMS

static inline __mmask16 first_of(int64_t n)
{
    return n < LANES ? (__mmask16)((1u << n) - 1) : (__mmask16)0xffff;
}

/* All rows over one tile's windows, dealt to panels evenly. */
static void down(const direct_part *p, int vectors, tile t)
{
    int64_t panels = (p->rows + ROWS - 1) / ROWS;
    for (int64_t i = 0; i < panels; i++) {
        int64_t rows = p->rows * (i + 1) / panels - p->rows * i / panels;
        sums_table[vectors - 1][rows - 1](p, &t);
        t.a += rows * p->a_row;
        t.c += rows * p->c_row;
    }
}

/* Rows of windows of no more than a register, two at a time. */
static void narrow(const direct_part *p)
{
    __mmask16 lanes = first_of(p->cols);
    for (int64_t l = 0; l < p->lines; l += VECTORS)
        down(p, p->lines - l < VECTORS ? 1 : VECTORS,
             (tile){.a = p->a,
                    .x = p->x + l * p->line,
                    .c = p->c + l * p->c_line,
                    .x_step = p->line,
                    .c_step = p->c_line,
                    .lanes = {lanes, lanes}});
}

void direct_avx512(const direct_part *p)
{
    if (p->cols <= LANES) {
        narrow(p);
        return;
    }
    for (int64_t l = 0; l < p->lines; l++)
        for (int64_t q = 0; q < p->cols; q += VECTORS * LANES) {
            int64_t rest = p->cols - q;
            down(p, rest > LANES ? VECTORS : 1,
                 (tile){.a = p->a,
                        .x = p->x + l * p->line + q,
                        .c = p->c + l * p->c_line + q,
                        .x_step = LANES,
                        .c_step = LANES,
                        .lanes = {first_of(rest), first_of(rest > LANES ? rest - LANES : 0)}});
        }
}
