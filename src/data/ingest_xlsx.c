#include "data/chunker.h"
#include "data/row_batch.h"
#include "data/xlsx_read.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* Excel workbooks: one sheet, whose first row names the columns.  It is gone through twice, since
 * a sheet does not tell what its columns hold: first for types, which must be one a column, then
 * for the cells.  Dates become ISO 8601 text, with the time of day where a column has one. */

enum { DAY_SECONDS = 86400, DATE_SIZE = 40 };

/* What a column has held so far: one kind, first met there. */
typedef struct xlsx_column {
    xlsx_kind kind; /* XLSX_EMPTY = nothing yet */
    int file;
    int64_t row;
    bool has_time;
} xlsx_column;

typedef struct xlsx_state {
    char **sheets;        /* [n_files] the one that is read */
    xlsx_column *columns; /* [columns of the files] */
} xlsx_state;

/* --- messages ------------------------------------------------------------------------------ */

/* "Sheet1!C5" */
static char *place_of(ingest *in, int file, int64_t row, int column)
{
    char cell[XLSX_CELL_NAME_SIZE];
    const xlsx_state *x = in->reader;
    return arena_printf(&in->arena, "%s!%s", x->sheets[file], xlsx_cell_name(cell, row, column));
}

static void describe_cell(const xlsx_cell *cell, char *out, size_t size)
{
    char number[STR_DOUBLE_SIZE];
    str_format_double(number, cell->number);
    switch (cell->kind) {
    case XLSX_NUMBER: snprintf(out, size, "the number %s", number); break;
    case XLSX_BOOL: snprintf(out, size, "the bool %s", cell->number != 0 ? "TRUE" : "FALSE"); break;
    case XLSX_DATE: snprintf(out, size, "a date"); break;
    case XLSX_ERROR: snprintf(out, size, "the error %.40s", cell->text); break;
    case XLSX_FORMULA: snprintf(out, size, "a formula"); break;
    case XLSX_TEXT: snprintf(out, size, "the text \"%.80s\"", cell->text); break;
    case XLSX_EMPTY: snprintf(out, size, "nothing"); break;
    }
}

static const char *kind_name(xlsx_kind k)
{
    return k == XLSX_NUMBER ? "a number"
           : k == XLSX_BOOL ? "a bool"
           : k == XLSX_DATE ? "a date"
                            : "a text";
}

/* What keeps a column from being read, to be said when it is wanted. */
static stint_status refuse(ingest *in, int file, int64_t row, int j, const xlsx_cell *cell)
{
    const xlsx_state *x = in->reader;
    const xlsx_column *seen = &x->columns[j];
    ingest_column *column = &in->columns[j];
    char what[128];
    const char *path = in->files[file].path, *place = place_of(in, file, row, j), *first;
    describe_cell(cell, what, sizeof what);
    if (!place)
        return STINT_ENOMEM;
    if (cell->kind == XLSX_FORMULA) {
        column->refused = arena_printf(&in->arena,
                                       "%s: %s: column \"%s\" has a formula: replace formulas by "
                                       "their values (copy, paste as values)",
                                       path, place, column->name);
    } else if (cell->kind == XLSX_ERROR) {
        column->refused = arena_printf(
            &in->arena,
            "%s: %s: column \"%s\" has %s: correct the cell, or clear it to mean missing", path,
            place, column->name, what);
    } else if ((first = place_of(in, seen->file, seen->row, j)) != NULL) {
        column->mixed = true;
        column->refused = arena_printf(
            &in->arena,
            "%s: %s: column \"%s\" has %s, where %s has %s: correct the cells, or list the "
            "column under data.text",
            path, place, column->name, what, first, kind_name(seen->kind));
    }
    return column->refused ? STINT_OK : STINT_ENOMEM;
}

/* --- the first pass ------------------------------------------------------------------------ */

static bool is_missing(const xlsx_cell *cell)
{
    return cell->kind == XLSX_EMPTY || (cell->kind == XLSX_TEXT && cell->len == 0);
}

static stint_status look_at_cell(ingest *in, int file, int64_t row, int j, const xlsx_cell *cell)
{
    xlsx_column *seen = &((const xlsx_state *)in->reader)->columns[j];
    ingest_column *column = &in->columns[j];
    if (is_missing(cell) || (column->refused && !column->mixed))
        return STINT_OK;
    if (cell->kind == XLSX_DATE)
        seen->has_time |= fmod(cell->number, DAY_SECONDS) != 0;
    bool bad = cell->kind == XLSX_FORMULA || cell->kind == XLSX_ERROR;
    if (!bad && seen->kind == XLSX_EMPTY) {
        *seen = (xlsx_column){cell->kind, file, row, seen->has_time};
        column->unseen = false;
        column->read = cell->kind == XLSX_NUMBER ? READ_NUMBER
                       : cell->kind == XLSX_BOOL ? READ_BOOL
                                                 : READ_TEXT;
        return STINT_OK;
    }
    if (!bad && (cell->kind == seen->kind || column->mixed))
        return STINT_OK;
    return refuse(in, file, row, j, cell);
}

