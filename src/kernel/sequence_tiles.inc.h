/* Steps of several rows, included after sequence_cells.inc.h with TILE_ROWS, SEQUENCE_ROW and
 * SEQUENCE_TEXT.
 *
 * A tile of the product, up to TILE_ROWS × VECTORS registers of sums, is computed over all of k
 * and goes through the cell from the first-level cache: nothing else of it is ever written.  What
 * the cell will read and write comes from memory, and is fetched meanwhile, a part at a time. */

#ifdef __clang__
#define UNROLL _Pragma("clang loop unroll(full)")
#pragma clang diagnostic ignored "-Wpass-failed"
#else
#define UNROLL _Pragma("GCC unroll 8")
#endif

enum { VECTORS = SEQUENCE_BACK_VECTORS, FETCHES = 6 };

/* c = a b of some rows of a, a_row apart, and a panel of b; read and write are parts of the first
 * row of the batch that the cell uses next, NULL = none. */
typedef struct tile {
    const int64_t *row;
    const REAL *a, *b;
    int64_t k, a_row, b_row, read_row, write_row;
    const REAL *read[FETCHES], *write[FETCHES];
    V c[TILE_ROWS][VECTORS];
} tile;

/* To write: another core may have it, that summed up gradients of weights. */
INLINE void fetch(const int rows, const int vectors, const bool write, const tile *t,
                  const REAL *at, int64_t apart)
{
    if (!at)
        return;
    UNROLL
    for (int i = 0; i < rows; i++) {
        const char *x = (const char *)(at + t->row[i] * apart);
        for (int v = 0; v < (int)(vectors * sizeof(V) + 63) / 64; v++)
            if (write)
                __builtin_prefetch(x + 64 * v, 1, 3);
            else
                __builtin_prefetch(x + 64 * v, 0, 3);
    }
}

INLINE void sums(const int rows, const int vectors, tile *t)
{
    V sum[TILE_ROWS][VECTORS];
    const REAL *a[TILE_ROWS], *b = t->b;
    int64_t p = 0, b_row = t->b_row;
    UNROLL
    for (int i = 0; i < rows; i++) {
        a[i] = t->a + t->row[i] * t->a_row;
        UNROLL
        for (int v = 0; v < vectors; v++)
            sum[i][v] = (V){0};
    }
    for (int f = 0; f < FETCHES; f++) {
        fetch(rows, vectors, false, t, t->read[f], t->read_row);
        fetch(rows, vectors, true, t, t->write[f], t->write_row);
        for (int64_t end = t->k * (f + 1) / FETCHES; p < end; p++, b += b_row) {
            V x[VECTORS];
            UNROLL
            for (int v = 0; v < vectors; v++)
                x[v] = load(b + v * LANES, LANES);
            UNROLL
            for (int i = 0; i < rows; i++) {
                V y = a[i][p] - (V){0}; /* in every lane */
                UNROLL
                for (int v = 0; v < vectors; v++)
                    sum[i][v] = FMA(y, x[v], sum[i][v]);
            }
        }
    }
    UNROLL
    for (int i = 0; i < rows; i++) {
        UNROLL
        for (int v = 0; v < vectors; v++)
            t->c[i][v] = sum[i][v];
    }
}

typedef void sums_of(tile *t);

#define SUMS(rows, vectors)                                                                        \
    static void sums_##rows##_##vectors(tile *t)                                                   \
    {                                                                                              \
        sums(rows, vectors, t);                                                                    \
    }
#if TILE_ROWS == 6
#define EACH_ROWS(X, v) X(1, v) X(2, v) X(3, v) X(4, v) X(5, v) X(6, v)
#else
#define EACH_ROWS(X, v) X(1, v) X(2, v) X(3, v)
#endif
EACH_ROWS(SUMS, 1)
EACH_ROWS(SUMS, 2)
EACH_ROWS(SUMS, 3)
EACH_ROWS(SUMS, 4)
#undef SUMS

#define SUMS(rows, vectors) sums_##rows##_##vectors,
static sums_of *const sums_table[VECTORS][TILE_ROWS] = {
    {EACH_ROWS(SUMS, 1)}, {EACH_ROWS(SUMS, 2)}, {EACH_ROWS(SUMS, 3)}, {EACH_ROWS(SUMS, 4)}};
