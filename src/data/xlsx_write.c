#include "data/xlsx_write_impl.h"

#include <assert.h>
#include <stdio.h>

/* A package is written in this order, by which programs that look at its first entries know it:
 *
 *     _rels/.rels  docProps/core.xml  xl/styles.xml
 *     xl/worksheets/sheet1.xml …
 *     xl/workbook.xml  xl/_rels/workbook.xml.rels  [Content_Types].xml
 *
 * A sheet is text before its rows, the chunks of its rows, and text behind them. */

struct xlsx_writer {
    ctx *ctx;
    zip_writer *zip;
    xlsx_chunks *chunks;
    xlsx_sheets sheets; /* the last one is open */
};

/* Sheets that xlsx_bytes has room for, with their names in every part that tells of them; text
 * before a sheet's rows for a column, while it grows. */
enum { SHEETS_FORESEEN = 64, SHEET_BYTES = 4096, COLUMN_TEXT_BYTES = 3 * 80 };

int64_t xlsx_bytes(int columns, int threads)
{
    int64_t column = COLUMN_TEXT_BYTES + (int64_t)(sizeof(xlsx_cell) + sizeof(xlsx_column)) +
                     (int64_t)sizeof(xlsx_letters);
    return xlsx_chunks_bytes(threads) + columns * column + SHEETS_FORESEEN * SHEET_BYTES;
}

static void writer_free(xlsx_writer *w)
{
    xlsx_chunks_free(w->chunks);
    vec_free(&w->sheets);
    mem_free(w);
}

void xlsx_abandon(xlsx_writer *w)
{
    if (!w)
        return;
    zip_abandon(w->zip);
    writer_free(w);
}

/* --- parts ------------------------------------------------------------------------------------ */

static stint_status put_part(xlsx_writer *w, const char *name, const str *text)
{
    TRY(str_status(text));
    TRY(zip_begin(w->zip, name));
    TRY(xlsx_chunks_text(w->chunks, text));
    return zip_end(w->zip);
}

typedef struct part {
    const char *name;
    void (*make)(str *out);
    void (*make_of)(str *out, const xlsx_sheets *sheets); /* that tells of the sheets */
} part;

static const part parts_before[] = {
    {"_rels/.rels", xlsx_relations_part, NULL},
    {"docProps/core.xml", xlsx_properties_part, NULL},
    {"xl/styles.xml", xlsx_styles_part, NULL},
    {NULL, NULL, NULL},
};

static const part parts_behind[] = {
    {"xl/workbook.xml", NULL, xlsx_workbook_part},
    {"xl/_rels/workbook.xml.rels", NULL, xlsx_workbook_relations_part},
    {"[Content_Types].xml", NULL, xlsx_types_part},
    {NULL, NULL, NULL},
};

static stint_status put_parts(xlsx_writer *w, const part *p)
{
    stint_status s = STINT_OK;
    for (; p->name && s == STINT_OK; p++) {
        str text;
        str_init(&text, w->ctx, TAG_TABLE);
        if (p->make)
            p->make(&text);
        else
            p->make_of(&text, &w->sheets);
        s = put_part(w, p->name, &text);
        str_deinit(&text);
    }
    return s;
}

xlsx_writer *xlsx_create(ctx *c, pool *p, const char *path)
{
    xlsx_writer *w = mem_new(c, TAG_TABLE, xlsx_writer, 1);
    if (!w)
        return NULL;
    w->ctx = c;
    w->zip = zip_create(c, path, 0);
    w->chunks = w->zip ? xlsx_chunks_new(c, p, w->zip) : NULL;
    if (w->chunks && put_parts(w, parts_before) == STINT_OK)
        return w;
    xlsx_abandon(w);
    return NULL;
}

/* --- sheets ----------------------------------------------------------------------------------- */

static stint_status end_sheet(xlsx_writer *w)
{
    if (!w->sheets.n)
        return STINT_OK;
    str text;
    str_init(&text, w->ctx, TAG_TABLE);
    xlsx_sheet_tail(&text, &w->sheets.at[w->sheets.n - 1]);
    stint_status s = xlsx_chunks_text(w->chunks, &text);
    str_deinit(&text);
    TRY(s);
    return zip_end(w->zip);
}

