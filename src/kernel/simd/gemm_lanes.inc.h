/* Registers from memory and back, and squares of them turned; included once for each domain. */

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

/* The first n lanes where at least `room` elements may be read; the others are anything. */
INLINE VEC NAME(load_within)(const REAL *at, int64_t n, int64_t room)
{
    (void)room;
    return NAME(load_part)(at, n);
}

INLINE REAL NAME(element)(const REAL *at)
{
    return *at;
}

/* n elements, where so many as the rooms say may be read and written over. */
INLINE void NAME(copy)(const REAL *from, int64_t n, int64_t from_room, REAL *to, int64_t to_room)
{
    (void)from_room, (void)to_room;
    memcpy(to, from, (size_t)n * sizeof(REAL));
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

/* Where the rows of a panel of a lie after packing. */
typedef struct PANEL {
    const REAL *at;
    int64_t row, col;
} PANEL;

/* How operands that lie in one way are packed; see gemm_pack.inc.h. */
typedef struct PACKING {
    void (*b)(const void *b, int64_t b_row, int64_t b_col, int64_t k, int64_t cols, REAL *to);
    void (*columns)(const void *a, int64_t a_col, int64_t panels, int64_t tall, int64_t short_rows,
                    int64_t k, REAL *to);
    void (*panel)(const void *a, int64_t a_row, int64_t a_col, int64_t rows, int64_t k, REAL *to);
} PACKING;
