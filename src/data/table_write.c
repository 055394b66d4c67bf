#include "data/table_write.h"

#include "base/pool.h"
#include "data/delimited.h"
#include "data/export.h"
#include "data/table_sheet.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A format is a row with what file names end in; each writes a file beside the final one, synced. */

/* --- text --------------------------------------------------------------------------------- */

static void put_bits(delimited *to, const uint8_t *row, int64_t width)
{
    char text[BITS_WIDTH_MOST + 1];
    bits_text(row, width, text);
    delimited_text(to, text);
}

static void put_cell(delimited *to, const colfile *f, int j, int64_t chunk, int64_t i)
{
    const colfile_column *k = &f->columns[j];
    const colfile_block *b = &f->blocks[chunk * f->n_columns + j];
    double x;
    if (k->kind == COLUMN_BITS) {
        put_bits(to, colfile_bits(f, j, chunk) + i * ((k->width + 7) / 8), k->width);
        return;
    }
    if (b->type == TYPE_I64) { /* doubles do not hold all of them */
        int64_t whole = ((const int64_t *)b->at)[i];
        if (k->kind == COLUMN_HASH && whole == 0)
            delimited_missing(to);
        else
            delimited_integer(to, whole);
        return;
    }
    colfile_read(f, j, chunk, i, 1, &x, 1);
    if (x != x)
        delimited_missing(to);
    else if (k->kind == COLUMN_BOOL)
        delimited_bool(to, x != 0);
    else if (k->kind != COLUMN_TEXT)
        delimited_number(to, x);
    else
        delimited_text(to, k->dictionary[(int64_t)x]);
}

static stint_status put_chunk(delimited *to, const colfile *f, int64_t chunk)
{
    int64_t rows = colfile_chunk_rows(f, chunk);
    for (int64_t i = 0; i < rows; i++) {
        for (int j = 0; j < f->n_columns; j++)
            put_cell(to, f, j, chunk, i);
        TRY(delimited_end_row(to));
    }
    return STINT_OK;
}

static stint_status put_table(delimited *to, const colfile *f)
{
    ctx *c = to->text.ctx;
    for (int j = 0; j < f->n_columns; j++)
        delimited_text(to, f->columns[j].name);
    TRY(delimited_end_row(to));
    for (int64_t chunk = 0; chunk < f->chunks; chunk++) {
        TRY(put_chunk(to, f, chunk));
        if (ctx_interrupted(c) && chunk + 1 < f->chunks)
            return fail(c, STINT_EINTERRUPT, "writing %s was stopped", to->path);
    }
    return STINT_OK;
}

stint_status table_write_text(ctx *c, const colfile *f, int fd, const char *path, char delimiter)
{
    delimited to;
    delimited_begin(&to, c, fd, path, delimiter);
    return delimited_end(&to, put_table(&to, f));
}

/* --- formats ------------------------------------------------------------------------------ */

typedef struct output {
    ctx *ctx;
    const colfile *file;
    const char *columns, *tmp; /* the column file, what to write */
    const table_write_settings *settings;
} output;

static stint_status write_delimited(const output *o, char delimiter)
{
    int fd = open(o->tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0)
        return fail_errno(o->ctx, "create", o->tmp);
    stint_status s = table_write_text(o->ctx, o->file, fd, o->tmp, delimiter);
    if (s == STINT_OK)
        s = file_sync(o->ctx, fd, o->tmp);
    if (close(fd) != 0 && s == STINT_OK)
        s = fail_errno(o->ctx, "close", o->tmp);
    return s;
}

static stint_status write_csv(const output *o)
{
    return write_delimited(o, ',');
}

static stint_status write_tsv(const output *o)
{
    return write_delimited(o, '\t');
}

static stint_status write_workbook(const output *o, pool *p)
{
    const char *name = o->settings->sheet ? o->settings->sheet : "Predictions";
    xlsx_writer *w = xlsx_create(o->ctx, p, o->tmp);
    if (!w)
        return ctx_status(o->ctx);
    stint_status s = table_sheet_write(o->ctx, w, o->file, &(table_sheet){.name = name});
    if (s == STINT_OK)
        return xlsx_finish(w);
    xlsx_abandon(w);
    return s;
}

