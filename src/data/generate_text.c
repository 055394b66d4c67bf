#include "data/delimited.h"
#include "data/generate.h"

/* Made-up rows as delimited text. */

#define BATCH_CELLS (INT64_C(1) << 20) /* 8 MiB of doubles */
#define BATCH_ROWS  4096

static void put_cell(delimited *to, const column_spec *column, double x)
{
    if (x != x)
        delimited_missing(to);
    else if (column->kind == COLUMN_TEXT)
        delimited_text(to, column->dictionary[(int64_t)x]);
    else if (column->kind == COLUMN_BOOL)
        delimited_bool(to, x != 0);
    else
        delimited_number(to, x);
}

static stint_status put_header(const generated *g, delimited *to)
{
    for (int j = 0; j < g->n_columns; j++)
        delimited_text(to, g->columns[j].name);
    return delimited_end_row(to);
}

static stint_status put_rows(void *self, const generated *g, const double *x, int64_t n,
                             int64_t stride)
{
    delimited *to = self;
    for (int64_t i = 0; i < n; i++) {
        for (int j = 0; j < g->n_columns; j++)
            put_cell(to, &g->columns[j], x[j * stride + i]);
        TRY(delimited_end_row(to));
    }
    return STINT_OK;
}

stint_status generate_text(generated *g, const generator_class *class, int fd, const char *path,
                           char delimiter)
{
    int64_t room = BATCH_CELLS / g->n_columns;
    room = room < BATCH_ROWS ? room : BATCH_ROWS;
    delimited to;
    delimited_begin(&to, g->ctx, fd, path, delimiter);
    stint_status s = put_header(g, &to);
    if (s == STINT_OK)
        s = generate_batches(g, class, g->rows < room ? g->rows : room, put_rows, &to);
    return delimited_end(&to, s);
}