#undef SUMS
#undef EACH_ROWS

/* Rows are dealt to tiles evenly: where tile i of them begins. */
static int64_t tile_begin(int64_t rows, int64_t i)
{
    int64_t tiles = (rows + TILE_ROWS - 1) / TILE_ROWS;
    return rows * i / tiles;
}

typedef void units_forth(const forth_units *s, int64_t h, int64_t n);
typedef void units_back(const back_units *s, int64_t h, int64_t n);

/* The gates of a tile of the units from j on, where they are not given */
INLINE void make_gates(const sequence_step *s, const sequence_parts *parts, int64_t j, int64_t rows,
                       const int64_t *row, tile *made)
{
    const sequence_input *x = &s->input;
    int64_t h = s->h, n = h - j < LANES ? h - j : LANES;
    made->row = row;
    made->b = (const REAL *)x->panels + j * parts->gates * x->inputs;
    sums_table[parts->gates - 1][rows - 1](made);
    for (int g = 0; x->bias && g < parts->gates; g++) {
        V bias = load((const REAL *)x->bias + g * h + j, n);
        for (int64_t i = 0; i < rows; i++)
            made->c[i][g] += bias;
    }
}

/* A cell on the rows of a tile */
INLINE void step_units(const sequence_step *s, const sequence_parts *parts, units_forth *units,
                       int64_t j, int64_t rows, const tile *t, const tile *made)
{
    int64_t h = s->h, kept = parts->kept * h;
    for (int64_t i = 0; i < rows; i++) {
        int64_t b = t->row[i];
        forth_units u = {.product = (const REAL *)t->c[i],
                         .gates = s->gates ? (const REAL *)s->gates + b * s->gates_row + j
                                           : (const REAL *)made->c[i],
                         .gates_apart = s->gates ? h : LANES,
                         .bias = (const REAL *)s->bias + j,
                         .before = (const REAL *)s->before + b * kept + j,
                         .after = (REAL *)s->after + b * kept + j};
        if (h - j >= LANES)
            units(&u, h, LANES);
        else
            units(&u, h, h - j);
    }
}

INLINE void step_tile(const sequence_step *s, sequence_cell cell, int64_t j, int64_t rows, tile *t,
                      tile *made)
{
    const sequence_parts *parts = &sequence_parts_of[cell];
    for (int f = 0; f < FETCHES; f++) {
        t->read[f] = s->gates && f < parts->gates ? (const REAL *)s->gates + f * s->h + j : NULL;
        t->write[f] = f < parts->kept ? (const REAL *)s->after + f * s->h + j : NULL;
    }
    sums_table[parts->gates - 1][rows - 1](t);
    if (!s->gates)
        make_gates(s, parts, j, rows, t->row, made);
    if (cell == SEQUENCE_GRU) {
        step_units(s, parts, gru_units, j, rows, t, made);
        return;
    }
    step_units(s, parts, lstm_units, j, rows, t, made);
    step_units(s, parts, lstm_output_units, j, rows, t, made);
}

INLINE void step_rows(const sequence_step *s, sequence_cell cell)
{
    const sequence_parts *parts = &sequence_parts_of[cell];
    int64_t h = s->h, kept = parts->kept * h;
    tile t = {.a = (const REAL *)s->before + (parts->kept - 1) * h,
              .b = s->panels,
              .k = h,
              .a_row = kept,
              .b_row = parts->gates * LANES,
              .read_row = s->gates_row,
              .write_row = kept};
    tile made = {.a = s->input.x, .k = s->input.inputs, .a_row = s->input.x_row, .b_row = t.b_row};
    for (int64_t j = 0; j < h; j += LANES, t.b += h * t.b_row)
        for (int64_t i = 0, at = 0; at < s->rows; i++) {
            int64_t end = tile_begin(s->rows, i + 1);
            t.row = s->row + at;
            step_tile(s, cell, j, end - at, &t, &made);
            at = end;
        }
}

