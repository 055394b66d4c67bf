/* The body of the matrix products, included once for each instruction set and domain.
 *
 * The register tile is TILE_ROWS × VECTORS registers of sums: per k, a row of b's panel is
 * loaded and the rows of a broadcast one by one (Goto, van de Geijn 2008; Van Zee, van de Geijn
 * 2015).  k is cut into blocks whose sums wait in c, so every sum is one chain over k.  A panel
 * of b is packed just before all rows of the tile use it. */

/* c (+)= a b over k, of `rows` × `vectors` registers, both constant; `last` lanes of the last
 * register are of c. */
INLINE void NAME(sums)(const int rows, const int vectors, int64_t k, PANEL a, const REAL *b,
                       int64_t b_row, REAL *c, int64_t c_row, bool first, int64_t last)
{
    VEC sum[TILE_ROWS][VECTORS];
    const REAL *a_at[(TILE_ROWS + 2) / 3]; /* each serves three rows */
    UNROLL
    for (int i = 0; i < rows; i += 3)
        a_at[i / 3] = a.at + i * a.row;
    REAL *at = c;
    if (first && k >= 16) { /* time enough to fetch where the sums will go */
        UNROLL
        for (int i = 0; i < rows; i++, at += c_row) {
            ALONE(at);
            __builtin_prefetch(at, 1, 2);
            __builtin_prefetch(at + (vectors - 1) * LANES, 1, 2);
        }
        at = c;
    }
    UNROLL
    for (int i = 0; i < rows; i++, at += c_row) {
        ALONE(at);
        UNROLL
        for (int v = 0; v < vectors; v++)
            if (first)
                sum[i][v] = (VEC){0};
            else
                sum[i][v] = NAME(load)(at + v * LANES, v + 1 < vectors ? LANES : last);
    }
    for (int64_t p = 0; p < k; p++) {
        VEC x[VECTORS];
        UNROLL
        for (int v = 0; v < vectors; v++)
            x[v] = *(const LOOSE *)(b + v * LANES);
        b += b_row;
        UNROLL
        for (int i = 0; i < rows; i++) {
            VEC y = a_at[i / 3][i % 3 * a.row] - (VEC){0}; /* in every lane */
            UNROLL
            for (int v = 0; v < vectors; v++)
                sum[i][v] = NAME(fma)(y, x[v], sum[i][v]);
        }
        UNROLL
        for (int i = 0; i < rows; i += 3)
            a_at[i / 3] += a.col;
    }
    UNROLL
    for (int i = 0; i < rows; i++, c += c_row) {
        ALONE(c);
        UNROLL
        for (int v = 0; v < vectors; v++)
            NAME(store)(c + v * LANES, sum[i][v], v + 1 < vectors ? LANES : last);
    }
}

typedef void NAME(sums_of)(int64_t k, PANEL a, const REAL *b, int64_t b_row, REAL *c, int64_t c_row,
                           bool first, int64_t last);

#define SUMS_NAME(rows, vectors) NAME(sums_##rows##_##vectors)
#define SUMS(rows, vectors)                                                                        \
    static void SUMS_NAME(rows, vectors)(int64_t k, PANEL a, const REAL *b, int64_t b_row,         \
                                         REAL *c, int64_t c_row, bool first, int64_t last)         \
    {                                                                                              \
        NAME(sums)(rows, vectors, k, a, b, b_row, c, c_row, first, last);                          \
    }
#if TILE_ROWS == 12
#define EACH_ROWS(X, v)                                                                            \
    X(1, v)                                                                                        \
    X(2, v) X(3, v) X(4, v) X(5, v) X(6, v) X(7, v) X(8, v) X(9, v) X(10, v) X(11, v) X(12, v)
#else
#define EACH_ROWS(X, v) X(1, v) X(2, v) X(3, v) X(4, v) X(5, v) X(6, v)
#endif
EACH_ROWS(SUMS, 1)
EACH_ROWS(SUMS, 2)
#undef SUMS

#define SUMS(rows, vectors) SUMS_NAME(rows, vectors),
static NAME(sums_of) *const
    NAME(sums_table)[VECTORS][TILE_ROWS] = {{EACH_ROWS(SUMS, 1)}, {EACH_ROWS(SUMS, 2)}};
#undef SUMS
#undef SUMS_NAME
#undef EACH_ROWS

/* Rows are dealt to panels evenly: the first `tall` have one more. */
typedef struct BLOCK {
    const gemm_part *part;
    int64_t panels, short_rows, tall;
    int64_t begin, k;    /* of the part's k */
    bool pack_a, pack_b; /* b's edges are packed all the same */
    const PACKING *by_a, *by_b;
    int64_t a_bytes, b_bytes; /* of their elements in memory */
    REAL *a, *b;
    gemm_ahead next_a, next_b; /* what is packed next */
    gemm_ahead beside[GEMM_BESIDES];
    int64_t fetch_a, fetch_beside[GEMM_BESIDES];
} BLOCK;

static inline int64_t NAME(panel_row)(const BLOCK *w, int64_t panel)
{
    return panel * w->short_rows + (panel < w->tall ? panel : w->tall);
}

