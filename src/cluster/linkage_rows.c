#include "cluster/linkage_rows.h"

#include <math.h>
#include <string.h>

/* Distances are roots already where they are added. */
static bool has_roots(const linkage_run *run)
{
    return run->metric == METRIC_EUCLIDEAN && run->linkage == LINKAGE_AVERAGE;
}

double linkage_rows_height(const linkage_run *run, double apart)
{
    return has_roots(run) ? apart : linkage_height(run->metric, apart);
}

/* --- rows in panels ------------------------------------------------------------------------ */

static void pack(linkage_rows *rows, const double *x)
{
    int64_t d = rows->d;
    for (int64_t i = 0; i < rows->panels * APART_PANEL; i++) {
        double *at = rows->x + i / APART_PANEL * d * APART_PANEL + i % APART_PANEL;
        for (int64_t j = 0; j < d; j++)
            at[j * APART_PANEL] = i < rows->n ? x[i * d + j] : INFINITY;
    }
}

stint_status linkage_rows_open(linkage_rows *rows, linkage_run *r)
{
    bool squares = linkage_squares(r->metric);
    *rows = (linkage_rows){.run = r,
                           .n = r->n,
                           .d = r->d,
                           .panels = linkage_panels(r->n),
                           .apart = squares ? r->apart->squares : r->apart->sizes,
                           .near = squares ? r->kernel->near_squares : r->kernel->near_sizes,
                           .roots = has_roots(r)};
    if (r->metric == METRIC_PRECOMPUTED)
        return STINT_OK;
    double *x = mem_new(r->ctx, TAG_MODEL, double, r->n * r->d);
    rows->x = mem_new(r->ctx, TAG_MODEL, double, rows->panels * r->d * APART_PANEL);
    stint_status s = x && rows->x ? linkage_load(r, x) : STINT_ENOMEM;
    if (s == STINT_OK)
        pack(rows, x);
    mem_free(x);
    return s;
}

void linkage_rows_close(linkage_rows *rows)
{
    mem_free(rows->x);
}

int64_t linkage_rows_bytes(int64_t n, int64_t d)
{
    return d == 0 ? 0
                  : mem_cost((size_t)(n * d) * 8) +
                        mem_cost((size_t)(linkage_panels(n) * d * APART_PANEL) * 8);
}

void linkage_rows_take(const linkage_rows *rows, int64_t i, double *q)
{
    for (int64_t j = 0; rows->x && j < rows->d; j++)
        q[j] = rows->x[(i / APART_PANEL * rows->d + j) * APART_PANEL + i % APART_PANEL];
}

void linkage_rows_apart(const linkage_rows *rows, int64_t i, const double *q, int64_t from,
                        int64_t count, double *out)
{
    if (rows->x) {
        rows->apart(q, rows->x + from * rows->d * APART_PANEL, rows->d, count, out);
        if (rows->roots)
            rows->run->apart->roots(out, count * APART_PANEL);
        return;
    }
    for (int64_t r = 0; r < count * APART_PANEL; r++) {
        int64_t j = from * APART_PANEL + r;
        out[r] = j < rows->n && j != i ? linkage_given(&rows->run->task->pairs, i, j) : INFINITY;
    }
}

/* --- the triangle -------------------------------------------------------------------------- */

/* Rows of a piece, of which four at a time go through as many panels as stay in a near cache. */
enum {
    PIECE_ROWS = 64,
    PIECE_GROUPS = PIECE_ROWS / KERNEL_QUERIES,
    NEAR_DOUBLES = 1 << 14,
    PIECES_AT_ONCE = 16
};

typedef struct triangle {
    const linkage_rows *rows;
    double *m, *room; /* [threads][PIECE_ROWS * d] groups of queries */
    int64_t first;    /* piece of this loop */
} triangle;

static double *triangle_row(double *m, int64_t i)
{
    return m + i * (i - 1) / 2;
}

static void pack_group(const linkage_rows *rows, int64_t from, double *q)
{
    for (int64_t i = from; i < from + KERNEL_QUERIES; i++) {
        int64_t row = i < rows->n ? i : rows->n - 1;
        const double *x = rows->x + row / APART_PANEL * rows->d * APART_PANEL + row % APART_PANEL;
        for (int64_t j = 0; j < rows->d; j++)
            q[j * KERNEL_QUERIES + i - from] = x[j * APART_PANEL];
    }
}