/* Where the operands of a row's units from j on lie; `width` is how far apart its products are. */
INLINE back_units units_at(const sequence_back *s, const sequence_parts *parts, int64_t b,
                           int64_t j, const V *product)
{
    int64_t h = s->h;
    const REAL *of_a = s->of_a, *of_c = s->of_c, *of_h = s->of_h;
    return (back_units){.product = (const REAL *)product,
                        .kept = (const REAL *)s->kept + b * parts->kept * h + j,
                        .before = (const REAL *)s->before + b * parts->kept * h + j,
                        .of_a = of_a ? of_a + b * s->of_a_row + j : NULL,
                        .of_c = of_c ? of_c + b * s->of_c_row + j : NULL,
                        .of_h = of_h ? of_h + b * s->of_h_row + j : NULL,
                        .keep_h = (REAL *)s->keep_h + b * h + j,
                        .keep_c = (REAL *)s->keep_c + b * h + j,
                        .out = (REAL *)s->out + b * parts->back * h + j};
}

/* A tile of the units j … j + vectors LANES - 1 */
INLINE void back_tile(const sequence_back *s, const sequence_parts *parts, units_back *units,
                      int64_t j, int64_t vectors, const int64_t *row, int64_t rows, tile *t)
{
    int64_t h = s->h;
    t->row = row;
    for (int f = 0; f < FETCHES && s->kept; f++) {
        const REAL *kept = f == parts->state ? s->before : s->kept;
        t->read[f] = f <= parts->state ? kept + f * h + j : NULL;
        t->write[f] = f < parts->back ? (const REAL *)s->out + f * h + j : NULL;
    }
    if (s->next)
        sums_table[vectors - 1][rows - 1](t);
    for (int64_t i = 0; i < rows; i++)
        for (int64_t v = 0, unit = j; v < vectors; v++, unit += LANES) {
            back_units u = units_at(s, parts, row[i], unit, &t->c[i][v]);
            if (h - unit >= LANES)
                units(&u, h, LANES);
            else
                units(&u, h, h - unit);
        }
}

INLINE void back_rows(const sequence_back *s, sequence_cell cell, units_back *units)
{
    const sequence_parts *parts = &sequence_parts_of[cell];
    int64_t h = s->h, width = VECTORS * LANES;
    tile t = {.a = s->next ? (const REAL *)s->next + parts->through * h : NULL,
              .b = s->panels,
              .k = parts->gates * h,
              .a_row = parts->back * h,
              .b_row = width,
              .read_row = parts->kept * h,
              .write_row = parts->back * h};
    for (int64_t j = 0; j < h; j += width, t.b += t.k * width) {
        int64_t vectors = h - j < width ? (h - j + LANES - 1) / LANES : VECTORS;
        for (int64_t i = 0, at = 0; at < s->rows; i++) {
            int64_t end = tile_begin(s->rows, i + 1);
            back_tile(s, parts, units, j, vectors, s->row + at, end - at, &t);
            at = end;
        }
    }
}

#define STEPS(name, type, rows_of, ...)                                                            \
    static void name(const type *s)                                                                \
    {                                                                                              \
        const type own = *s; /* which no store can change */                                       \
        rows_of(&own, __VA_ARGS__);                                                                \
    }
STEPS(lstm, sequence_step, step_rows, SEQUENCE_LSTM)
STEPS(gru, sequence_step, step_rows, SEQUENCE_GRU)
STEPS(lstm_back, sequence_back, back_rows, SEQUENCE_LSTM, lstm_back_units)
STEPS(gru_back, sequence_back, back_rows, SEQUENCE_GRU, gru_back_units)
STEPS(lstm_first, sequence_back, back_rows, SEQUENCE_LSTM, first_units)
STEPS(gru_first, sequence_back, back_rows, SEQUENCE_GRU, first_units)
#undef STEPS

const sequence_class SEQUENCE_ROW = {
    .name = SEQUENCE_TEXT,
    .lanes = LANES,
    .step = {[SEQUENCE_LSTM] = lstm, [SEQUENCE_GRU] = gru},
    .back = {[SEQUENCE_LSTM] = lstm_back, [SEQUENCE_GRU] = gru_back},
    .first = {[SEQUENCE_LSTM] = lstm_first, [SEQUENCE_GRU] = gru_first},
};
