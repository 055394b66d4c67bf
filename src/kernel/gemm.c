#include "kernel/gemm_class.h"

#include <assert.h>
#include <string.h>

/* Products cut into tiles, each computed whole by one thread: its operands are packed into that
 * thread's scratch, so a product has one phase and no shared memory.
 *
 * A product of few columns is computed as C^T = B^T A^T, so that what runs along registers is
 * long; a finished tile is turned before it is handed on.  Small products of a batch share an
 * item. */

enum { TURNED = 1, CLASS_SHIFT = 1 };

/* Most of a tile, of the product as it is computed, by domain: a tile's sums, a block of a and a
 * panel of b stay in the second-level cache. */
static const int64_t most_rows[2] = {264, 132}, most_cols[2] = {512, 256};
/* … beside matrices that come from memory: long rows of them, each of which is another page. */
static const int64_t beside_rows[2] = {96, 96}, beside_cols[2] = {1024, 512};
/* No tile is cut further below this, so that packing stays small beside the sums. */
enum { LEAST_ROWS = 24, LEAST_COLS = 64, UNIT_ROWS = 4, UNIT_COLS = 32 };
/* Nanoseconds to read an element of an operand of so many bytes again, roughly, to turn one of
 * b, and to begin a run of what follows. */
static const struct {
    int64_t bytes;
    double read;
} caches[] = {{128 << 10, 0.02}, {1 << 20, 0.05}, {16 << 20, 0.1}, {INT64_MAX, 0.3}};
static const double turn_ns = 0.1, run_ns = 15;
/* Products of few columns are turned, and those whose columns fill registers badly where a lies
 * so that it costs nothing. */
enum { TURNED_COLS = 8, REGISTER_BYTES = 64, TURNED_DEPTH = 32 };

/* Tiles wanted for flops: a tile is worth handing to a thread from a microsecond on; more of
 * them keep more threads even, but are computed slower. */
static const struct {
    double flops;
    int64_t tiles;
} enough[] = {{2e9, 16}, {100e6, 8}, {1.5e6, 4}, {800e3, 2}, {0, 1}};
/* Flops of the products of a batch that share an item. */
static const double item_flops = 250e3;

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t parts(int64_t n, int64_t size)
{
    assert(n <= 0 || size > 0);
    return n > 0 ? (n + size - 1) / size : 0;
}

/* n in even parts of at most `most`, of a multiple of `unit` each */
static int64_t even(int64_t n, int64_t most, int64_t unit)
{
    int64_t count = parts(n, most);
    return count > 0 ? parts(parts(n, count), unit) * unit : 0;
}

static int64_t bytes_of(const gemm *g)
{
    return g->domain == ELEMENT_F64 ? 8 : 4;
}

static bool turned(const gemm *g)
{
    return g->path & TURNED;
}

/* The product as it is computed. */
static gemm inner(const gemm *g)
{
    gemm t = *g;
    if (turned(g)) {
        t.m = g->n, t.n = g->m;
        t.a = g->b, t.b = g->a;
        t.a_row = g->b_col, t.a_col = g->b_row, t.b_row = g->a_col, t.b_col = g->a_row;
        t.tile_rows = g->tile_cols, t.tile_cols = g->tile_rows;
    }
    return t;
}

static double flops(const gemm *g)
{
    return 2.0 * (double)g->m * (double)g->n * (double)g->k;
}

/* Flops, or bytes where they take longer: a thread does some eight flops in the time of a byte. */
static double work(const gemm *g)
{
    double bytes = (double)bytes_of(g) * ((double)g->m + (double)g->n) * (double)g->k;
    return flops(g) > 8 * bytes ? flops(g) : 8 * bytes;
}

/* Batches that one item takes, each whole. */
static int64_t together(const gemm *g)
{
    double n = item_flops / (work(g) + 1e3);
    return n < 1 ? 1 : (int64_t)n;
}

static int64_t tiles(const gemm *g)
{
    return parts(g->m, g->tile_rows) * parts(g->n, g->tile_cols);
}

