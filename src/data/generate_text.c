#include "data/delimited.h"
#include "data/generate.h"

/* Made-up rows as delimited text. */

#define BATCH_CELLS (INT64_C(1) << 20) /* 8 MiB of doubles */
#define BATCH_ROWS  4096

typedef struct text_writer {
    const generator_class *class;
    delimited to;
    uint8_t packed[BITS_WIDTH_MOST / 8];
    char digits[BITS_WIDTH_MOST + 1];
} text_writer;

static void put_bits(text_writer *w, const generated *g, int j, double row)
{
    w->class->bits(g, j, (int64_t)row, w->packed);
    bits_text(w->packed, g->columns[j].encoder->width, w->digits);
    delimited_text(&w->to, w->digits);
}

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
    text_writer *w = self;
    for (int64_t i = 0; i < n; i++) {
        for (int j = 0; j < g->n_columns; j++)
            if (g->columns[j].kind == COLUMN_BITS)
                put_bits(w, g, j, x[j * stride + i]);
            else
                put_cell(&w->to, &g->columns[j], x[j * stride + i]);
        TRY(delimited_end_row(&w->to));
    }
    return STINT_OK;
}

stint_status generate_text(generated *g, const generator_class *class, int fd, const char *path,
                           char delimiter)
{
    int64_t room = BATCH_CELLS / g->n_columns;
    room = room < BATCH_ROWS ? room : BATCH_ROWS;
    text_writer *w = arena_new(&g->arena, text_writer, 1);
    if (!w)
        return STINT_ENOMEM;
    w->class = class;
    delimited_begin(&w->to, g->ctx, fd, path, delimiter);
    stint_status s = put_header(g, &w->to);
    if (s == STINT_OK)
        s = generate_batches(g, class, g->rows < room ? g->rows : room, put_rows, w);
    return delimited_end(&w->to, s);
}
