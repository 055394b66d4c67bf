/* Writing workbooks (XLSX, ECMA-376): sheets one after the other, rows in batches.
 *
 *     xlsx_writer *w = xlsx_create(c, p, "t.xlsx.tmp");
 *     s = w ? xlsx_sheet(w, &(xlsx_sheet_info){"scores", columns, 2}) : STINT_ENOMEM;
 *     if (s == STINT_OK)
 *         s = xlsx_rows(w, (xlsx_values[]){{.texts = names}, {.numbers = scores}}, n);
 *     if (s == STINT_OK)
 *         s = xlsx_finish(w);
 *     else
 *         xlsx_abandon(w);
 *
 * Cells are made to text and compressed by chunks on the pool's threads while xlsx_rows runs;
 * what is handed in is not kept.  The same cells give the same bytes, for any number of threads
 * and however the rows are cut into batches; no time, name or path of the machine is in them.
 * Memory is bounded by xlsx_bytes, for any number of rows and any texts.
 *
 * The file is written in place: the caller names it NAME.tmp and renames it.  After a failure
 * the writer may only be abandoned. */
#ifndef DATA_XLSX_WRITE_H
#define DATA_XLSX_WRITE_H

#include "base/pool.h"

#include <stdbool.h>
#include <stdint.h>

/* What a sheet can hold. */
enum { XLSX_ROWS_MOST = 1048576, XLSX_COLUMNS_MOST = 16384, XLSX_TEXT_MOST = 32767 };

/* How a number is shown; its value is kept to the bit.  Texts and bools are shown as they are. */
typedef enum xlsx_format {
    XLSX_GENERAL,
    XLSX_INTEGER,    /* 12,345 */
    XLSX_NUMBER,     /* 0.123457: at most six decimals */
    XLSX_SCIENTIFIC, /* 1.23E-05 */
    XLSX_PERCENT,    /* of a fraction: 12.3% */
    XLSX_TEXT,       /* as it is typed */
    XLSX_DATE,       /* of seconds since 1970-01-01 UTC: 2024-05-31 */
    XLSX_DATE_TIME,  /* the same: 2024-05-31 14:30:00 */
    XLSX_SECONDS,    /* 12.3 s */
    XLSX_BYTES,      /* 1.5 MB, by powers of 1000 */
    XLSX_HEADING,    /* bold */
    XLSX_FORMATS
} xlsx_format;

typedef struct xlsx_column {
    const char *title; /* NULL = none; a row of titles is made when there is any */
    xlsx_format format;
    double width; /* in characters; 0 = by the title */
} xlsx_column;

/* The title row is bold and stays in view.  What a sheet's name must not have becomes '_'
 * ("[]:*?/\", control characters), it is cut after 31 characters, and " (2)", " (3)" … tells it
 * from an earlier one's. */
typedef struct xlsx_sheet_info {
    const char *name;
    const xlsx_column *columns; /* [n_columns] */
    int n_columns;              /* 1 … XLSX_COLUMNS_MOST, else STINT_EDATA */
    bool filter;                /* buttons in the title row that filter and sort */
} xlsx_sheet_info;

/* A column of a batch: one of them is set, or none where the cells are empty. */
typedef struct xlsx_values {
    const double *numbers;    /* [n]; NaN = empty; infinite ones become the texts "inf", "-inf" */
    const char *const *texts; /* [n]; NULL = empty */
    const int8_t *bools;      /* [n]; 0, 1; else empty */
} xlsx_values;

typedef enum xlsx_kind { XLSX_EMPTY, XLSX_A_NUMBER, XLSX_A_TEXT, XLSX_A_BOOL } xlsx_kind;

/* One cell on its own, for small sheets of mixed cells. */
typedef struct xlsx_cell {
    xlsx_kind kind;
    xlsx_format format; /* XLSX_GENERAL = its column's */
    double number;      /* XLSX_A_NUMBER, XLSX_A_BOOL */
    const char *text;   /* XLSX_A_TEXT */
} xlsx_cell;

typedef struct xlsx_writer xlsx_writer;

/* What a writer of sheets of up to so many columns takes at most; threads as the pool has. */
int64_t xlsx_bytes(int columns, int threads);

/* NULL when the file cannot be made or memory is short.  The pool, which may not be running a
 * loop, is lent until the writer is gone. */
xlsx_writer *xlsx_create(ctx *c, pool *p, const char *path);

/* Begin a sheet; the one before is ended. */
stint_status xlsx_sheet(xlsx_writer *w, const xlsx_sheet_info *info);

/* n rows of the open sheet, by columns or by cells: columns [n_columns], cells [n][n_columns].
 * Texts are UTF-8; what is not, and control characters that XML cannot carry, become U+FFFD.
 * A text is never taken for a formula.  STINT_EDATA: more rows than a sheet holds, a text of
 * more than XLSX_TEXT_MOST UTF-16 units. */
stint_status xlsx_rows(xlsx_writer *w, const xlsx_values *columns, int64_t n);
stint_status xlsx_cells(xlsx_writer *w, const xlsx_cell *cells, int64_t n);

/* Ends the file, synced to the disk, and frees the writer; a failure removes the file.  A
 * workbook needs a sheet: one without is given an empty one. */
stint_status xlsx_finish(xlsx_writer *w);
/* Removes the file and frees the writer; NULL is fine. */
void xlsx_abandon(xlsx_writer *w);

#endif
