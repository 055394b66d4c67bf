#include "data/dialect.h"
#include "data/exact.h"
#include "data/ingest_impl.h"
#include "data/records.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* CSV and TSV.  The dialect is ours to find (dialect.h); DuckDB then reads with everything
 * stated, which takes a fifth of the time it takes when it guesses.  Columns go by c0, c1, …
 * there, since its names ignore case; its messages are translated back. */

enum { BUFFER_LEAST = 1 << 20, BUFFER_MOST = 1 << 25, RECORDS_PER_BUFFER = 1024 };

static read_type read_type_of(cell_type t)
{
    static const read_type types[] = {
        [CELL_MISSING] = READ_NUMBER, [CELL_BOOL] = READ_BOOL, [CELL_INTEGER] = READ_INTEGER,
        [CELL_NUMBER] = READ_NUMBER,  [CELL_TEXT] = READ_TEXT,
    };
    return types[t];
}

/* A guess at the rows with room to spare; reading starts over with more when it is short. */
static int64_t rows_bound(const ingest *in, const dialect *d)
{
    int64_t bytes = 0;
    for (int i = 0; i < in->n_files; i++)
        bytes += in->files[i].bytes;
    return (int64_t)(1.5 * (double)bytes * (double)d->records / (double)d->record_bytes) + 4096;
}

static int64_t buffer_bound(const dialect *d)
{
    int64_t want = RECORDS_PER_BUFFER * (d->record_bytes / d->records), bytes = BUFFER_LEAST;
    while (bytes < want && bytes < BUFFER_MOST)
        bytes *= 2;
    return bytes;
}

static stint_status csv_describe(ingest *in)
{
    dialect d;
    TRY(dialect_read(in->ctx, &in->arena, in->files[0].path, &d));
    for (int i = 1; i < in->n_files; i++)
        TRY(dialect_same(in->ctx, &d, in->files[0].path, in->files[i].path, in->files[i].line_end));
    memcpy(in->files[0].line_end, d.line_end, sizeof d.line_end);
    in->n_columns = d.n_columns;
    in->columns = arena_new(&in->arena, ingest_column, d.n_columns);
    if (!in->columns)
        return STINT_ENOMEM;
    for (int j = 0; j < d.n_columns; j++)
        in->columns[j] = (ingest_column){.name = d.names[j],
                                         .at = j,
                                         .read = read_type_of(d.types[j]),
                                         .unseen = d.types[j] == CELL_MISSING};
    in->delimiter = d.delimiter;
    in->buffer_bytes = buffer_bound(&d);
    in->most_rows = rows_bound(in, &d);
    return STINT_OK;
}

/* DuckDB would take the first line end it sees, which may stand in a quoted column name. */
static const char *new_line_sql(const char *line_end)
{
    return strcmp(line_end, "\r\n") == 0 ? ",new_line='\\r\\n'"
           : *line_end == '\n'           ? ",new_line='\\n'"
           : *line_end == '\r'           ? ",new_line='\\r'"
                                         : "";
}

static void csv_select(const ingest *in, const ingest_file *file, str *sql)
{
    str_add(sql, "SELECT * FROM read_csv(");
    duck_literal(sql, file->path);
    str_add(sql, ",auto_detect=false,header=true,quote='\"',escape='\"',delim=");
    duck_literal(sql, (char[]){in->delimiter, '\0'});
    str_add(sql, new_line_sql(file->line_end));
    str_addf(sql, ",buffer_size=%lld,max_line_size=%lld,nullstr=[", (long long)in->buffer_bytes,
             (long long)in->buffer_bytes / 2);
    for (const char *const *m = dialect_missing; *m; m++)
        str_addf(sql, "%s'%s'", m == dialect_missing ? "" : ",", *m);
    str_add(sql, "],columns={");
    for (int j = 0; j < in->n_columns; j++)
        str_addf(sql, "%s'c%d':'%s'", j ? "," : "", j, read_type_sql(in->columns[j].read));
    str_add(sql, "})");
}

