/* Packing: blocks of the operands brought together, in the order in which they are read.
 *
 *     panel of b    [k][width], width being that of VECTORS registers, anything beyond its columns
 *     panels of a   one after another, each [rows][k] or [k][rows], whichever way a lies
 *
 * Included once for each SOURCE in which operands lie: the domain's own type, or a narrow float
 * that is widened on the way; FROM(x) names what reads it. */

/* Up to LANES columns of b, each contiguous in k, to one register of each row of the panel. */
INLINE void FROM(pack_turned)(const SOURCE *b, int64_t b_col, int64_t k, int64_t cols, REAL *to)
{
    VEC x[VECTOR_BYTES / sizeof(REAL)];
    int64_t p = 0;
    for (; p + LANES <= k; p += LANES) {
        FROM(load_turned)(b + p, b_col, cols, LANES, x);
        UNROLL
        for (int j = 0; j < LANES; j++)
            *(VEC *)(to + (p + j) * WIDTH) = x[j];
    }
    if (p < k) {
        FROM(load_turned)(b + p, b_col, cols, k - p, x);
        for (int64_t j = 0; j < k - p; j++)
            *(VEC *)(to + (p + j) * WIDTH) = x[j];
    }
}

static void FROM(pack_rows)(const SOURCE *b, int64_t b_row, int64_t k, REAL *to)
{
    for (int64_t p = 0; p < k; p++)
        for (int v = 0; v < VECTORS; v++)
            *(VEC *)(to + p * WIDTH + v * LANES) = FROM(load)(b + p * b_row + v * LANES, LANES);
}

/* Up to LANES columns of b, its rows contiguous. */
static void FROM(pack_part)(const SOURCE *b, int64_t b_row, int64_t k, int64_t cols, REAL *to)
{
    for (int64_t p = 0; p < k; p++)
        *(VEC *)(to + p * WIDTH) =
            FROM(load_within)(b + p * b_row, cols, (k - 1 - p) * b_row + cols);
}

static void FROM(pack_loose)(const SOURCE *b, int64_t b_row, int64_t b_col, int64_t k, int64_t cols,
                             REAL *to)
{
    for (int64_t p = 0; p < k; p++)
        for (int64_t j = 0; j < LANES; j++)
            to[p * WIDTH + j] = j < cols ? FROM(element)(b + p * b_row + j * b_col) : 0;
}

/* cols ≤ WIDTH columns of b */
static void FROM(pack_b)(const void *from, int64_t b_row, int64_t b_col, int64_t k, int64_t cols,
                         REAL *to)
{
    const SOURCE *b = from;
    if (b_col == 1 && cols == WIDTH) {
        FROM(pack_rows)(b, b_row, k, to);
        return;
    }
    for (int64_t j = 0; j < cols; j += LANES) {
        int64_t n = cols - j < LANES ? cols - j : LANES;
        if (b_col == 1)
            FROM(pack_part)(b + j, b_row, k, n, to + j);
        else if (b_row == 1 && n == LANES)
            FROM(pack_turned)(b + j * b_col, b_col, k, LANES, to + j);
        else if (b_row == 1)
            FROM(pack_turned)(b + j * b_col, b_col, k, n, to + j);
        else
            FROM(pack_loose)(b + j * b_col, b_row, b_col, k, n, to + j);
    }
}

/* Column p of a, to where each panel's column p begins: `tall` panels of short_rows + 1 rows, then
 * those of short_rows.  `room` elements of a may be read. */
INLINE void FROM(pack_column)(const SOURCE *a, int64_t panels, int64_t tall, int64_t short_rows,
                              int64_t k, int64_t p, int64_t room, REAL *to)
{
    for (int64_t i = 0; i < panels; i++) {
        int64_t rows = short_rows + (i < tall);
        REAL *at = to + p * rows;
        for (int64_t r = 0; r < rows; r += LANES) {
            int64_t n = rows - r < LANES ? rows - r : LANES;
            VEC x = FROM(load_within)(a + r, n, room - r);
            /* the next columns of the panel are yet to come */
            NAME(store)(at + r, x, (k - p) * rows - r >= LANES ? LANES : n);
        }
        a += rows;
        room -= rows;
        to += rows * k;
    }
}

/* Rows of a lie side by side. */
static void FROM(pack_columns)(const void *from, int64_t a_col, int64_t panels, int64_t tall,
                               int64_t short_rows, int64_t k, REAL *to)
{
    int64_t rows = panels * short_rows + tall;
    for (int64_t p = 0; p < k; p++)
        FROM(pack_column)
    ((const SOURCE *)from + p * a_col, panels, tall, short_rows, k, p, (k - 1 - p) * a_col + rows,
     to);
}

/* A panel whose rows do not lie side by side. */
static void FROM(pack_panel)(const void *from, int64_t a_row, int64_t a_col, int64_t rows,
                             int64_t k, REAL *to)
{
    const SOURCE *a = from;
    for (int64_t i = 0; i < rows; i++)
        if (a_col == 1)
            FROM(copy)(a + i * a_row, k, (rows - 1 - i) * a_row + k, to + i * k, (rows - i) * k);
        else
            for (int64_t p = 0; p < k; p++)
                to[i * k + p] = FROM(element)(a + i * a_row + p * a_col);
}

#undef SOURCE
#undef FROM
