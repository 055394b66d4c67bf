/* Convolutions without columns: the bits of the product of matrices over the columns, of any
 * number of channels, windows and elements; and nothing is written beside them. */
#include "base/rng.h"
#include "kernel/direct.h"
#include "kernel/gemm_class.h"
#include "unit/fixture.h"

enum { CHANNELS = 26, LINES = 4, COLS = 70, ELEMENTS = 30, GUARD = 3 };
enum { LINE = COLS + 5, SOURCE = (LINES + 4) * LINE, MOST = LINES * COLS };

typedef struct room {
    float a[CHANNELS * ELEMENTS], x[SOURCE + DIRECT_BEYOND];
    float c[CHANNELS * (MOST + GUARD)];
    int32_t offset[ELEMENTS];
} room;

static void fill(room *r)
{
    float *of[] = {r->a, r->x, r->c};
    const int n[] = {CHANNELS * ELEMENTS, SOURCE + DIRECT_BEYOND, CHANNELS * (MOST + GUARD)};
    for (int k = 0; k < 3; k++)
        for (int i = 0; i < n[k]; i++)
            of[k][i] = (float)rng_normal((rng){5, (uint64_t)k}, (uint64_t)i);
    for (int i = 0; i < ELEMENTS; i++)
        r->offset[i] = i / 5 % 4 * LINE + i % 5;
}

static void by_columns(const direct_part *d, int path, float *c)
{
    static float columns[ELEMENTS * MOST];
    static _Alignas(64) char scratch[(CHANNELS * 4 + GEMM_PANEL_BYTES) * GEMM_DEPTH];
    int64_t windows = d->lines * d->cols;
    for (int64_t k = 0; k < d->k; k++)
        for (int64_t i = 0; i < windows; i++)
            columns[k * windows + i] = d->x[i / d->cols * d->line + i % d->cols + d->offset[k]];
    gemm_table[path]->run[ELEMENT_F32](&(gemm_part){.rows = d->rows,
                                                    .cols = windows,
                                                    .k = d->k,
                                                    .a = d->a,
                                                    .a_row = d->a_row,
                                                    .a_col = 1,
                                                    .b = columns,
                                                    .b_row = windows,
                                                    .b_col = 1,
                                                    .c = c,
                                                    .c_row = d->c_row,
                                                    .onto = d->onto,
                                                    .scratch = scratch});
}

static void compare(direct_run *run, int path, int64_t rows, int64_t lines, int64_t cols, int64_t k,
                    bool onto)
{
    static room want, got;
    fill(&want), fill(&got);
    direct_part d = {.rows = rows,
                     .lines = lines,
                     .cols = cols,
                     .k = k,
                     .a = got.a,
                     .x = got.x,
                     .a_row = ELEMENTS,
                     .line = LINE,
                     .offset = got.offset,
                     .c = got.c,
                     .c_row = lines * cols + GUARD,
                     .c_line = cols,
                     .onto = onto};
    run(&d);
    by_columns(&d, path, want.c);
    if (memcmp(&got, &want, sizeof got) != 0)
        fail_msg("%d channels, %d lines of %d, %d elements", (int)rows, (int)lines, (int)cols,
                 (int)k);
}

static void sums_are_those_of_columns(void **state)
{
    (void)state;
    for (int path = 0; path < gemm_classes(); path++) {
        direct_run *run = direct_of(path);
        for (int64_t cols = 1; run && cols <= COLS; cols++)
            for (int64_t lines = 1; lines <= LINES; lines += cols > 20 ? 3 : 1)
                compare(run, path, 1 + (cols * lines) % CHANNELS, lines, cols,
                        1 + (7 * cols + lines) % ELEMENTS, (cols + lines) % 2);
        for (int64_t rows = 1; run && rows <= CHANNELS; rows++)
            compare(run, path, rows, 3, 14, ELEMENTS, rows % 2);
    }
}