static stint_status look_at_row(ingest *in, int file, const xlsx_row *row)
{
    for (int j = 0; j < row->columns; j++) {
        if (j < in->n_columns) {
            TRY(look_at_cell(in, file, row->number, j, &row->cells[j]));
            continue;
        }
        if (is_missing(&row->cells[j]))
            continue;
        const char *place = place_of(in, file, row->number, j);
        return place ? fail(in->ctx, STINT_EDATA,
                            "%s: %s: a cell behind the last column that the first row names: name "
                            "its column, or clear the cell",
                            in->files[file].path, place)
                     : STINT_ENOMEM;
    }
    return STINT_OK;
}

static stint_status take_names(ingest *in, int file, const xlsx_row *row)
{
    const char *path = in->files[file].path;
    const xlsx_state *x = in->reader;
    int n = row ? row->columns : 0;
    if (n == 0)
        return fail(in->ctx, STINT_EDATA,
                    "%s: sheet \"%s\": the first row is empty: it must name the columns", path,
                    x->sheets[file]);
    const char **names = arena_new(&in->arena, const char *, n);
    for (int j = 0; names && j < n; j++) {
        const xlsx_cell *cell = &row->cells[j];
        char what[128];
        describe_cell(cell, what, sizeof what);
        const char *place = place_of(in, file, row->number, j);
        if (place && (cell->kind != XLSX_TEXT || cell->len == 0))
            return fail(in->ctx, STINT_EDATA,
                        "%s: %s: holds %s, where a column's name is needed, as text", path, place,
                        cell->kind == XLSX_TEXT ? "nothing" : what);
        names[j] = place ? arena_printf(&in->arena, "%.*s", (int)cell->len, cell->text) : NULL;
        if (!names[j])
            return STINT_ENOMEM;
    }
    if (!names)
        return STINT_ENOMEM;
    return file > 0 ? ingest_same_columns(in, &in->files[file], names, n)
                    : ingest_name_columns(in, path, names, n);
}

static stint_status begin_columns(ingest *in)
{
    xlsx_state *x = in->reader;
    x->columns = arena_new(&in->arena, xlsx_column, in->n_columns);
    for (int j = 0; j < in->n_columns; j++) {
        in->columns[j].read = READ_NUMBER;
        in->columns[j].unseen = true;
    }
    return x->columns ? STINT_OK : STINT_ENOMEM;
}

static stint_status first_pass(ingest *in, int file, xlsx_reader *r)
{
    const xlsx_row *row;
    xlsx_state *x = in->reader;
    TRY(xlsx_choose(r, in->sheet));
    if (!(x->sheets[file] = arena_strdup(&in->arena, xlsx_chosen(r))))
        return STINT_ENOMEM;
    TRY(xlsx_next(r, &row));
    TRY(take_names(in, file, row));
    if (file == 0)
        TRY(begin_columns(in));
    for (;;) {
        TRY(xlsx_next(r, &row));
        if (!row)
            break;
        TRY(look_at_row(in, file, row));
        in->most_rows++;
    }
    const char *merged = xlsx_merged(r);
    return merged ? fail(in->ctx, STINT_EDATA,
                         "%s: %s!%s are merged cells: a table has a cell in each row and column: "
                         "unmerge them",
                         in->files[file].path, x->sheets[file], merged)
                  : STINT_OK;
}

static xlsx_reader *open_reader(ingest *in, int file)
{
    xlsx_settings settings = {.string_bytes = in->memory_bytes / 2};
    return xlsx_open(in->ctx, in->files[file].path, &settings);
}

static stint_status xlsx_describe(ingest *in)
{
    xlsx_state *x = arena_new(&in->arena, xlsx_state, 1);
    in->reader = x;
    if (!x || !(x->sheets = arena_new(&in->arena, char *, in->n_files)))
        return STINT_ENOMEM;
    for (int i = 0; i < in->n_files; i++) {
        xlsx_reader *r = open_reader(in, i);
        stint_status s = r ? first_pass(in, i, r) : ctx_status(in->ctx);
        xlsx_close(r);
        TRY(s);
    }
    in->reader_bytes = budget_peak(ctx_budget(in->ctx)) + ROW_BATCH_BYTES;
    return in->most_rows > 0 ? STINT_OK
                             : fail(in->ctx, STINT_EDATA,
                                    "%s: sheet \"%s\" has column names but no "
                                    "rows",
                                    in->files[0].path, x->sheets[0]);
}

