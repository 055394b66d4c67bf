/* Operations on whole rows, then `after`.
 *
 * Results of a few rows, or of a block of one long row, wait in a tile; a row of any length is
 * looked at once and then produced block by block. */
#include "device/handed.h"

#include "kernel/row_parts.h"

#include <assert.h>

enum {
    TILE = 8192,  /* values that wait for `after` */
    ITEM = 32768, /* values of x that an item reads, at least a row */
};

typedef struct rows_scratch {
    _Alignas(64) char tile[TILE * 8];
    _Alignas(64) char program[ELEMENT_SCRATCH_BYTES];
} rows_scratch;

typedef struct rows_run {
    const rows_args *a;
    element_view x, label;
    handed_program after;
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
    handed_run(&r->after, begin, end, r->s->tile, r->s->program);
}

static int64_t offset_of(const rows_run *r, int64_t row, const int64_t *stride)
{
    int64_t offset = 0;
    for (int k = r->a->space.axes - 2; k >= 0; k--) {
        offset += row % r->a->space.size[k] * stride[k];
        row /= r->a->space.size[k];
    }
    return offset;
}

static const char *row_at(const rows_run *r, int64_t row)
{
    return r->x.at + offset_of(r, row, r->x.stride) * r->x_bytes;
}

static int64_t label_of(const rows_run *r, int64_t row)
{
    if (!r->label.at)
        return -1;
    int64_t at = offset_of(r, row, r->label.stride);
    return r->a->label.dtype == STINT_I32 ? ((const int32_t *)r->label.at)[at]
                                          : ((const int64_t *)r->label.at)[at];
}

/* Rows begin … end-1 whose results, `each` a row, fit a tile some at a time. */
static void short_rows(rows_run *r, int64_t begin, int64_t end, int64_t each)
{
    const rows_args *a = r->a;
    int64_t most = TILE / each;
    for (int64_t row = begin; row < end; row += most) {
        int64_t rows = end - row < most ? end - row : most;
        for (int64_t i = 0; i < rows; i++)
            row_run(a->op, a->domain, r->n, row_at(r, row + i), label_of(r, row + i), a->eps,
                    r->s->tile + i * each * r->value_bytes);
        finish(r, row * each, (row + rows) * each);
    }
}

/* Straight to where results belong. */
static void direct_rows(rows_run *r, int64_t begin, int64_t end, int64_t each)
{
    const rows_args *a = r->a;
    for (int64_t row = begin; row < end; row++)
        row_run(a->op, a->domain, r->n, row_at(r, row), label_of(r, row), a->eps,
                handed_directly(&r->after, row * each));
}

static void long_row(rows_run *r, int64_t row)
{
    const rows_args *a = r->a;
    const char *x = row_at(r, row);
    row_facts f;
    row_look(a->op, a->domain, r->n, x, label_of(r, row), a->eps, &f);
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
    rows_run r = {
        .a = a,
        .x = view_at(&a->x, memory),
        .label = view_at(&a->label, memory),
        .n = row_length(a),
        .x_bytes = a->domain == ELEMENT_F32 ? 4 : 8,
        .value_bytes = a->domain == ELEMENT_F32 && !index ? 4 : 8,
        .s = scratch,
    };
    (void)phase;
    element_space results = a->space;
    results.axes -= row_is_single(a->op);
    handed_bind(&r.after, &a->after, &results, memory);
    end = end < rows ? end : rows;
    int64_t each = row_is_single(a->op) ? 1 : r.n;
    if (handed_directly(&r.after, 0))
        direct_rows(&r, begin, end, each);
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