static stint_status put_head(xlsx_writer *w, const xlsx_sheet_info *info, bool titled)
{
    str text;
    str_init(&text, w->ctx, TAG_TABLE);
    xlsx_sheet_head(&text, info, titled, w->sheets.n == 1);
    stint_status s = xlsx_chunks_text(w->chunks, &text);
    str_deinit(&text);
    return s;
}

static stint_status put_titles(xlsx_writer *w, const xlsx_sheet_info *info)
{
    xlsx_cell *cells = mem_new(w->ctx, TAG_TABLE, xlsx_cell, info->n_columns);
    if (!cells)
        return STINT_ENOMEM;
    for (int j = 0; j < info->n_columns; j++)
        cells[j] = (xlsx_cell){
            .kind = XLSX_A_TEXT, .format = XLSX_HEADING, .text = info->columns[j].title};
    stint_status s = xlsx_cells(w, cells, 1);
    mem_free(cells);
    return s;
}

static bool has_titles(const xlsx_sheet_info *info)
{
    for (int j = 0; j < info->n_columns; j++)
        if (info->columns[j].title)
            return true;
    return false;
}

stint_status xlsx_sheet(xlsx_writer *w, const xlsx_sheet_info *info)
{
    char part_name[48];
    if (info->n_columns < 1 || info->n_columns > XLSX_COLUMNS_MOST)
        return fail(
            w->ctx, STINT_EDATA,
            "sheet \"%s\": %d columns; a sheet holds 1 to %d: choose fewer, or write a .csv "
            "or .parquet file",
            info->name ? info->name : "", info->n_columns, XLSX_COLUMNS_MOST);
    TRY(end_sheet(w));
    bool titled = has_titles(info);
    xlsx_sheet_entry e = {.columns = info->n_columns, .filter = titled && info->filter};
    xlsx_sheet_name(&w->sheets, info->name, e.name);
    TRY(vec_push(w->ctx, TAG_TABLE, &w->sheets, e));
    snprintf(part_name, sizeof part_name, "xl/worksheets/sheet%d.xml", (int)w->sheets.n);
    TRY(zip_begin(w->zip, part_name));
    TRY(xlsx_chunks_begin(w->chunks, w->sheets.at[w->sheets.n - 1].name, info->columns,
                          info->n_columns));
    TRY(put_head(w, info, titled));
    return titled ? put_titles(w, info) : STINT_OK;
}

/* --- rows ------------------------------------------------------------------------------------- */

static stint_status put_batch(xlsx_writer *w, const xlsx_batch *b)
{
    assert(w->sheets.n > 0 && b->rows >= 0);
    xlsx_sheet_entry *s = &w->sheets.at[w->sheets.n - 1];
    if (b->rows > XLSX_ROWS_MOST - s->rows)
        return fail(
            w->ctx, STINT_EDATA,
            "sheet \"%s\": more than %d rows, which a sheet holds: write a .csv or .parquet "
            "file",
            s->name, XLSX_ROWS_MOST);
    TRY(xlsx_chunks_put(w->chunks, b));
    s->rows += b->rows;
    return STINT_OK;
}

stint_status xlsx_rows(xlsx_writer *w, const xlsx_values *columns, int64_t n)
{
    return put_batch(w, &(xlsx_batch){.columns = columns, .rows = n});
}

stint_status xlsx_cells(xlsx_writer *w, const xlsx_cell *cells, int64_t n)
{
    return put_batch(w, &(xlsx_batch){.cells = cells, .rows = n});
}

/* --- the end ---------------------------------------------------------------------------------- */

static stint_status put_rest(xlsx_writer *w)
{
    if (!w->sheets.n)
        TRY(xlsx_sheet(w, &(xlsx_sheet_info){"sheet", &(xlsx_column){0}, 1, false}));
    TRY(end_sheet(w));
    return put_parts(w, parts_behind);
}

stint_status xlsx_finish(xlsx_writer *w)
{
    stint_status s = put_rest(w);
    if (s != STINT_OK) {
        xlsx_abandon(w);
        return s;
    }
    s = zip_finish(w->zip);
    writer_free(w);
    return s;
}