static int64_t wanted_tiles(double work)
{
    int i = 0;
    while (work < enough[i].flops)
        i++;
    return enough[i].tiles;
}

static bool turns(const gemm *g)
{
    int64_t lanes = REGISTER_BYTES / bytes_of(g), filled = parts(g->n, lanes) * lanes;
    if (g->n >= g->m)
        return false;
    return g->n < TURNED_COLS || (g->a_row == 1 && g->b_col == 1 && g->k >= TURNED_DEPTH &&
                                  4 * filled > 5 * g->n && filled <= 2 * lanes);
}

static double read_ns(int64_t bytes)
{
    int i = 0;
    while (bytes > caches[i].bytes)
        i++;
    return caches[i].read;
}

/* Whether columns of a tile cost less to halve than rows: then a is read twice and runs are
 * half as long; else b is read twice. */
static bool halves_cols(const gemm *inner, int64_t rows, int64_t cols)
{
    double k = (double)inner->k, a = read_ns(bytes_of(inner) * inner->m * inner->k);
    double b = read_ns(bytes_of(inner) * inner->n * inner->k) + (inner->b_col != 1) * turn_ns;
    return (a * k + run_ns) / (double)cols <= b * k / (double)rows;
}

static void cut_tiles(gemm *g)
{
    gemm t = inner(g);
    int64_t rows = least(t.m, g->besides ? beside_rows[g->domain] : most_rows[g->domain]);
    int64_t cols = least(t.n, g->besides ? beside_cols[g->domain] : most_cols[g->domain]);
    int64_t wanted = wanted_tiles(work(g) * (double)g->batches);
    for (;;) {
        t.tile_rows = even(t.m, rows, UNIT_ROWS);
        t.tile_cols = even(t.n, cols, UNIT_COLS);
        if (tiles(&t) * g->batches >= wanted)
            break;
        if (cols >= 2 * LEAST_COLS && halves_cols(&t, rows, cols))
            cols = parts(cols, 2);
        else if (rows >= 2 * LEAST_ROWS)
            rows = parts(rows, 2);
        else if (cols >= 2 * LEAST_COLS)
            cols = parts(cols, 2);
        else
            break;
    }
    t.tile_rows = least(t.tile_rows, t.m);
    t.tile_cols = least(t.tile_cols, t.n);
    g->tile_rows = turned(g) ? t.tile_cols : t.tile_rows;
    g->tile_cols = turned(g) ? t.tile_rows : t.tile_cols;
}

/* Elements from row to row of a tile in scratch.  Whole rows of the product lie one behind the
 * other, so that what follows may take them as one line; others are whole registers, and not a
 * page apart. */
static int64_t apart(const gemm *inner)
{
    int64_t n = parts(inner->tile_cols, 16) * 16;
    if (inner->tile_cols == inner->n && !turned(inner))
        return inner->n;
    return n % 256 == 0 ? n + 16 : n;
}

static int64_t tile_elements(const gemm *inner)
{
    return parts(inner->tile_rows * apart(inner), 16) * 16;
}

void gemm_cut(gemm *g)
{
    assert(g->domain == ELEMENT_F32 ||
           (g->domain == ELEMENT_F64 && g->a == GEMM_DOMAIN && g->b == GEMM_DOMAIN));
    g->path = (gemm_class_best() << CLASS_SHIFT) | (turns(g) ? TURNED : 0);
    cut_tiles(g);
    gemm t = inner(g);
    int64_t each = tiles(g);
    g->phases = 1;
    g->items[0] = each == 1 ? parts(g->batches, together(g)) : each * g->batches;
    g->items[1] = 0;
    g->shared_bytes = 0;
    g->thread_bytes = (size_t)(bytes_of(g) * tile_elements(&t) * (turned(g) ? 2 : 1) +
                               gemm_part_bytes(t.tile_rows, bytes_of(g)));
    assert(g->thread_bytes <= GEMM_THREAD_BYTES);
}