/* Weights and sums turned: of whole registers of channels, all of which the columns have too. */
static void compare_turned(direct_turned_run *run, int path, int64_t channels, int64_t lines,
                           int64_t cols, int64_t k, bool onto)
{
    static room want, got;
    fill(&want), fill(&got);
    int64_t row = (channels + 15) / 16 * 16, windows = lines * cols;
    direct_turned d = {.channels = channels,
                       .lines = lines,
                       .cols = cols,
                       .k = k,
                       .row = row,
                       .a = got.a,
                       .x = got.x,
                       .line = LINE,
                       .offset = got.offset,
                       .c = got.c,
                       .onto = onto};
    run(&d);
    static float columns[ELEMENTS * MOST];
    static _Alignas(64) char scratch[(MOST * 4 + GEMM_PANEL_BYTES) * GEMM_DEPTH];
    for (int64_t e = 0; e < k; e++)
        for (int64_t i = 0; i < windows; i++)
            columns[e * windows + i] = got.x[i / cols * LINE + i % cols + got.offset[e]];
    gemm_table[path]->run[ELEMENT_F32](&(gemm_part){.rows = windows,
                                                    .cols = row,
                                                    .k = k,
                                                    .a = columns,
                                                    .a_row = 1,
                                                    .a_col = windows,
                                                    .b = got.a,
                                                    .b_row = row,
                                                    .b_col = 1,
                                                    .c = want.c,
                                                    .c_row = row,
                                                    .onto = onto,
                                                    .scratch = scratch});
    if (memcmp(&got, &want, sizeof got) != 0)
        fail_msg("turned: %d channels, %d lines of %d, %d elements", (int)channels, (int)lines,
                 (int)cols, (int)k);
}

static void turned_sums_are_those_of_columns(void **state)
{
    (void)state;
    for (int path = 0; path < gemm_classes(); path++) {
        direct_turned_run *run = direct_turned_of(path);
        for (int64_t cols = 1; run && cols <= DIRECT_SHORT; cols++)
            for (int64_t channels = 10; channels <= 40; channels += 10)
                compare_turned(run, path, channels, 1 + cols % LINES, cols, 1 + cols,
                               (cols + channels / 10) % 2);
    }
}

/* The gradient by the weights, whose elements are neighbours by threes. */
static void compare_weights(direct_weights_run *run, int path, int64_t triples, int64_t channels,
                            int64_t lines, int64_t cols, int64_t step, bool onto)
{
    static room want, got;
    static float columns[ELEMENTS * MOST];
    static _Alignas(64) char scratch[(ELEMENTS * 4 + GEMM_PANEL_BYTES) * GEMM_DEPTH];
    enum { G_ROW = 48 };
    static float g[MOST * G_ROW];
    fill(&want), fill(&got);
    for (int i = 0; i < MOST * G_ROW; i++)
        g[i] = (float)rng_normal((rng){5, 9}, (uint64_t)i);
    direct_weights d = {.triples = triples,
                        .channels = channels,
                        .lines = lines,
                        .cols = cols,
                        .x = got.x,
                        .g = g,
                        .line = LINE,
                        .step = step,
                        .g_row = G_ROW,
                        .offset = got.offset,
                        .c = got.c,
                        .c_row = channels + GUARD,
                        .onto = onto};
    run(&d);
    int64_t windows = lines * cols;
    for (int64_t e = 0; e < 3 * triples; e++)
        for (int64_t i = 0; i < windows; i++)
            columns[e * windows + i] =
                got.x[i / cols * LINE + i % cols * step + got.offset[e / 3] + e % 3];
    gemm_table[path]->run[ELEMENT_F32](&(gemm_part){.rows = 3 * triples,
                                                    .cols = channels,
                                                    .k = windows,
                                                    .a = columns,
                                                    .a_row = windows,
                                                    .a_col = 1,
                                                    .b = g,
                                                    .b_row = G_ROW,
                                                    .b_col = 1,
                                                    .c = want.c,
                                                    .c_row = channels + GUARD,
                                                    .onto = onto,
                                                    .scratch = scratch});
    if (memcmp(&got, &want, sizeof got) != 0)
        fail_msg("weights: %d triples, %d channels, %d lines of %d by %d", (int)triples,
                 (int)channels, (int)lines, (int)cols, (int)step);
}

static void weights_are_those_of_columns(void **state)
{
    (void)state;
    for (int path = 0; path < gemm_classes(); path++) {
        direct_weights_run *run = direct_weights_of(path);
        for (int64_t channels = 1; run && channels <= 40; channels++)
            for (int64_t triples = 1; triples <= ELEMENTS / 3; triples++)
                compare_weights(run, path, triples, channels, 1 + channels % LINES,
                                1 + (5 * triples + channels) % 33, 1 + triples % 2,
                                (channels + triples) % 3 == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_are_those_of_columns),
        cmocka_unit_test(turned_sums_are_those_of_columns),
        cmocka_unit_test(weights_are_those_of_columns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
