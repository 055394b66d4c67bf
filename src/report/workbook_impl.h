/* Inside the workbook: sheets of mixed cells, a row at a time. */
#ifndef REPORT_WORKBOOK_IMPL_H
#define REPORT_WORKBOOK_IMPL_H

#include "data/table_sheet.h"
#include "report/workbook.h"

enum { BOOK_COLUMNS = 8, BOOK_PREDICTIONS_MOST = XLSX_ROWS_MOST - 1 };

typedef struct book {
    ctx *ctx;
    xlsx_writer *writer;
    const report *report;
    const report_tables *tables;
    stint_status status; /* the first failure: rows behind it are nothing */
} book;

/* Cells of a row; the texts of a sheet of mixed cells stay as they are. */
xlsx_cell book_text(const char *text); /* NULL = empty */
xlsx_cell book_heading(const char *text);
xlsx_cell book_number(double x, xlsx_format format); /* NaN = empty */
xlsx_cell book_count(int64_t x);                     /* negative = empty */
xlsx_cell book_bytes(int64_t x);                     /* negative = empty */
xlsx_cell book_bool(bool x);
/* A number where the text is a whole one of at most 15 digits. */
xlsx_cell book_value(const char *text);

/* A sheet of BOOK_COLUMNS untitled columns. */
void book_sheet(book *b, const char *name, const double widths[BOOK_COLUMNS]);

/* A row of BOOK_COLUMNS cells, or of the first n of them. */
void book_row(book *b, const xlsx_cell *cells, int n);

/* A line of its own above the rows that follow, with an empty row before it. */
void book_title(book *b, const char *title);
void book_headings(book *b, const char *const *headings, int n);
void book_line(book *b, const char *name, xlsx_cell value);
void book_facts(book *b, const report_fact *facts, int n);

void book_summary(book *b);
void book_trials(book *b);
void book_settings(book *b);

#endif
