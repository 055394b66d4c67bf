#include "report/workbook_impl.h"

#include "base/os/os.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Sheets one after the other; a failure is kept in the book and ends it. */

/* --- cells -------------------------------------------------------------------------------- */

xlsx_cell book_text(const char *text)
{
    return (xlsx_cell){.kind = text ? XLSX_A_TEXT : XLSX_EMPTY, .text = text};
}

xlsx_cell book_heading(const char *text)
{
    return (xlsx_cell){.kind = XLSX_A_TEXT, .format = XLSX_HEADING, .text = text};
}

xlsx_cell book_number(double x, xlsx_format format)
{
    return (xlsx_cell){x == x ? XLSX_A_NUMBER : XLSX_EMPTY, format, x, NULL};
}

xlsx_cell book_count(int64_t x)
{
    return x < 0 ? (xlsx_cell){0} : book_number((double)x, XLSX_INTEGER);
}

xlsx_cell book_bytes(int64_t x)
{
    return x < 0 ? (xlsx_cell){0} : book_number((double)x, XLSX_BYTES);
}

xlsx_cell book_bool(bool x)
{
    return (xlsx_cell){.kind = XLSX_A_BOOL, .number = x};
}

xlsx_cell book_value(const char *text)
{
    double x;
    size_t n = text ? strlen(text) : 0;
    bool whole = n > 0 && n <= 15 && strspn(text, "0123456789") == n;
    return whole && str_parse_double(text, &x) ? book_number(x, XLSX_GENERAL) : book_text(text);
}

/* --- rows --------------------------------------------------------------------------------- */

void book_sheet(book *b, const char *name, const double widths[BOOK_COLUMNS])
{
    xlsx_column columns[BOOK_COLUMNS] = {0};
    for (int j = 0; j < BOOK_COLUMNS; j++)
        columns[j].width = widths[j];
    if (b->status == STINT_OK)
        b->status = xlsx_sheet(b->writer, &(xlsx_sheet_info){name, columns, BOOK_COLUMNS, false});
}

void book_row(book *b, const xlsx_cell *cells, int n)
{
    arena cut;
    xlsx_cell row[BOOK_COLUMNS] = {0};
    if (b->status != STINT_OK)
        return;
    arena_init(&cut, b->ctx, TAG_REPORT);
    for (int j = 0; j < n && b->status == STINT_OK; j++) {
        row[j] = cells[j];
        if (cells[j].text && !(row[j].text = table_sheet_cut(&cut, cells[j].text)))
            b->status = STINT_ENOMEM;
    }
    if (b->status == STINT_OK)
        b->status = xlsx_cells(b->writer, row, 1);
    arena_deinit(&cut);
}

void book_title(book *b, const char *title)
{
    book_row(b, NULL, 0);
    book_row(b, (xlsx_cell[]){book_heading(title)}, 1);
}

void book_headings(book *b, const char *const *headings, int n)
{
    xlsx_cell row[BOOK_COLUMNS];
    for (int j = 0; j < n; j++)
        row[j] = book_heading(headings[j]);
    book_row(b, row, n);
}

void book_line(book *b, const char *name, xlsx_cell value)
{
    if (value.kind != XLSX_EMPTY)
        book_row(b, (xlsx_cell[]){book_text(name), value}, 2);
}

void book_facts(book *b, const report_fact *facts, int n)
{
    for (int i = 0; i < n; i++)
        book_row(b,
                 (xlsx_cell[]){book_text(facts[i].name), book_value(facts[i].value),
                               book_text(facts[i].note)},
                 3);
}

/* --- sheets ------------------------------------------------------------------------------- */

static void book_table(book *b, const char *name, const colfile *f)
{
    if (f && f->n_columns <= XLSX_COLUMNS_MOST && b->status == STINT_OK)
        b->status = table_sheet_write(b->ctx, b->writer, f,
                                      &(table_sheet){name, BOOK_PREDICTIONS_MOST, true});
}

static stint_status write_book(ctx *c, pool *p, const report *r, const report_tables *t,
                               const char *path)
{
    book b = {.ctx = c, .report = r, .tables = t, .writer = xlsx_create(c, p, path)};
    if (!b.writer)
        return ctx_status(c);
    book_summary(&b);
    book_trials(&b);
    book_table(&b, "Predictions", t->predictions);
    book_table(&b, "Importance", t->importance);
    book_settings(&b);
    if (b.status == STINT_OK)
        return xlsx_finish(b.writer);
    xlsx_abandon(b.writer);
    return b.status;
}

stint_status report_workbook(ctx *c, pool *p, const report *r, const report_tables *tables,
                             const char *path)
{
    char tmp[4096];
    static const report_tables none;
    if (snprintf(tmp, sizeof tmp, "%s.tmp", path) >= (int)sizeof tmp)
        return fail(c, STINT_EUSAGE, "%s: the name is too long", path);
    stint_status s = write_book(c, p, r, tables ? tables : &none, tmp);
    if (s == STINT_OK)
        s = dir_rename(c, tmp, path);
    if (s != STINT_OK)
        unlink(tmp);
    return s;
}

/* A cell of 17 digits takes 15 bytes of the file and, on one thread, some 0.6 microseconds. */
enum { CELL_DISK_BYTES = 24, OTHER_DISK_BYTES = 1 << 20 };
static const double cell_seconds = 0.6e-6;

static int64_t most_cells(int64_t rows, int columns)
{
    return (rows < BOOK_PREDICTIONS_MOST ? rows : BOOK_PREDICTIONS_MOST) * columns;
}

int64_t report_workbook_disk_bytes(int64_t rows, int columns)
{
    return most_cells(rows, columns) * CELL_DISK_BYTES + OTHER_DISK_BYTES;
}

double report_workbook_seconds(int64_t rows, int columns)
{
    return 0.005 + (double)most_cells(rows, columns) * cell_seconds;
}

int64_t report_workbook_bytes(int columns, int threads)
{
    int most = columns > BOOK_COLUMNS ? columns : BOOK_COLUMNS;
    return xlsx_bytes(most, threads) + table_sheet_bytes(most) +
           BOOK_COLUMNS * 3 * (int64_t)XLSX_TEXT_MOST;
}