static PANEL NAME(panel_of)(const BLOCK *w, int64_t row, int64_t rows, bool pack)
{
    const gemm_part *p = w->part;
    const char *a = (const char *)p->a + (row * p->a_row + w->begin * p->a_col) * w->a_bytes;
    REAL *to = w->a + row * w->k;
    if (!w->pack_a)
        return (PANEL){(const REAL *)a, p->a_row, p->a_col};
    if (pack && p->a_row != 1)
        w->by_a->panel(a, p->a_row, p->a_col, rows, w->k, to);
    return p->a_row == 1 ? (PANEL){to, 1, rows} : (PANEL){to, w->k, 1};
}

/* The columns of one panel of b, of all rows. */
static void NAME(columns)(BLOCK *w, int64_t j, int64_t cols)
{
    const gemm_part *p = w->part;
    const char *from = (const char *)p->b + (w->begin * p->b_row + j * p->b_col) * w->b_bytes;
    const REAL *b = (const REAL *)from;
    int64_t b_row = p->b_row, vectors = (cols + LANES - 1) / LANES;
    if (w->pack_b || cols % LANES != 0) {
        w->by_b->b(from, p->b_row, p->b_col, w->k, cols, w->b);
        b = w->b;
        b_row = WIDTH;
    }
    NAME(sums_of) *const *table = NAME(sums_table)[vectors - 1];
    int64_t last = cols - (vectors - 1) * LANES;
    int64_t fetch_b = w->next_b.runs * w->next_b.lines / w->panels + 1;
    for (int64_t i = 0; i < w->panels; i++) {
        int64_t row = NAME(panel_row)(w, i), rows = NAME(panel_row)(w, i + 1) - row;
        PANEL a = NAME(panel_of)(w, row, rows, j == 0);
        fetch(&w->next_b, fetch_b);
        fetch(&w->next_a, w->fetch_a);
        for (int x = 0; x < GEMM_BESIDES && w->beside[x].runs > 0; x++)
            fetch(&w->beside[x], w->fetch_beside[x]);
        table[rows - 1](w->k, a, b, b_row, (REAL *)p->c + row * p->c_row + j, p->c_row,
                        w->begin == 0 && !p->onto, last);
    }
}

/* One row of c (+)= a b over `steps` rows of b, constant: along b's rows, as they lie. */
INLINE void NAME(along)(const int steps, const REAL *a, int64_t a_col, const REAL *b, int64_t b_row,
                        int64_t cols, REAL *c, bool first)
{
    VEC y[8];
    UNROLL
    for (int s = 0; s < steps; s++)
        y[s] = a[s * a_col] - (VEC){0};
    int64_t whole = cols / LANES * LANES;
    for (int64_t j = 0; j < whole; j += LANES) {
        VEC sum = first ? (VEC){0} : NAME(load)(c + j, LANES);
        UNROLL
        for (int s = 0; s < steps; s++)
            sum = NAME(fma)(y[s], NAME(load)(b + s * b_row + j, LANES), sum);
        NAME(store)(c + j, sum, LANES);
    }
    if (whole < cols) {
        int64_t j = whole, last = cols - whole;
        VEC sum = first ? (VEC){0} : NAME(load_part)(c + j, last);
        UNROLL
        for (int s = 0; s < steps; s++)
            sum = NAME(fma)(y[s], NAME(load_part)(b + s * b_row + j, last), sum);
        NAME(store_part)(c + j, sum, last);
    }
}

/* A part of so few rows that b is read about once: whole rows of it, eight at a time. */
static void NAME(few_rows)(const gemm_part *p)
{
    const REAL *a = p->a, *b = p->b;
    for (int64_t k = 0; k < p->k;) {
        int64_t steps = p->k - k >= 8 ? 8 : 1;
        for (int64_t i = 0; i < p->rows; i++) {
            const REAL *x = a + i * p->a_row + k * p->a_col, *y = b + k * p->b_row;
            REAL *c = (REAL *)p->c + i * p->c_row;
            if (steps == 8)
                NAME(along)(8, x, p->a_col, y, p->b_row, p->cols, c, k == 0 && !p->onto);
            else
                NAME(along)(1, x, p->a_col, y, p->b_row, p->cols, c, k == 0 && !p->onto);
        }
        k += steps;
    }
}

