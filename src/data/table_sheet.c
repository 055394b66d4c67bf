#include "data/table_sheet.h"

#include "base/utf8.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Rows in batches of some 16 384 cells.  Texts made here (hashes, texts that are cut) live in an
 * arena for a batch; where a column has texts to cut, a batch is one row. */

enum { BATCH_CELLS = 1 << 14, TEXT_BYTES = 48, WIDTH_MOST = 40, NAMES_SEEN = 100 };
enum { BITS_HELD = 1 << 20 }; /* characters of a column's bits in a batch */

typedef struct sheet {
    ctx *ctx;
    const colfile *file;
    const table_sheet *how;
    xlsx_writer *writer;
    arena arena;          /* of the sheet */
    arena texts;          /* of a batch */
    xlsx_column *columns; /* [n_columns] */
    xlsx_values *values;  /* [n_columns] */
    double *numbers;      /* [batch] */
    union slot {
        double number;
        const char *text;
        int8_t flag;
    } * slots; /* [n_columns][batch] */
    int64_t batch;
} sheet;

int64_t table_sheet_bytes(int columns)
{
    int64_t cells = columns > BATCH_CELLS ? columns : BATCH_CELLS;
    int64_t column = (int64_t)(sizeof(xlsx_column) + sizeof(xlsx_values));
    return cells * (int64_t)(2 * sizeof(double) + TEXT_BYTES) + columns * column + (1 << 15);
}

/* --- texts -------------------------------------------------------------------------------- */

/* Bytes of as many characters as a cell holds. */
static size_t bytes_that_fit(const char *text)
{
    const char *at = text;
    for (int64_t units = 0; *at;) {
        size_t n = utf8_length(at);
        units += n == 4 ? 2 : 1;
        if (units > XLSX_TEXT_MOST)
            break;
        at += n ? n : 1;
    }
    return (size_t)(at - text);
}

const char *table_sheet_cut(arena *a, const char *text)
{
    size_t n = strlen(text);
    if (n <= XLSX_TEXT_MOST || bytes_that_fit(text) == n)
        return text;
    n = bytes_that_fit(text);
    char *cut = arena_alloc(a, n + 1);
    if (cut)
        snprintf(cut, n + 1, "%s", text);
    return cut;
}

static bool has_long_text(const colfile_column *k)
{
    for (int64_t i = 0; i < k->dictionary_n; i++)
        if (strlen(k->dictionary[i]) > XLSX_TEXT_MOST)
            return true;
    return false;
}

/* --- columns ------------------------------------------------------------------------------ */

/* By the first chunk: whole numbers as they are, the others with six decimals unless those would
 * show nothing of them. */
static xlsx_format number_format(sheet *s, int column)
{
    const colfile *f = s->file;
    double most = 0;
    bool whole = true;
    int64_t rows = f->chunks ? colfile_chunk_rows(f, 0) : 0;
    for (int64_t from = 0, n; from < rows; from += n) {
        n = rows - from < s->batch ? rows - from : s->batch;
        colfile_read(f, column, 0, from, n, s->numbers, 1);
        for (int64_t i = 0; i < n; i++) {
            double x = s->numbers[i];
            if (!isfinite(x))
                continue;
            whole = whole && x == floor(x);
            most = fmax(most, fabs(x));
        }
    }
    if (whole && most < 1e11)
        return XLSX_GENERAL;
    return most >= 1e-3 && most < 1e9 ? XLSX_NUMBER : XLSX_SCIENTIFIC;
}

static double text_width(const colfile_column *k)
{
    size_t most = strlen(k->name) + 2;
    for (int64_t i = 0; i < k->dictionary_n && i < NAMES_SEEN; i++) {
        size_t n = strlen(k->dictionary[i]);
        most = n > most ? n : most;
    }
    return most < WIDTH_MOST ? (double)most + 2 : WIDTH_MOST;
}

static void describe_column(sheet *s, int j)
{
    const colfile_column *k = &s->file->columns[j];
    xlsx_column *to = &s->columns[j];
    to->title = s->how->cut ? table_sheet_cut(&s->arena, k->name) : k->name;
    switch (k->kind) {
    case COLUMN_NUMBER: to->format = number_format(s, j); break;
    case COLUMN_TEXT: to->format = XLSX_TEXT, to->width = text_width(k); break;
    case COLUMN_HASH: to->format = XLSX_TEXT, to->width = 22; break;
    case COLUMN_BITS: to->format = XLSX_TEXT, to->width = WIDTH_MOST; break;
    case COLUMN_BOOL: break;
    }
}

/* --- cells -------------------------------------------------------------------------------- */

static stint_status put_text(sheet *s, const colfile_column *k, double code, const char **out)
{
    *out = NULL;
    if (code != code)
        return STINT_OK;
    const char *text = k->dictionary[(int64_t)code];
    *out = s->how->cut ? table_sheet_cut(&s->texts, text) : text;
    return *out ? STINT_OK : STINT_ENOMEM;
}

static stint_status put_hashes(sheet *s, const int64_t *hashes, int64_t n, const char **out)
{
    for (int64_t i = 0; i < n; i++) {
        out[i] = hashes[i] ? arena_printf(&s->texts, "%lld", (long long)hashes[i]) : NULL;
        if (hashes[i] && !out[i])
            return STINT_ENOMEM;
    }
    return STINT_OK;
}