/* --- what went wrong ----------------------------------------------------------------------- */

/* The number behind `label` in DuckDB's text, -1 when it is not there. */
static long long number_behind(const char *text, const char *label)
{
    const char *at = strstr(text, label);
    return at ? strtoll(at + strlen(label), NULL, 10) : -1;
}

/* DuckDB shows bytes that are not UTF-8 as question marks, and is led astray by them. */
static stint_status check_text(ingest *in, const ingest_file *file)
{
    file_map m;
    TRY(map_open(in->ctx, file->path, &m));
    stint_status s = dialect_check_text(in->ctx, file->path, m.at, m.size);
    map_close(&m);
    return s;
}

/* Error when converting column "c2". Could not convert string "n/a" to 'DOUBLE' */
static ingest_outcome explain_conversion(ingest *in, const ingest_file *file, long long line)
{
    const char *text = in->duck.error.at;
    long long j = number_behind(text, "Error when converting column \"c");
    const char *from = strstr(text, "Could not convert string \"");
    const char *to = from ? strstr(from, "\" to '") : NULL;
    if (from && strchr(from, '?') && check_text(in, file) != STINT_OK)
        return INGEST_FAILED;
    if (j < 0 || j >= in->n_columns || !to)
        return INGEST_FAILED;
    from += strlen("Could not convert string \"");
    char value[80];
    snprintf(value, sizeof value, "%.*s", (int)(to - from), from);
    ingest_column *column = &in->columns[j];
    double number;
    if (column->read == READ_INTEGER && str_parse_double(value, &number)) {
        column->read = READ_NUMBER;
        return INGEST_AGAIN;
    }
    if (column->read == READ_BOOL || column->unseen) {
        column->read = READ_TEXT;
        column->unseen = false;
        return INGEST_AGAIN;
    }
    fail(in->ctx, STINT_EDATA,
         "%s:%lld: column \"%s\": \"%s\" is not a number: correct the cell, or leave the column "
         "out: list it under data.text and data.drop",
         file->path, line, column->name, value);
    return INGEST_FAILED;
}

static void explain_record(ingest *in, const ingest_file *file, long long line)
{
    const char *text = in->duck.error.at;
    long long found = number_behind(text, "Found: ");
    if (found >= 0)
        fail(in->ctx, STINT_EDATA,
             "%s:%lld: %lld cells, where the header names %d columns: correct the row", file->path,
             line, found, in->n_columns);
    else if (strstr(text, "unterminated quote"))
        fail(in->ctx, STINT_EDATA,
             "%s:%lld: a quoted cell does not end, or text follows its end: double quotes inside "
             "a cell, and close it",
             file->path, line);
    else if (strstr(text, "Invalid unicode"))
        fail(in->ctx, STINT_EDATA,
             "%s:%lld: not UTF-8 text: convert the file, for example iconv -f LATIN1 -t UTF-8",
             file->path, line);
    else if (strstr(text, "Maximum line size"))
        fail(in->ctx, STINT_EDATA,
             "%s:%lld: the row is longer than %lld bytes: is a quote left open?", file->path, line,
             (long long)in->buffer_bytes / 2);
}

/* The first line that ends in another way than the header; 0 when there is none. */
static long long other_line_end(const ingest_file *file, const file_map *m)
{
    const char *at = (const char *)m->at, *end = at + m->size;
    int64_t line = 1, lines;
    for (int64_t n; at < end; at += n, line += lines) {
        char line_end[3];
        n = record_bytes(at, end, true, &lines);
        record_line_end(at, n, line_end);
        if (*line_end && strcmp(line_end, file->line_end) != 0)
            return line + lines - 1;
    }
    return 0;
}

static const char *line_end_name(const char *line_end)
{
    return *line_end == '\n' ? "LF" : line_end[1] ? "CRLF" : "CR";
}