/* Four rows beside one panel; what lies on the diagonal or behind it is left out. */
static void put_tile(const triangle *t, int64_t from, int64_t panel, const double *tile)
{
    for (int64_t i = from; i < from + KERNEL_QUERIES && i < t->rows->n; i++) {
        int64_t first = panel * APART_PANEL;
        int64_t count = i - first < APART_PANEL ? i - first : APART_PANEL;
        if (count > 0)
            memcpy(triangle_row(t->m, i) + first, tile + (i - from) * APART_PANEL,
                   (size_t)count * sizeof *tile);
    }
}

static void fill_group(const triangle *t, const double *q, int64_t from, int64_t first, int64_t end)
{
    static const double all[KERNEL_QUERIES] = {NAN, NAN, NAN, NAN};
    double tile[KERNEL_QUERIES * KERNEL_PANEL];
    const linkage_rows *rows = t->rows;
    uint64_t near;
    for (int64_t p = first; p < end && p * APART_PANEL < from + KERNEL_QUERIES; p++) {
        (void)rows->near(q, rows->x + p * rows->d * APART_PANEL, rows->d, 1, all, tile, &near);
        put_tile(t, from, p, tile);
    }
}

static void fill_given(const triangle *t, int64_t from, int64_t end)
{
    const stint_pairs *p = &t->rows->run->task->pairs;
    for (int64_t j = 0; j < end; j++)
        for (int64_t i = j < from ? from : j + 1; i < end; i++)
            triangle_row(t->m, i)[j] = p->dense[j * p->n + i];
}

static stint_status fill_piece(void *self, int64_t item, int thread)
{
    const triangle *t = self;
    const linkage_rows *rows = t->rows;
    int64_t from = (t->first + item) * PIECE_ROWS;
    int64_t end = from + PIECE_ROWS < rows->n ? from + PIECE_ROWS : rows->n;
    int64_t panels = linkage_panels(end), step = NEAR_DOUBLES / (rows->d * APART_PANEL + 1) + 1;
    if (!rows->x) {
        fill_given(t, from, end);
        return STINT_OK;
    }
    double *q = t->room + thread * PIECE_ROWS * rows->d;
    int64_t wide = KERNEL_QUERIES * rows->d;
    for (int64_t g = 0; g < PIECE_GROUPS; g++)
        pack_group(rows, from + g * KERNEL_QUERIES, q + g * wide);
    for (int64_t p = 0; p < panels; p += step)
        for (int64_t g = 0; g < PIECE_GROUPS && from + g * KERNEL_QUERIES < end; g++)
            fill_group(t, q + g * wide, from + g * KERNEL_QUERIES, p,
                       p + step < panels ? p + step : panels);
    for (int64_t i = from; rows->roots && i < end; i++)
        rows->run->apart->roots(triangle_row(t->m, i), i);
    return STINT_OK;
}

stint_status linkage_rows_triangle(const linkage_rows *rows, double *m)
{
    linkage_run *r = rows->run;
    int threads = r->pool ? pool_threads(r->pool) : 1;
    triangle t = {.rows = rows, .m = m};
    t.room = mem_new(r->ctx, TAG_MODEL, double, threads *PIECE_ROWS * r->d + 1);
    if (!t.room)
        return STINT_ENOMEM;
    stint_status s = STINT_OK;
    int64_t pieces = (rows->n + PIECE_ROWS - 1) / PIECE_ROWS;
    for (; s == STINT_OK && t.first < pieces; t.first += PIECES_AT_ONCE) {
        int64_t some = pieces - t.first < PIECES_AT_ONCE ? pieces - t.first : PIECES_AT_ONCE;
        s = linkage_each(r, some, fill_piece, &t);
        if (s == STINT_OK)
            s = linkage_did(rows->run, (double)(some * PIECE_ROWS * rows->n * (rows->d + 1)) / 4);
    }
    mem_free(t.room);
    return s;
}

int64_t linkage_triangle_bytes(int64_t d, int threads)
{
    return mem_cost((size_t)(threads * PIECE_ROWS * d + 1) * 8);
}
