/* Packing: blocks of the operands brought together, in the order in which they are read.
 *
 *     panel of b    [k][width], width being that of VECTORS registers, zeros beyond its columns
 *     panels of a   one after another, each [rows][k] or [k][rows], whichever way a lies
 *
 * Included once for each domain, as gemm.inc.h is. */

#define LANES   ((int64_t)(VECTOR_BYTES / sizeof(REAL)))
#define VECTORS 2
#define WIDTH   (VECTORS * LANES)

/* n lanes from anywhere in memory, the others 0 */
INLINE VEC NAME(load)(const REAL *at, int64_t n)
{
    if (n == LANES)
        return *(const LOOSE *)at;
    return NAME(load_part)(at, n);
}

INLINE void NAME(store)(REAL *at, VEC x, int64_t n)
{
    if (n == LANES)
        *(LOOSE *)at = x;
    else
        NAME(store_part)(at, x, n);
}

/* `cols` columns of b, each contiguous in k, as `steps` rows; the rest of x is zeros. */
INLINE void NAME(load_turned)(const REAL *b, int64_t b_col, int64_t cols, int64_t steps, VEC *x)
{
    if (cols == LANES && steps == LANES) {
        NAME(load_square)(b, b_col, x);
        return;
    }
    UNROLL
    for (int j = 0; j < LANES; j++)
        x[j] = j < cols ? NAME(load_part)(b + j * b_col, steps) : (VEC){0};
    NAME(transpose)(x);
}

static void NAME(turn)(const void *from, int64_t from_row, int64_t rows, int64_t cols, void *to,
                       int64_t to_row)
{
    VEC x[VECTOR_BYTES / sizeof(REAL)];
    for (int64_t i = 0; i < rows; i += LANES)
        for (int64_t j = 0; j < cols; j += LANES) {
            int64_t m = rows - i < LANES ? rows - i : LANES,
                    n = cols - j < LANES ? cols - j : LANES;
            NAME(load_turned)((const REAL *)from + i * from_row + j, from_row, m, n, x);
            for (int64_t s = 0; s < n; s++)
                NAME(store)((REAL *)to + (j + s) * to_row + i, x[s], m);
        }
}

/* Up to LANES columns of b, each contiguous in k, to one register of each row of the panel. */
static void NAME(pack_turned)(const REAL *b, int64_t b_col, int64_t k, int64_t cols, REAL *to)
{
    VEC x[VECTOR_BYTES / sizeof(REAL)];
    int64_t p = 0;
    for (; p + LANES <= k; p += LANES) {
        NAME(load_turned)(b + p, b_col, cols, LANES, x);
        UNROLL
        for (int j = 0; j < LANES; j++)
            *(VEC *)(to + (p + j) * WIDTH) = x[j];
    }
    if (p < k) {
        NAME(load_turned)(b + p, b_col, cols, k - p, x);
        for (int64_t j = 0; j < k - p; j++)
            *(VEC *)(to + (p + j) * WIDTH) = x[j];
    }
}

static void NAME(pack_rows)(const REAL *b, int64_t b_row, int64_t k, REAL *to)
{
    for (int64_t p = 0; p < k; p++)
        for (int v = 0; v < VECTORS; v++)
            *(VEC *)(to + p * WIDTH + v * LANES) = *(const LOOSE *)(b + p * b_row + v * LANES);
}

/* Up to LANES columns of b, its rows contiguous. */
static void NAME(pack_part)(const REAL *b, int64_t b_row, int64_t k, int64_t cols, REAL *to)
{
    for (int64_t p = 0; p < k; p++)
        *(VEC *)(to + p * WIDTH) = NAME(load_part)(b + p * b_row, cols);
}

static void NAME(pack_loose)(const REAL *b, int64_t b_row, int64_t b_col, int64_t k, int64_t cols,
                             REAL *to)
{
    for (int64_t p = 0; p < k; p++)
        for (int64_t j = 0; j < LANES; j++)
            to[p * WIDTH + j] = j < cols ? b[p * b_row + j * b_col] : 0;
}

/* cols ≤ WIDTH columns of b */
static void NAME(pack_b)(const REAL *b, int64_t b_row, int64_t b_col, int64_t k, int64_t cols,
                         REAL *to)
{
    if (b_col == 1 && cols == WIDTH) {
        NAME(pack_rows)(b, b_row, k, to);
        return;
    }
    for (int64_t j = 0; j < cols; j += LANES) {
        int64_t n = cols - j < LANES ? cols - j : LANES;
        if (b_col == 1)
            NAME(pack_part)(b + j, b_row, k, n, to + j);
        else if (b_row == 1)
            NAME(pack_turned)(b + j * b_col, b_col, k, n, to + j);
        else
            NAME(pack_loose)(b + j * b_col, b_row, b_col, k, n, to + j);
    }
}

/* Where the rows of a panel of a lie after packing. */
typedef struct PANEL {
    const REAL *at;
    int64_t row, col;
} PANEL;

/* A column of a, to where each panel's next column begins: `tall` panels of short_rows + 1 rows,
 * then those of short_rows. */
static void NAME(pack_column)(const REAL *a, int64_t panels, int64_t tall, int64_t short_rows,
                              int64_t k, int64_t p, REAL *to)
{
    for (int64_t i = 0; i < panels; i++) {
        int64_t rows = short_rows + (i < tall), whole = rows / LANES * LANES;
        REAL *at = to + p * rows;
        for (int64_t r = 0; r < whole; r += LANES)
            NAME(store)(at + r, NAME(load)(a + r, LANES), LANES);
        if (whole < rows)
            NAME(store_part)(at + whole, NAME(load_part)(a + whole, rows - whole), rows - whole);
        a += rows;
        to += rows * k;
    }
}

/* A panel whose rows do not lie side by side. */
static void NAME(pack_panel)(const REAL *a, int64_t a_row, int64_t a_col, int64_t rows, int64_t k,
                             REAL *to)
{
    for (int64_t i = 0; i < rows; i++)
        if (a_col == 1)
            memcpy(to + i * k, a + i * a_row, (size_t)k * sizeof(REAL));
        else
            for (int64_t p = 0; p < k; p++)
                to[i * k + p] = a[i * a_row + p * a_col];
}
