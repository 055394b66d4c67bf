#include "data/text_column.h"

#include "data/source.h"
#include "data/table.h"

static bool is_number(const char *text)
{
    double x;
    return str_parse_double(text, &x);
}

/* The first row whose text is a number, or is none; -1 when there is no such row. */
static int64_t first_row(ctx *c, const colfile *f, int column, bool number, const char **text)
{
    const colfile_column *info = &f->columns[column];
    double *codes = mem_new(c, TAG_TABLE, double, COLFILE_CHUNK_ROWS);
    int64_t found = codes ? -1 : 0;
    for (int64_t chunk = 0; codes && found < 0 && chunk < f->chunks; chunk++) {
        int64_t n = colfile_chunk_rows(f, chunk);
        colfile_read(f, column, chunk, 0, n, codes, 1);
        for (int64_t i = 0; found < 0 && i < n; i++) {
            int64_t code = codes[i] >= 0 ? (int64_t)codes[i] : -1;
            if (code < 0 || code >= info->dictionary_n ||
                is_number(info->dictionary[code]) != number)
                continue;
            *text = info->dictionary[code];
            found = chunk * COLFILE_CHUNK_ROWS + i;
        }
    }
    mem_free(codes);
    return found;
}

/* Numbers and texts in one column: the first of each. */
static stint_status fail_mixed(ctx *c, const colfile *f, int column, const char *remedy)
{
    char file[1024];
    const char *text = NULL, *number = NULL;
    int64_t line, text_row = first_row(c, f, column, false, &text);
    int64_t number_row = first_row(c, f, column, true, &number);
    bool is_line;
    TRY(ctx_status(c));
    TRY(source_line(c, f, number_row, file, sizeof file, &line, &is_line));
    return table_fail(c, f, column, text_row,
                      "\"%.80s\" is text, where %s %lld has the number %.80s: correct the cell, or "
                      "%s",
                      text, is_line ? "line" : "row", (long long)line, number, remedy);
}

stint_status fail_text_column(ctx *c, const colfile *f, int column, const char *remedy)
{
    const colfile_column *info = &f->columns[column];
    int64_t numbers = 0;
    for (int64_t i = 0; info->kind == COLUMN_TEXT && i < info->dictionary_n; i++)
        numbers += is_number(info->dictionary[i]);
    if (numbers > 0 && numbers < info->dictionary_n)
        return fail_mixed(c, f, column, remedy);
    if (info->kind == COLUMN_BITS)
        return fail(c, STINT_EDATA, "column \"%s\" is bits, where numbers are needed; %s",
                    info->name, remedy);
    const char *text =
        info->kind == COLUMN_TEXT && info->dictionary_n > 0 ? info->dictionary[0] : NULL;
    return fail(c, STINT_EDATA, "column \"%s\" is text%s%s%s, and models here take numbers; %s",
                info->name, text ? " (\"" : "", text ? text : "", text ? "\")" : "", remedy);
}
