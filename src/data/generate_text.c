#include "data/generate.h"

#include <string.h>

/* Made-up rows as delimited text: a header line, numbers in the fewest digits that read back to
 * the same bits, true and false, nothing for a missing cell; quotes where a text needs them. */

#define BATCH_CELLS (INT64_C(1) << 20) /* 8 MiB of doubles */
#define BATCH_ROWS  4096
#define FLUSH_BYTES (1 << 16)

static void add_text(str *out, const char *text, char delimiter)
{
    const char special[] = {delimiter, '"', '\n', '\r', '\0'};
    if (!strpbrk(text, special)) {
        str_add(out, text);
        return;
    }
    str_add(out, "\"");
    for (const char *at = text; *at; at++)
        str_add_bytes(out, *at == '"' ? "\"\"" : at, *at == '"' ? 2 : 1);
    str_add(out, "\"");
}

static void add_cell(str *out, const column_spec *column, double x, char delimiter)
{
    char number[STR_DOUBLE_SIZE];
    if (x != x)
        return;
    if (column->kind == COLUMN_TEXT)
        add_text(out, column->dictionary[(int64_t)x], delimiter);
    else if (column->kind == COLUMN_BOOL)
        str_add(out, x != 0 ? "true" : "false");
    else {
        str_format_double(number, x);
        str_add(out, number);
    }
}

static void add_header(const generated *g, str *out, char delimiter)
{
    for (int j = 0; j < g->n_columns; j++) {
        str_add_bytes(out, &delimiter, j > 0);
        add_text(out, g->columns[j].name, delimiter);
    }
    str_add(out, "\n");
}

typedef struct text_writer {
    int fd;
    const char *path;
    char delimiter;
    str text;
} text_writer;

static stint_status flush(text_writer *w)
{
    TRY(str_status(&w->text));
    TRY(file_write(w->text.ctx, w->fd, w->path, w->text.at, w->text.len));
    str_clear(&w->text);
    return STINT_OK;
}

static stint_status put_rows(void *self, const generated *g, const double *x, int64_t n,
                             int64_t stride)
{
    text_writer *w = self;
    for (int64_t i = 0; i < n; i++) {
        for (int j = 0; j < g->n_columns; j++) {
            str_add_bytes(&w->text, &w->delimiter, j > 0);
            add_cell(&w->text, &g->columns[j], x[j * stride + i], w->delimiter);
        }
        str_add(&w->text, "\n");
        if (w->text.len >= FLUSH_BYTES)
            TRY(flush(w));
    }
    return STINT_OK;
}

stint_status generate_text(generated *g, const generator_class *class, int fd, const char *path,
                           char delimiter)
{
    int64_t room = BATCH_CELLS / g->n_columns;
    room = room < BATCH_ROWS ? room : BATCH_ROWS;
    text_writer w = {.fd = fd, .path = path, .delimiter = delimiter};
    str_init(&w.text, g->ctx, TAG_TABLE);
    add_header(g, &w.text, delimiter);
    stint_status s = generate_batches(g, class, g->rows < room ? g->rows : room, put_rows, &w);
    if (s == STINT_OK)
        s = flush(&w);
    str_deinit(&w.text);
    return s;
}
