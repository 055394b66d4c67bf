/* Operations on whole rows, then `after`.
 *
 * Results of a few rows, or of a block of one long row, wait in a tile; a row of any length is
 * looked at once and then produced block by block. */
#include "device/handed.h"
#include "device/walk.h"

#include "kernel/row_parts.h"

#include <assert.h>

enum {
    TILE = 8192,  /* values that wait for `after` */
    ITEM = 32768, /* values of x that an item reads, at least a row */
};

typedef struct rows_scratch {
    _Alignas(64) char tile[TILE * 8];
    int64_t label[TILE];
    _Alignas(64) char program[ELEMENT_SCRATCH_BYTES];
} rows_scratch;

typedef struct rows_run {
    const rows_args *a;
    const char *x, *label;
    walk rows; /* operands x and label over the row axes */
    handed_program *after;
    int64_t n, x_bytes, value_bytes;
    rows_scratch *s;
} rows_run;

static int64_t row_length(const rows_args *a)
{
    return a->space.size[a->space.axes - 1];
}

static int64_t row_count(const rows_args *a)
{
    element_space rows = a->space;
    rows.axes--;
    return space_count(&rows);
}

/* Rows of an item, a multiple of nothing but themselves. */
static int64_t rows_of_item(const rows_args *a)
{
    int64_t n = row_length(a);
    return n >= ITEM ? 1 : ITEM / (n < 8 ? 8 : n);
}

/* Results begin … end-1 of the tile. */
static void finish(rows_run *r, int64_t begin, int64_t end)
{
    handed_run(r->after, begin, end, r->s->tile, r->s->program);
}

/* Labels of the next `rows` rows, NULL where there are none. */
static const int64_t *read_labels(const rows_run *r, int64_t rows)
{
    int64_t at = r->rows.offset[1], step = walk_stride(&r->rows, 1), *label = r->s->label;
    if (!r->label)
        return NULL;
    if (r->a->label.dtype == STINT_I32)
        for (int64_t i = 0; i < rows; i++)
            label[i] = ((const int32_t *)r->label)[at + i * step];
    else
        for (int64_t i = 0; i < rows; i++)
            label[i] = ((const int64_t *)r->label)[at + i * step];
    return label;
}

/* Rows begin … end-1 to `out`, run by run of rows that lie evenly. */
static void run_rows(rows_run *r, int64_t begin, int64_t end, char *out)
{
    const rows_args *a = r->a;
    row_many m = {.op = a->op, .domain = a->domain, .n = r->n, .eps = a->eps};
    int64_t each = (row_is_single(a->op) ? 1 : r->n) * r->value_bytes;
    walk_seek(&r->rows, begin);
    for (; begin < end; begin += m.rows, walk_on(&r->rows, m.rows), out += m.rows * each) {
        m.rows = walk_run(&r->rows, end - begin < TILE ? end - begin : TILE);
        m.x = r->x + r->rows.offset[0] * r->x_bytes;
        m.step = walk_stride(&r->rows, 0);
        m.label = read_labels(r, m.rows);
        row_run_many(&m, out);
    }
}

/* Rows begin … end-1 whose results, `each` a row, fit a tile some at a time. */
static void short_rows(rows_run *r, int64_t begin, int64_t end, int64_t each)
{
    int64_t most = TILE / each;
    for (int64_t row = begin; row < end; row += most) {
        int64_t rows = end - row < most ? end - row : most;
        run_rows(r, row, row + rows, r->s->tile);
        finish(r, row * each, (row + rows) * each);
    }
}

static void long_row(rows_run *r, int64_t row)
{
    const rows_args *a = r->a;
    row_facts f;
    walk_seek(&r->rows, row);
    const char *x = r->x + r->rows.offset[0] * r->x_bytes;
    const int64_t *label = read_labels(r, 1);
    row_look(a->op, a->domain, r->n, x, label ? *label : -1, a->eps, &f);
    for (int64_t i = 0; i < r->n; i += TILE) {
        int64_t n = r->n - i < TILE ? r->n - i : TILE;
        row_produce(a->op, a->domain, &f, n, x + i * r->x_bytes, r->s->tile);
        finish(r, row * r->n + i, row * r->n + i + n);
    }
}

static int64_t rows_items(const void *args, int phase)
{
    const rows_args *a = args;
    int64_t each = rows_of_item(a);
    (void)phase;
    return row_length(a) > 0 ? (row_count(a) + each - 1) / each : 0;
}

static void rows_run_item(const void *args, int phase, int64_t item, char *const *memory,
                          void *scratch)
{
    const rows_args *a = args;
    bool index = a->op == ROW_ARGMAX || a->op == ROW_ARGMIN;
    int64_t begin = item * rows_of_item(a), end = begin + rows_of_item(a), rows = row_count(a);
    static_assert(sizeof(rows_scratch) <= PLAN_SCRATCH_BYTES, "the scratch of a thread");
    handed_program after;
    rows_run r = {
        .a = a,
        .after = &after,
        .x = view_at(&a->x, memory).at,
        .label = view_at(&a->label, memory).at,
        .rows = {.space = a->space},
        .n = row_length(a),
        .x_bytes = a->domain == ELEMENT_F32 ? 4 : 8,
        .value_bytes = a->domain == ELEMENT_F32 && !index ? 4 : 8,
        .s = scratch,
    };
    (void)phase;
    r.rows.space.axes--;
    walk_add(&r.rows, a->x.stride);
    walk_add(&r.rows, a->label.stride);
    walk_start(&r.rows);
    element_space results = a->space;
    results.axes -= row_is_single(a->op);
    handed_bind(&after, &a->after, &results, memory);
    end = end < rows ? end : rows;
    int64_t each = row_is_single(a->op) ? 1 : r.n;
    char *direct = handed_directly(&after, begin * each);
    if (direct)
        run_rows(&r, begin, end, direct);
    else if (each <= TILE)
        short_rows(&r, begin, end, each);
    else
        for (; begin < end; begin++)
            long_row(&r, begin);
}

static void rows_describe(const void *args, str *out)
{
    const rows_args *a = args;
    str_addf(out, "%s [", row_op_text[a->op]);
    for (int k = 0; k < a->space.axes; k++)
        str_addf(out, k ? ",%lld" : "%lld", (long long)a->space.size[k]);
    str_addf(out, "]");
}

const step_class step_rows = {
    .name = "rows",
    .items = rows_items,
    .run = rows_run_item,
    .describe = rows_describe,
};
