/* A sheet of an Excel workbook (.xlsx, .xlsm; transitional or strict), row by row.
 *
 *     xlsx_reader *r = xlsx_open(c, "book.xlsx", NULL);
 *     const xlsx_row *row;
 *     TRY(xlsx_choose(r, "Data"));
 *     while (xlsx_next(r, &row) == STINT_OK && row)
 *         … row->cells[0 … row->columns - 1] …
 *     const char *merged = xlsx_merged(r); // known only now
 *     xlsx_close(r);
 *
 * Memory: the shared strings, once, within a limit; the row at hand; and some 100 KiB.  No
 * part of the archive is ever held whole.  What expat takes is charged to the context; what
 * libzip takes is not, and grows with the archive's directory, some hundred bytes an entry.
 * Both libraries are opened at the first xlsx_open, which must not race with another.
 *
 * What is wrong with the file is STINT_EDATA with "FILE: what: what to do": no archive, a
 * damaged or encrypted one, missing parts, XML that is not well-formed (with its line) or has
 * a DOCTYPE, parts that inflate without end, rows or cells out of order or out of range,
 * values that are not what their type says.  After a failure there is xlsx_close alone. */
#ifndef DATA_XLSX_READ_H
#define DATA_XLSX_READ_H

#include "base/ctx.h"

enum {
    XLSX_COLUMNS_MOST = 16384,
    XLSX_ROWS_MOST = 1048576,
    XLSX_PARTS_MOST = 65536,       /* entries of the archive; a workbook has some ten */
    XLSX_TEXT_MOST = 1 << 20,      /* bytes of one text; Excel stops at 32767 letters */
    XLSX_ROW_TEXT_MOST = 64 << 20, /* bytes of a row's texts that are not shared */
    XLSX_CELL_NAME_SIZE = 24,
};

/* Of kinds without a word on them, number, text and len are zero. */
typedef enum xlsx_kind {
    XLSX_EMPTY,
    XLSX_NUMBER,  /* number; a duration (format [h]:mm) in days */
    XLSX_TEXT,    /* text [len] in UTF-8, runs joined, without phonetic guides; len may be 0 */
    XLSX_BOOL,    /* number: 0 or 1 */
    XLSX_DATE,    /* number: seconds since 1970-01-01 00:00 UTC, to the millisecond */
    XLSX_ERROR,   /* text: "#N/A", "#DIV/0!"; "########" for a date beyond Excel's calendar */
    XLSX_FORMULA, /* whatever it evaluates to */
} xlsx_kind;

typedef struct xlsx_cell {
    xlsx_kind kind;
    uint32_t len;
    double number;
    const char *text; /* [len] and a NUL; NULL where the kind has none */
} xlsx_cell;

typedef struct xlsx_row {
    int64_t number;         /* from 1 */
    int columns;            /* up to the last one that is not empty; 0 = an empty row */
    const xlsx_cell *cells; /* [columns] */
} xlsx_row;

/* Chart sheets and macro sheets, which have no cells to read, are not among them. */
typedef struct xlsx_sheet {
    const char *name;
    bool hidden;
} xlsx_sheet;

typedef struct xlsx_settings {
    int64_t string_bytes; /* memory of the shared strings, 0 = 256 MiB; beyond: STINT_EPLAN */
    int64_t part_bytes;   /* one part, inflated, 0 = 64 GiB */
} xlsx_settings;

typedef struct xlsx_reader xlsx_reader;

/* NULL when the context has failed.  `settings` NULL takes the defaults. */
xlsx_reader *xlsx_open(ctx *c, const char *path, const xlsx_settings *settings);
void xlsx_close(xlsx_reader *r); /* takes NULL */

/* How many sheets, in the order of their tabs; *sheets lives as long as the reader. */
int xlsx_sheets(const xlsx_reader *r, const xlsx_sheet **sheets);

/* Stand before the first row of a sheet; NULL = the first that is not hidden.  May be called
 * again, for any sheet. */
stint_status xlsx_choose(xlsx_reader *r, const char *name);
const char *xlsx_chosen(const xlsx_reader *r);

/* The next row, valid until the next call; NULL behind the last.  Rows come from 1 to the last
 * one that holds anything, also those that are empty or not in the file at all. */
stint_status xlsx_next(xlsx_reader *r, const xlsx_row **row);

/* The first range of merged cells, "B2:C4"; NULL when there is none.  Stands in the file behind
 * the rows, so ask when xlsx_next has answered NULL. */
const char *xlsx_merged(const xlsx_reader *r);

/* "C7" of row 7 (from 1) and column 2 (from 0). */
const char *xlsx_cell_name(char out[XLSX_CELL_NAME_SIZE], int64_t row, int column);

#endif
