#include "cluster/affinity_tiles.h"

#include <assert.h>
#include <string.h>

/* x_I · x_Jᵀ  →  |a|² + |b|² - 2 a·b  →  W  →  N, in floats
 *
 * where a product of two rows is one chain over the features, the same from either side.  Rows are
 * centred (for rbf): distances stay, and |a|² + |b|² - 2 a·b loses least. */

static_assert((int)TILE <= (int)ELEMENT_BLOCK, "a row of a tile is one run");

int64_t tile_rows(const affinity_tiles *t, int64_t block)
{
    int64_t left = t->n - block * TILE;
    return left < TILE ? left : TILE;
}

static void multiply(const affinity_tiles *t, int64_t i, int64_t j, double *w, void *thread)
{
    const void *a = t->x + i * TILE * t->d, *b = t->x + j * TILE * t->d;
    void *out = w;
    gemm g = {.domain = ELEMENT_F64,
              .m = tile_rows(t, i),
              .n = tile_rows(t, j),
              .k = t->d,
              .batches = 1,
              .a_row = t->d,
              .a_col = 1,
              .b_row = 1,
              .b_col = t->d};
    gemm_operands o = {.a = &a, .b = &b, .direct = &out, .direct_row = TILE};
    gemm_cut(&g);
    for (int64_t item = 0; item < g.items[0]; item++)
        gemm_run(&g, 0, item, &o, thread);
}

static void exponentials(double *row, int64_t n, void *scratch)
{
    static const uint8_t dtype = STINT_F64, out = 1;
    static const element_code code = {ELEMENT_EXP, 1, 0, 0, 0};
    static const element_program program = {.domain = ELEMENT_F64,
                                            .inputs = 1,
                                            .registers = 2,
                                            .codes = 1,
                                            .outputs = 1,
                                            .in_dtype = &dtype,
                                            .code = &code,
                                            .out_register = &out,
                                            .out_dtype = &dtype};
    element_span span = {(char *)row, 1};
    element_run(&program, n, &span, &span, scratch);
}

void tile_affinities(const affinity_tiles *t, int64_t i, int64_t j, double *w)
{
    int64_t rows = tile_rows(t, i), columns = tile_rows(t, j);
    double *gemm_scratch = w + TILE * TILE, *element_scratch = gemm_scratch + TILE_SCRATCH_GEMM;
    for (int64_t r = 0; r < rows && t->given; r++)
        memcpy(w + r * TILE, t->given + (i * TILE + r) * t->n + j * TILE,
               (size_t)columns * sizeof *w);
    if (!t->given)
        multiply(t, i, j, w, gemm_scratch);
    for (int64_t r = 0; r < rows && !t->given; r++) {
        double own = t->square[i * TILE + r], *row = w + r * TILE;
        const double *square = t->square + j * TILE;
        for (int64_t c = 0; c < columns && t->kind == AFFINITY_RBF; c++) {
            double distance = own + square[c] - 2 * row[c];
            row[c] = -t->gamma * (distance > 0 ? distance : 0);
        }
        if (t->kind == AFFINITY_RBF)
            exponentials(row, columns, element_scratch);
        for (int64_t c = 0; c < columns && t->kind == AFFINITY_COSINE; c++)
            row[c] = row[c] > 0 ? row[c] : 0;
    }
    for (int64_t r = 0; r < rows && i == j; r++)
        w[r * TILE + r] = 0;
}

void tile_normalised(const affinity_tiles *t, int64_t i, int64_t j, double *w, float *out)
{
    tile_affinities(t, i, j, w);
    for (int64_t r = 0; r < tile_rows(t, i); r++) {
        double root = t->root[i * TILE + r], by = root > 0 ? 1 / root : 0;
        const double *other = t->root + j * TILE;
        for (int64_t c = 0; c < tile_rows(t, j); c++) {
            double value = w[r * TILE + c];
            out[r * TILE + c] = value > 0 ? (float)(value * by / other[c]) : 0;
        }
    }
}