static stint_status put_bits(sheet *s, const uint8_t *rows, int64_t width, int64_t n,
                             const char **out)
{
    for (int64_t i = 0; i < n; i++) {
        char *text = arena_alloc(&s->texts, (size_t)width + 1);
        if (!text)
            return STINT_ENOMEM;
        bits_text(rows + i * ((width + 7) / 8), width, text);
        if (!(out[i] = s->how->cut ? table_sheet_cut(&s->texts, text) : text))
            return STINT_ENOMEM;
    }
    return STINT_OK;
}

/* Rows [from, from+n) of a chunk into the column's slots. */
static stint_status fill_column(sheet *s, int j, int64_t chunk, int64_t from, int64_t n)
{
    const colfile *f = s->file;
    const colfile_column *k = &f->columns[j];
    const colfile_block *b = &f->blocks[chunk * f->n_columns + j];
    void *slots = s->slots + j * s->batch;
    const char **texts = slots;
    int8_t *flags = slots;
    switch (k->kind) {
    case COLUMN_HASH:
        s->values[j].texts = texts;
        return put_hashes(s, (const int64_t *)b->at + from, n, texts);
    case COLUMN_NUMBER:
        colfile_read(f, j, chunk, from, n, slots, 1);
        s->values[j].numbers = slots;
        return STINT_OK;
    case COLUMN_BOOL:
        colfile_read(f, j, chunk, from, n, s->numbers, 1);
        for (int64_t i = 0; i < n; i++)
            flags[i] = s->numbers[i] == s->numbers[i] ? s->numbers[i] != 0 : -1;
        s->values[j].bools = flags;
        return STINT_OK;
    case COLUMN_BITS:
        s->values[j].texts = texts;
        return put_bits(s, colfile_bits(f, j, chunk) + from * ((k->width + 7) / 8), k->width, n,
                        texts);
    case COLUMN_TEXT: break;
    }
    colfile_read(f, j, chunk, from, n, s->numbers, 1);
    for (int64_t i = 0; i < n; i++)
        TRY(put_text(s, k, s->numbers[i], &texts[i]));
    s->values[j].texts = texts;
    return STINT_OK;
}

static stint_status put_batch(sheet *s, int64_t chunk, int64_t from, int64_t n)
{
    stint_status status = STINT_OK;
    arena_init(&s->texts, s->ctx, TAG_TABLE);
    for (int j = 0; j < s->file->n_columns && status == STINT_OK; j++)
        status = fill_column(s, j, chunk, from, n);
    if (status == STINT_OK)
        status = xlsx_rows(s->writer, s->values, n);
    arena_deinit(&s->texts);
    return status;
}

static stint_status put_rows(sheet *s)
{
    const colfile *f = s->file;
    int64_t left =
        s->how->most_rows > 0 && s->how->most_rows < f->rows ? s->how->most_rows : f->rows;
    for (int64_t chunk = 0; chunk < f->chunks && left > 0; chunk++) {
        int64_t rows = colfile_chunk_rows(f, chunk);
        rows = rows < left ? rows : left;
        for (int64_t from = 0, n; from < rows; from += n) {
            n = rows - from < s->batch ? rows - from : s->batch;
            TRY(put_batch(s, chunk, from, n));
        }
        left -= rows;
    }
    return STINT_OK;
}

/* --- the sheet ---------------------------------------------------------------------------- */

static stint_status prepare(sheet *s)
{
    int n = s->file->n_columns;
    s->batch = BATCH_CELLS / n > 1 ? BATCH_CELLS / n : 1;
    for (int j = 0; j < n && s->how->cut; j++)
        if (s->file->columns[j].kind == COLUMN_TEXT && has_long_text(&s->file->columns[j]))
            s->batch = 1;
    for (int j = 0; j < n; j++) /* a batch's texts are held */
        while (s->file->columns[j].width * s->batch > BITS_HELD && s->batch > 1)
            s->batch /= 2;
    s->columns = arena_new(&s->arena, xlsx_column, n);
    s->values = arena_new(&s->arena, xlsx_values, n);
    s->numbers = arena_new(&s->arena, double, s->batch);
    s->slots = arena_alloc(&s->arena, (size_t)(n * s->batch) * sizeof *s->slots);
    if (!s->columns || !s->values || !s->numbers || !s->slots)
        return STINT_ENOMEM;
    for (int j = 0; j < n; j++)
        describe_column(s, j);
    return ctx_status(s->ctx);
}

stint_status table_sheet_write(ctx *c, xlsx_writer *w, const colfile *f, const table_sheet *how)
{
    sheet s = {.ctx = c, .file = f, .how = how, .writer = w};
    if (f->n_columns < 1 || f->n_columns > XLSX_COLUMNS_MOST)
        return xlsx_sheet(w, &(xlsx_sheet_info){.name = how->name, .n_columns = f->n_columns});
    arena_init(&s.arena, c, TAG_TABLE);
    stint_status status = prepare(&s);
    if (status == STINT_OK)
        status = xlsx_sheet(w, &(xlsx_sheet_info){how->name, s.columns, f->n_columns, true});
    if (status == STINT_OK)
        status = put_rows(&s);
    arena_deinit(&s.arena);
    return status;
}