/* As few_rows where b's columns are contiguous: squares of it are turned in registers. */
static void NAME(few_rows_turned)(const gemm_part *p)
{
    VEC x[VECTOR_BYTES / sizeof(REAL)], sum[FEW_ROWS];
    for (int64_t j = 0; j < p->cols; j += LANES) {
        const REAL *b = (const REAL *)p->b + j * p->b_col;
        int64_t cols = p->cols - j < LANES ? p->cols - j : LANES, k = 0;
        UNROLL
        for (int i = 0; i < FEW_ROWS; i++)
            sum[i] = p->onto && i < p->rows
                         ? NAME(load)((const REAL *)p->c + i * p->c_row + j, cols)
                         : (VEC){0};
        for (; k < p->k; k += LANES) {
            int64_t steps = p->k - k < LANES ? p->k - k : LANES;
            NAME(load_turned)(b + k, p->b_col, cols, steps, x);
            UNROLL
            for (int i = 0; i < FEW_ROWS; i++) {
                const REAL *a = (const REAL *)p->a + i * p->a_row + k * p->a_col;
                if (i < p->rows && steps == LANES) {
                    UNROLL
                    for (int s = 0; s < LANES; s++)
                        sum[i] = NAME(fma)(a[s * p->a_col] - (VEC){0}, x[s], sum[i]);
                } else if (i < p->rows) {
                    for (int s = 0; s < steps; s++)
                        sum[i] = NAME(fma)(a[s * p->a_col] - (VEC){0}, x[s], sum[i]);
                }
            }
        }
        UNROLL
        for (int i = 0; i < FEW_ROWS; i++)
            if (i < p->rows)
                NAME(store)((REAL *)p->c + i * p->c_row + j, sum[i], cols);
    }
}

static inline gemm_ahead NAME(ahead_b)(const gemm_part *p, int64_t begin, int64_t k, int64_t j)
{
    int64_t cols = p->cols - j < WIDTH ? p->cols - j : WIDTH;
    int64_t bytes = gemm_stored_bytes(p->b_stored, sizeof(REAL));
    return ahead_of((const char *)p->b + (begin * p->b_row + j * p->b_col) * bytes, p->b_row,
                    p->b_col, k, cols, bytes);
}

/* What lies beside c is fetched evenly over the last block of k. */
static void NAME(begin_besides)(BLOCK *w)
{
    const gemm_part *p = w->part;
    int64_t tiles = w->panels * ((p->cols + WIDTH - 1) / WIDTH);
    for (int i = 0; i < GEMM_BESIDES; i++) {
        w->beside[i] = p->beside[i];
        w->fetch_beside[i] = p->beside[i].runs * p->beside[i].lines / tiles + 1;
    }
}

static void NAME(part)(const gemm_part *p)
{
    BLOCK w = {.part = p};
    bool narrow = p->a_stored || p->b_stored, few = p->rows <= FEW_ROWS && p->k > 0 && !narrow;
    if (few && p->b_col == 1) {
        NAME(few_rows)(p);
        return;
    }
    if (few && p->b_row == 1) {
        NAME(few_rows_turned)(p);
        return;
    }
    int64_t blocks = (p->k + GEMM_DEPTH - 1) / GEMM_DEPTH;
    blocks = blocks > 0 ? blocks : 1; /* of no products: zeros */
    w.b = p->scratch;
    w.a = w.b + WIDTH * GEMM_DEPTH;
    w.panels = (p->rows + TILE_ROWS - 1) / TILE_ROWS;
    w.short_rows = p->rows / w.panels;
    w.tall = p->rows % w.panels;
    w.by_a = &NAME(packings)[p->a_stored];
    w.by_b = &NAME(packings)[p->b_stored];
    w.a_bytes = gemm_stored_bytes(p->a_stored, sizeof(REAL));
    w.b_bytes = gemm_stored_bytes(p->b_stored, sizeof(REAL));
    w.pack_a = p->a_stored || (p->cols > 2 * WIDTH && !lies_close(p, sizeof(REAL)));
    w.pack_b = p->b_stored || p->b_col != 1 || p->rows > 8 * TILE_ROWS;
    bool fetch_b = w.pack_b || p->k * p->b_row * w.b_bytes > FAR_BYTES;
    for (int64_t i = 0; i < blocks; i++) {
        w.begin = p->k * i / blocks;
        int64_t end = p->k * (i + 1) / blocks, more = p->k * (i + 2) / blocks - end;
        w.k = end - w.begin;
        w.next_a = (gemm_ahead){0};
        if (i + 1 == blocks)
            NAME(begin_besides)(&w);
        if (w.pack_a && i + 1 < blocks)
            w.next_a = ahead_of((const char *)p->a + end * p->a_col * w.a_bytes, p->a_row, p->a_col,
                                p->rows, more, w.a_bytes);
        w.fetch_a = w.next_a.runs * w.next_a.lines / (w.panels * ((p->cols - 1) / WIDTH + 1)) + 1;
        if (w.pack_a && p->a_row == 1)
            w.by_a->columns((const char *)p->a + w.begin * p->a_col * w.a_bytes, p->a_col, w.panels,
                            w.tall, w.short_rows, w.k, w.a);
        for (int64_t j = 0; j < p->cols; j += WIDTH) {
            w.next_b = (gemm_ahead){0};
            if (fetch_b && j + WIDTH < p->cols)
                w.next_b = NAME(ahead_b)(p, w.begin, w.k, j + WIDTH);
            else if (fetch_b && i + 1 < blocks)
                w.next_b = NAME(ahead_b)(p, end, more, 0);
            NAME(columns)(&w, j, p->cols - j < WIDTH ? p->cols - j : WIDTH);
        }
    }
}

#undef LANES
#undef VECTORS
#undef WIDTH
