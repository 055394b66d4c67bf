/* Inside the XLSX writer: cells as XML, chunks of cells as deflated pieces, the parts of a
 * package that are not sheets. */
#ifndef DATA_XLSX_WRITE_IMPL_H
#define DATA_XLSX_WRITE_IMPL_H

#include "base/str.h"
#include "base/vec.h"
#include "data/xlsx_write.h"
#include "data/zip_write.h"

/* --- cells (xlsx_cells.c) --------------------------------------------------------------------- */

/* What a cell takes at most: an element, the tags of a row and, for each UTF-16 unit of text,
 * five bytes ("&amp;"). */
enum { XLSX_CELL_BYTES = 128, XLSX_GROWTH = 5 };

typedef struct xlsx_letters {
    char at[7]; /* "A" … "XFD" */
    uint8_t n;
} xlsx_letters;

xlsx_letters xlsx_letters_of(int column);

/* Where a cell stands. */
typedef struct xlsx_place {
    xlsx_letters column;
    char row[8]; /* decimal digits */
    int row_n;
} xlsx_place;

void xlsx_place_row(xlsx_place *p, int64_t row);

/* Append to `at`, which has room; return the end.  An empty cell is nothing. */
char *xlsx_row_begin(char *at, const xlsx_place *p);
char *xlsx_row_end(char *at);
char *xlsx_cell_write(char *at, const xlsx_place *p, const xlsx_cell *cell);

/* Text as XML content: at most XLSX_GROWTH times its bytes, and times its UTF-16 units. */
char *xlsx_escape(char *at, const char *text);

/* UTF-16 units of a text. */
int64_t xlsx_units(const char *text);

/* --- parts (xlsx_parts.c) --------------------------------------------------------------------- */

enum { XLSX_NAME_UNITS = 31, XLSX_NAME_BYTES = 4 * XLSX_NAME_UNITS };

typedef struct xlsx_sheet_entry {
    char name[XLSX_NAME_BYTES];
    int columns;
    int64_t rows; /* the title row is one */
    bool filter;
} xlsx_sheet_entry;

typedef VEC(xlsx_sheet_entry) xlsx_sheets;

/* A name for a sheet that none before has. */
void xlsx_sheet_name(const xlsx_sheets *before, const char *wanted, char out[XLSX_NAME_BYTES]);

/* The texts of a package's parts.  Sheets are xl/worksheets/sheet1.xml …. */
void xlsx_relations_part(str *out);
void xlsx_properties_part(str *out);
void xlsx_styles_part(str *out);
void xlsx_workbook_part(str *out, const xlsx_sheets *sheets);
void xlsx_workbook_relations_part(str *out, const xlsx_sheets *sheets);
void xlsx_types_part(str *out, const xlsx_sheets *sheets);
/* What stands before and behind a sheet's rows; `first` = it is the one shown. */
void xlsx_sheet_head(str *out, const xlsx_sheet_info *info, bool titled, bool first);
void xlsx_sheet_tail(str *out, const xlsx_sheet_entry *sheet);

/* --- chunks (xlsx_chunks.c) ------------------------------------------------------------------- */

/* Rows as they are handed in, by columns or by cells. */
typedef struct xlsx_batch {
    const xlsx_values *columns;
    const xlsx_cell *cells;
    int64_t rows;
} xlsx_batch;

typedef struct xlsx_chunks xlsx_chunks;

/* Chunks in flight: their memory, and the pool's. */
int64_t xlsx_chunks_bytes(int threads);
xlsx_chunks *xlsx_chunks_new(ctx *c, pool *p, zip_writer *zip);
void xlsx_chunks_free(xlsx_chunks *k);

/* A sheet's columns; its rows are counted from 1. */
stint_status xlsx_chunks_begin(xlsx_chunks *k, const char *sheet, const xlsx_column *columns,
                               int n_columns);
stint_status xlsx_chunks_put(xlsx_chunks *k, const xlsx_batch *b);
/* Everything handed in so far goes to the open ZIP entry. */
stint_status xlsx_chunks_flush(xlsx_chunks *k);
/* A text of the caller's as a piece of the open ZIP entry, behind what was put. */
stint_status xlsx_chunks_text(xlsx_chunks *k, const str *text);

#endif
