/* A column file as a sheet of a workbook: a title row that stays in view, with filters; number
 * formats by what a column holds; texts from its dictionary; hashes as the texts of their digits. */
#ifndef DATA_TABLE_SHEET_H
#define DATA_TABLE_SHEET_H

#include "base/arena.h"
#include "data/colfile.h"
#include "data/xlsx_write.h"

typedef struct table_sheet {
    const char *name;
    int64_t most_rows; /* the first ones; 0 = all, and more than a sheet holds is STINT_EDATA */
    bool cut;          /* texts that are too long for a cell; else they are STINT_EDATA */
} table_sheet;

/* Opens the sheet and puts its rows, in batches. */
stint_status table_sheet_write(ctx *c, xlsx_writer *w, const colfile *f, const table_sheet *how);

/* What that takes beside the writer, at most; with `cut`, 96 KiB more for each column with a
 * text of more than XLSX_TEXT_MOST bytes. */
int64_t table_sheet_bytes(int columns);

/* The text itself if a cell can hold it, else as much of it as a cell does, in `a`: NULL when
 * memory is short. */
const char *table_sheet_cut(arena *a, const char *text);

#endif
