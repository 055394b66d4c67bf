#include "data/table_labels.h"

#include "data/text_column.h"

#include <math.h>
#include <string.h>

/* --- cells -------------------------------------------------------------------------------- */

static bool is_packed(const table *t)
{
    return t->n_targets > 0 && t->file->columns[t->targets[0]].kind == COLUMN_BITS;
}

static stint_status fail_cell(ctx *c, const colfile *f, int column, int64_t row, double cell)
{
    char text[STR_DOUBLE_SIZE];
    if (isnan(cell))
        return table_fail(c, f, column, row,
                          "missing, where a label is 0 or 1: fill the cell, or remove the row");
    str_format_double(text, cell);
    return table_fail(c, f, column, row,
                      "%s, where a label is 0 or 1; correct the cell, or set data.task: regression",
                      text);
}

typedef struct cell_check {
    ctx *ctx;
    const colfile *file, *rows; /* rows: "keep", or NULL */
    double *cells, *keep;       /* [COLFILE_CHUNK_ROWS] */
} cell_check;

static stint_status check_chunk(const cell_check *k, int column, int64_t chunk)
{
    int64_t n = colfile_chunk_rows(k->file, chunk);
    if (k->file->blocks[chunk * k->file->n_columns + column].type == TYPE_BOOL)
        return STINT_OK;
    colfile_read(k->file, column, chunk, 0, n, k->cells, 1);
    for (int64_t i = 0; i < n; i++)
        if (k->cells[i] != 0 && k->cells[i] != 1 && (!k->rows || k->keep[i] != 0))
            return fail_cell(k->ctx, k->file, column, chunk * COLFILE_CHUNK_ROWS + i, k->cells[i]);
    return STINT_OK;
}

/* The first bad cell by chunk, then by column. */
static stint_status check_cells(const cell_check *k, const int *columns, int n)
{
    for (int64_t chunk = 0; chunk < k->file->chunks; chunk++) {
        if (k->rows)
            colfile_read(k->rows, colfile_find(k->rows, "keep"), chunk, 0,
                         colfile_chunk_rows(k->file, chunk), k->keep, 1);
        for (int i = 0; i < n; i++)
            TRY(check_chunk(k, columns[i], chunk));
    }
    return STINT_OK;
}

static stint_status cells_are_labels(ctx *c, const colfile *f, const colfile *rows,
                                     const int *columns, int n)
{
    cell_check k = {c, f, rows, mem_new(c, TAG_TABLE, double, 2 * COLFILE_CHUNK_ROWS), NULL};
    if (!k.cells)
        return STINT_ENOMEM;
    k.keep = k.cells + COLFILE_CHUNK_ROWS;
    stint_status s = check_cells(&k, columns, n);
    mem_free(k.cells);
    return s;
}

/* --- columns ------------------------------------------------------------------------------ */

/* Columns of 0 and 1, or a single one of bits. */
static stint_status check_kinds(ctx *c, const colfile *f, const int *columns, int n)
{
    for (int i = 0; i < n; i++) {
        column_kind kind = f->columns[columns[i]].kind;
        if (kind == COLUMN_BITS && n > 1)
            return fail(c, STINT_EDATA,
                        "data.target: \"%s\" holds bits, which are labels by themselves: name it "
                        "alone, or columns of 0 and 1",
                        f->columns[columns[i]].name);
        if (kind == COLUMN_TEXT || kind == COLUMN_HASH)
            return fail_text_column(c, f, columns[i],
                                    "labels are columns of 0 and 1, or one of bits; see data.bits");
    }
    return STINT_OK;
}

static stint_status check_settings(ctx *c, const table_settings *s, const table *t)
{
    if (t->n_labels > LABELS_MOST)
        return fail(c, STINT_EDATA, "data.target: %d labels, where %d are the most", t->n_labels,
                    LABELS_MOST);
    if (s->decode.top_k > t->n_labels)
        return fail(c, STINT_EUSAGE,
                    "data.decode.top_k: %d labels a row, where there are only %d; ask for fewer",
                    s->decode.top_k, t->n_labels);
    return STINT_OK;
}

stint_status table_take_labels(ctx *c, arena *a, const table_settings *s, table *t)
{
    const colfile *f = t->file;
    TRY(check_kinds(c, f, t->targets, t->n_targets));
    const colfile_column *first = &f->columns[t->targets[0]];
    bool packed = is_packed(t);
    t->decode = s->decode;
    t->n_labels = packed ? (int)first->width : t->n_targets;
    t->labels = packed ? first->bits : NULL;
    TRY(check_settings(c, s, t));
    if (packed)
        return STINT_OK;
    const char **names = arena_new(a, const char *, t->n_labels);
    for (int k = 0; names && k < t->n_labels; k++)
        names[k] = f->columns[t->targets[k]].name;
    t->labels = names;
    return names ? cells_are_labels(c, f, s->rows, t->targets, t->n_targets) : STINT_ENOMEM;
}

/* --- new data ----------------------------------------------------------------------------- */

static stint_status check_vocabulary(ctx *c, const colfile_column *column, const table *t)
{
    for (int64_t k = 0; k < column->width; k++)
        if (k >= t->n_labels || strcmp(column->bits[k], t->labels[k]) != 0)
            return fail(c, STINT_EDATA,
                        "column \"%s\" has labels outside the vocabulary: its label %lld is "
                        "\"%s\", the model's is %s%s%s",
                        column->name, (long long)k + 1, column->bits[k],
                        k < t->n_labels ? "\"" : "none", k < t->n_labels ? t->labels[k] : "",
                        k < t->n_labels ? "\"" : "");
    if (column->width < t->n_labels)
        return fail(c, STINT_EDATA,
                    "column \"%s\" has %lld labels, the model %d: the next is \"%s\"", column->name,
                    (long long)column->width, t->n_labels, t->labels[column->width]);
    return STINT_OK;
}

stint_status table_find_labels(ctx *c, const int *columns, int n, const table *t)
{
    const colfile_column *first = &t->file->columns[columns[0]];
    TRY(check_kinds(c, t->file, columns, n));
    if (first->kind == COLUMN_BITS)
        return check_vocabulary(c, first, t);
    if (n != t->n_labels)
        return fail(c, STINT_EDATA, "column \"%s\" is no column of bits, which hold the %d labels",
                    first->name, t->n_labels);
    return cells_are_labels(c, t->file, NULL, columns, n);
}

/* --- targets ------------------------------------------------------------------------------ */

void table_labels(const table *t, int64_t chunk, const int32_t *rows, int64_t n, double *out,
                  int64_t column_stride, int64_t row_stride)
{
    const colfile *f = t->file;
    if (is_packed(t)) {
        bits_gather_f64(colfile_bits(f, t->targets[0], chunk), (t->n_labels + 7) / 8, rows, n, 0,
                        t->n_labels, out, column_stride, row_stride);
        return;
    }
    for (int k = 0; k < t->n_targets; k++)
        colfile_gather(f, t->targets[k], chunk, rows, n, out + k * column_stride, row_stride);
}
