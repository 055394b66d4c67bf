/* The path down columns: results lie side by side, and rows of values are folded into them,
 * ROW_FOLD at a time. */
#include "device/reduce_parts.h"

static void fold(const reduce_args *a, int64_t n, int64_t rows, const void *const *x, reduced *acc)
{
    row_fold(a->combine, a->before.program->domain, n, (int)rows, x, acc);
}

/* Offsets of one axis range of the input: the kept or the reduced ones. */
static void walk_axes(const reduce_args *a, int from, int to, walk *w)
{
    *w = (walk){.space.axes = to - from, .operands = 1};
    memcpy(w->space.size, a->space.size + from, (size_t)(to - from) * sizeof(int64_t));
    memcpy(w->stride[0], a->before.in[0].stride + from, (size_t)(to - from) * sizeof(int64_t));
    walk_start(w);
}

/* Bytes of rows that are folded column by column: what the nearest cache keeps. */
enum { NEAR_BYTES = 16 << 10 };

/* Rows that lie evenly. */
static void fold_even(const reduce_args *a, int64_t n, int64_t rows, const char *x, int64_t step,
                      reduced *acc)
{
    int64_t bytes = dtype_size(a->before.program->out_dtype[0]);
    int64_t most = NEAR_BYTES / (n * bytes) / ROW_FOLD * ROW_FOLD;
    most = most < ROW_FOLD ? ROW_FOLD : most;
    for (int64_t q = 0; q < rows; q += most)
        row_fold_even(a->combine, a->before.program->domain, n, rows - q < most ? rows - q : most,
                      x + q * step * bytes, step, acc);
}

/* Straight from memory, column by column of as many as lie side by side. */
static void columns_there(const reduce_args *a, const reduce_part *part, walk *kept,
                          char *const *memory, reduce_scratch *s)
{
    walk rows;
    const char *x = view_at(&a->before.in[0], memory).at;
    int64_t bytes = dtype_size(a->before.in[0].dtype), n;
    walk_axes(a, a->kept, a->space.axes, &rows);
    walk_seek(kept, part->begin);
    for (int64_t m = part->begin; m < part->end; m += n, walk_on(kept, n)) {
        n = walk_run(kept, part->end - m);
        walk_seek(&rows, part->q0);
        if (rows.space.axes == 1) {
            fold_even(a, n, part->q1 - part->q0, x + (kept->offset[0] + rows.offset[0]) * bytes,
                      walk_stride(&rows, 0), s->acc + (m - part->begin));
            continue;
        }
        for (int64_t q = part->q0; q < part->q1; q += ROW_FOLD) {
            const void *row[ROW_FOLD];
            int64_t r = 0;
            for (; r < ROW_FOLD && q + r < part->q1; r++, walk_on(&rows, 1))
                row[r] = x + (kept->offset[0] + rows.offset[0]) * bytes;
            fold(a, n, r, row, s->acc + (m - part->begin));
        }
    }
}

/* Through `before`: whole rows of values, or the part of each that is wanted. */
static void columns_made(const reduce_args *a, const reduce_part *part, char *const *memory,
                         reduce_scratch *s)
{
    bound_program b;
    int64_t all = reduce_kept(a), n = part->end - part->begin;
    int64_t bytes = dtype_size(a->before.program->out_dtype[0]);
    int64_t most = n == all ? REDUCE_TILE / n / ROW_FOLD * ROW_FOLD : ROW_FOLD;
    reduce_bind_before(a, memory, &b);
    for (int64_t q = part->q0; q < part->q1; q += most) {
        int64_t rows = part->q1 - q < most ? part->q1 - q : most;
        if (n == all)
            reduce_make(&b, q * all, (q + rows) * all, s->tile, s);
        for (int64_t r = 0; n < all && r < rows; r++)
            reduce_make(&b, (q + r) * all + part->begin, (q + r) * all + part->end,
                        s->tile + r * n * bytes, s);
        fold_even(a, n, rows, s->tile, n, s->acc);
    }
}

void reduce_columns(const reduce_args *a, const reduce_part *part, char *const *memory,
                    reduce_scratch *s)
{
    walk kept;
    reduced none = reduce_none(a);
    for (int64_t i = 0; i < part->end - part->begin; i++)
        s->acc[i] = none;
    if (part->q0 == part->q1)
        return;
    if (reduce_is_plain(a)) {
        walk_axes(a, 0, a->kept, &kept);
        if (walk_stride(&kept, 0) == 1 || kept.space.size[kept.space.axes - 1] == 1) {
            columns_there(a, part, &kept, memory, s);
            return;
        }
    }
    columns_made(a, part, memory, s);
}