/* --- the second pass ------------------------------------------------------------------------- */

/* "2024-01-31", "2024-01-31T09:30:00", "2024-01-31T09:30:00.250" */
static int date_text(double seconds, bool with_time, char out[DATE_SIZE])
{
    struct tm t;
    double whole = floor(seconds);
    int milli = (int)round((seconds - whole) * 1000);
    time_t at = (time_t)whole + milli / 1000;
    milli %= 1000;
    gmtime_r(&at, &t);
    int n = snprintf(out, DATE_SIZE, "%04d-%02d-%02d", (t.tm_year + 1900) % 10000, t.tm_mon + 1,
                     t.tm_mday);
    if (with_time)
        n += snprintf(out + n, (size_t)(DATE_SIZE - n), "T%02d:%02d:%02d", t.tm_hour, t.tm_min,
                      t.tm_sec);
    if (with_time && milli > 0)
        n += snprintf(out + n, (size_t)(DATE_SIZE - n), ".%03d", milli);
    return n;
}

/* The text of any cell, in the batch's room. */
static cell_text text_of(row_batch *b, const xlsx_cell *cell, bool with_time)
{
    char own[DATE_SIZE > STR_DOUBLE_SIZE ? DATE_SIZE : STR_DOUBLE_SIZE];
    const char *text = own;
    int64_t len;
    if (cell->kind == XLSX_TEXT) {
        text = cell->text;
        len = cell->len;
    } else if (cell->kind == XLSX_DATE) {
        len = date_text(cell->number, with_time, own);
    } else if (cell->kind == XLSX_BOOL) {
        text = cell->number != 0 ? "true" : "false";
        len = (int64_t)strlen(text);
    } else {
        str_format_double(own, cell->number);
        len = (int64_t)strlen(own);
    }
    char *to = b->room + b->used;
    memcpy(to, text, (size_t)len);
    b->used += len;
    return (cell_text){to, len};
}

static ingest_outcome put_row(ingest *in, row_batch *b, chunker *k, const xlsx_row *row)
{
    const xlsx_state *x = in->reader;
    int64_t bytes = 0;
    for (int j = 0; j < row->columns; j++)
        bytes += row->cells[j].len + DATE_SIZE;
    ingest_outcome outcome = row_batch_row(b, k, bytes);
    for (int j = 0; outcome == INGEST_DONE && j < in->n_columns; j++) {
        int at = in->columns[j].at;
        const xlsx_cell *cell = at < row->columns ? &row->cells[at] : NULL;
        if (!cell || is_missing(cell))
            continue;
        switch (in->columns[j].read) {
        case READ_BOOL: *row_batch_bool(b, j) = cell->number != 0; break;
        case READ_TEXT: *row_batch_text(b, j) = text_of(b, cell, x->columns[at].has_time); break;
        case READ_INTEGER:
        case READ_HASH:
        case READ_NUMBER: *row_batch_number(b, j) = cell->number; break;
        }
    }
    return outcome;
}

static ingest_outcome second_pass(ingest *in, int file, xlsx_reader *r, row_batch *b, chunker *k)
{
    const xlsx_row *row;
    const xlsx_state *x = in->reader;
    ingest_outcome outcome = INGEST_DONE;
    if (xlsx_choose(r, x->sheets[file]) != STINT_OK || xlsx_next(r, &row) != STINT_OK)
        return INGEST_FAILED;
    while (outcome == INGEST_DONE) {
        if (xlsx_next(r, &row) != STINT_OK)
            return INGEST_FAILED;
        if (!row)
            return row_batch_flush(b, k);
        outcome = put_row(in, b, k, row);
    }
    return outcome;
}

static ingest_outcome xlsx_read(ingest *in, ingest_file *file, chunker *k)
{
    row_batch b;
    int i = (int)(file - in->files);
    xlsx_reader *r = open_reader(in, i);
    ingest_outcome outcome = INGEST_FAILED;
    if (row_batch_begin(&b, in) && r)
        outcome = second_pass(in, i, r, &b, k);
    row_batch_end(&b);
    xlsx_close(r);
    return outcome;
}

/* Rows of the sheet: the first names the columns. */
static int64_t xlsx_line(const file_map *m, int64_t row, int columns)
{
    (void)m;
    (void)columns;
    return row + 2;
}

static const char *const endings[] = {".xlsx", ".xlsm", NULL};

const source_format format_xlsx = {
    .name = "xlsx",
    .called = "Excel",
    .endings = endings,
    .chooses = true,
    .rates = {.base_bytes = INT64_C(6) << 20, .bytes_a_second = 10e6},
    .describe = xlsx_describe,
    .read = xlsx_read,
    .line = xlsx_line,
};