/* All that DuckDB says of such a file is that it was confused. */
static void explain_line_ends(ingest *in, const ingest_file *file)
{
    file_map m;
    if (map_open(in->ctx, file->path, &m) != STINT_OK)
        return;
    long long line = other_line_end(file, &m);
    map_close(&m);
    if (line > 0)
        fail(in->ctx, STINT_EDATA,
             "%s:%lld: the line does not end in %s, as the header does: give all lines one end, "
             "for example with dos2unix",
             file->path, line, line_end_name(file->line_end));
}

static ingest_outcome csv_explain(ingest *in, const ingest_file *file)
{
    const char *text = in->duck.error.at;
    long long line = number_behind(text, "CSV Error on Line: ");
    if (line > 0 && explain_conversion(in, file, line) == INGEST_AGAIN)
        return INGEST_AGAIN;
    if (line > 0)
        explain_record(in, file, line);
    else if (strstr(text, "invalid state"))
        explain_line_ends(in, file);
    char what[4200];
    snprintf(what, sizeof what, "read %s", file->path);
    (void)duck_fail(&in->duck, what);
    return INGEST_FAILED;
}

/* --- large numbers --------------------------------------------------------------------------- */

/* One record of the file: its cells in the columns that met large numbers. */
static stint_status check_record(ingest *in, const ingest_file *file, int64_t line, const char *at,
                                 int64_t n)
{
    const char *cell, *end = at + n;
    int64_t len;
    for (int j = 0; record_cell(&at, end, in->delimiter, &cell, &len); j++)
        if (in->columns[j].large && in->columns[j].read == READ_NUMBER && !exact_text(cell, len))
            return fail(in->ctx, STINT_EDATA,
                        "%s:%lld: column \"%s\": no double holds %.*s exactly: if it names "
                        "something, leave the column out: list it under data.text and data.drop",
                        file->path, (long long)line, in->columns[j].name, (int)len, cell);
    return STINT_OK;
}

/* DuckDB has rounded them, so they are looked up as they are written. */
static stint_status csv_check_large(ingest *in, const ingest_file *file)
{
    file_map m;
    int64_t line = 1, lines, n, record = 0;
    stint_status s = STINT_OK;
    TRY(map_open(in->ctx, file->path, &m));
    const char *at = (const char *)m.at, *end = at + m.size;
    for (; s == STINT_OK && at < end; at += n, line += lines) {
        n = record_bytes(at, end, true, &lines);
        if (!record_blank(at, n) && record++ > 0)
            s = check_record(in, file, line, at, n);
    }
    map_close(&m);
    return s;
}

/* --- lines ----------------------------------------------------------------------------------- */

/* Record by record from the beginning, as quoted cells may hold line ends.  Record 0 is the first
 * behind the header; a lone column's empty lines are rows. */
static int64_t csv_line(const file_map *m, int64_t row, int columns)
{
    const char *at = (const char *)m->at, *end = at + m->size;
    int64_t line = 1, lines, n, record = -1;
    for (; at < end; at += n, line += lines) {
        n = record_bytes(at, end, true, &lines);
        if (columns > 1 && record_blank(at, n))
            continue;
        if (record++ == row)
            return line;
    }
    return 0;
}

static const char *const endings[] = {".csv", ".tsv", ".tab", NULL};

/* A thread holds pieces of the file and its parser's chunks of 2048 rows. */
const source_format format_csv = {
    .name = "csv",
    .called = "CSV",
    .endings = endings,
    .rates = {.base_bytes = INT64_C(8) << 20,
              .thread_bytes = INT64_C(4) << 20,
              .thread_column_bytes = (INT64_C(1) << 20) * 35 / 100,
              .threads = true,
              .bytes_a_second = 250e6},
    .describe = csv_describe,
    .select = csv_select,
    .explain = csv_explain,
    .check_large = csv_check_large,
    .lines_tell_rows = true,
    .line = csv_line,
};