static const char *at(const void *base, int64_t elements, int64_t bytes)
{
    return (const char *)base + elements * bytes;
}

/* What lies beside the part, whose first element is (row, col) of C. */
static void set_besides(const gemm *g, const gemm_operands *o, int64_t row, int64_t col,
                        gemm_part *p)
{
    int64_t rows = turned(g) ? p->cols : p->rows, cols = turned(g) ? p->rows : p->cols;
    for (int i = 0; i < g->besides; i++) {
        const gemm_beside *x = &o->beside[i];
        p->beside[i] = (gemm_ahead){.at = x->at + row * x->row_bytes + col * x->element_bytes,
                                    .stride = x->row_bytes,
                                    .runs = rows,
                                    .lines = (cols * x->element_bytes + 63) / 64};
    }
}

static void run_tile(const gemm *g, int64_t batch, int64_t tile, const gemm_operands *o,
                     void *thread)
{
    gemm t = inner(g);
    int64_t bytes = bytes_of(g), down = parts(t.m, t.tile_rows);
    assert(down > 0);
    int64_t row = tile % down * t.tile_rows, col = tile / down * t.tile_cols;
    char *scratch = thread;
    gemm_part p = {.rows = least(t.tile_rows, t.m - row),
                   .cols = least(t.tile_cols, t.n - col),
                   .k = t.k,
                   .a = at(turned(g) ? o->b[batch] : o->a[batch], row * t.a_row,
                           gemm_stored_bytes(t.a, bytes)),
                   .b = at(turned(g) ? o->a[batch] : o->b[batch], col * t.b_col,
                           gemm_stored_bytes(t.b, bytes)),
                   .a_row = t.a_row,
                   .a_col = t.a_col,
                   .b_row = t.b_row,
                   .b_col = t.b_col,
                   .scratch = scratch,
                   .a_stored = t.a,
                   .b_stored = t.b};
    set_besides(g, o, turned(g) ? col : row, turned(g) ? row : col, &p);
    scratch += gemm_part_bytes(t.tile_rows, bytes);
    bool copied = o->direct && o->direct_row * bytes >= 4096 && p.rows > 24 && t.k > GEMM_DEPTH;
    bool in_place = o->direct && !turned(g) && !copied;
    p.c = in_place ? (char *)o->direct[batch] + (row * o->direct_row + col) * bytes : scratch;
    p.c_row = in_place ? o->direct_row : apart(&t);
    gemm_table[g->path >> CLASS_SHIFT]->run[g->domain](&p);
    if (in_place)
        return;
    if (!turned(g) && copied) {
        for (int64_t i = 0; i < p.rows; i++)
            memcpy((char *)o->direct[batch] + ((row + i) * o->direct_row + col) * bytes,
                   (char *)p.c + i * p.c_row * bytes, (size_t)(p.cols * bytes));
        return;
    }
    if (!turned(g)) {
        o->tile(o->self, batch, row, col, p.rows, p.cols, p.c, p.c_row);
        return;
    }
    scratch += bytes * tile_elements(&t);
    char *to = o->direct ? (char *)o->direct[batch] + (col * o->direct_row + row) * bytes : scratch;
    int64_t to_row = o->direct ? o->direct_row : p.rows;
    gemm_table[g->path >> CLASS_SHIFT]->turn[g->domain](p.c, p.c_row, p.rows, p.cols, to, to_row);
    if (!o->direct)
        o->tile(o->self, batch, col, row, p.cols, p.rows, to, to_row);
}

void gemm_run(const gemm *g, int phase, int64_t item, const gemm_operands *o, void *thread)
{
    (void)phase;
    int64_t each = tiles(g);
    if (each > 1) {
        run_tile(g, item / each, item % each, o, thread);
        return;
    }
    int64_t n = together(g), end = least((item + 1) * n, g->batches);
    for (int64_t batch = item * n; batch < end; batch++)
        run_tile(g, batch, 0, o, thread);
}