static stint_status write_xlsx(const output *o)
{
    if (o->file->rows >= XLSX_ROWS_MOST)
        return fail(o->ctx, STINT_EDATA,
                    "%s: %lld rows and their titles; a sheet holds %d rows: write a .csv or "
                    ".parquet file",
                    o->columns, (long long)o->file->rows, XLSX_ROWS_MOST);
    pool *p = pool_new(o->ctx, o->settings->threads > 1 ? o->settings->threads : 1);
    if (!p)
        return STINT_ENOMEM;
    stint_status s = write_workbook(o, p);
    pool_free(p);
    return s;
}

static stint_status write_parquet(const output *o)
{
    child exporter;
    TRY(export_begin(o->ctx, &(export_item){o->columns, o->tmp}, 1, 0, &exporter));
    TRY(export_end(o->ctx, &exporter));
    return file_sync_path(o->ctx, o->tmp);
}

static stint_status write_columns(const output *o)
{
    const file_map *map = &o->file->map;
    int fd = open(o->tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0)
        return fail_errno(o->ctx, "create", o->tmp);
    stint_status s = file_pwrite(o->ctx, fd, o->tmp, map->at, (size_t)map->size, 0);
    if (s == STINT_OK)
        s = file_sync(o->ctx, fd, o->tmp);
    close(fd);
    return s;
}

static const struct {
    const char *ending;
    stint_status (*write)(const output *o);
} formats[] = {
    {".csv", write_csv},
    {".tsv", write_tsv},
    {".xlsx", write_xlsx},
    {".parquet", write_parquet},
    {".safetensors", write_columns},
};
enum { FORMATS = sizeof formats / sizeof *formats };

bool table_write_ends(const char *path, const char *ending)
{
    const char *name = path_name(path);
    size_t n = strlen(name), end = strlen(ending);
    return n > end && strcmp(name + n - end, ending) == 0;
}

/* FORMATS = none */
static int format_of(const char *to)
{
    int i = 0;
    while (i < FORMATS && !table_write_ends(to, formats[i].ending))
        i++;
    return i;
}

stint_status table_write_check(ctx *c, const char *to)
{
    if (format_of(to) < FORMATS)
        return STINT_OK;
    return fail(c, STINT_EUSAGE,
                "%s: no format goes by this name; let it end in .csv, .tsv, .xlsx, .parquet or "
                ".safetensors",
                to);
}

int64_t table_write_bytes(int columns, int threads)
{
    return xlsx_bytes(columns, threads) + table_sheet_bytes(columns);
}

/* --- under its name ------------------------------------------------------------------------ */

static stint_status put_in_place(output *o, const char *to, stint_status (*write)(const output *o))
{
    char tmp[4096];
    if (snprintf(tmp, sizeof tmp, "%s.tmp", to) >= (int)sizeof tmp)
        return fail(o->ctx, STINT_EUSAGE, "%s: the name is too long", to);
    o->tmp = tmp;
    stint_status s = write(o);
    if (s == STINT_OK)
        s = dir_rename(o->ctx, tmp, to);
    if (s != STINT_OK)
        unlink(tmp);
    o->tmp = NULL;
    return s;
}

stint_status table_write(ctx *c, const char *columns, const char *to,
                         const table_write_settings *settings)
{
    colfile f;
    static const table_write_settings defaults;
    TRY(table_write_check(c, to));
    TRY(colfile_open(c, columns, &f));
    output o = {c, &f, columns, NULL, settings ? settings : &defaults};
    stint_status s = put_in_place(&o, to, formats[format_of(to)].write);
    colfile_close(&f);
    return s;
}

stint_status table_write_copy(ctx *c, const char *from, const char *to)
{
    colfile f = {0};
    TRY(map_open(c, from, &f.map));
    output o = {.ctx = c, .file = &f, .columns = from};
    stint_status s = put_in_place(&o, to, write_columns);
    map_close(&f.map);
    return s;
}
