/* A column file in a format that others read, chosen by what the file's name ends in:
 *
 *     .csv .tsv      delimited.h; hashes as whole numbers
 *     .xlsx          one sheet, "Predictions" or as the caller says
 *     .parquet       export.h, in a child
 *     .safetensors   the column file itself
 *
 * A file appears under its name whole or not at all.  Memory does not grow with the rows. */
#ifndef DATA_TABLE_WRITE_H
#define DATA_TABLE_WRITE_H

#include "data/colfile.h"

typedef struct table_write_settings {
    const char *sheet; /* NULL = "Predictions" */
    int threads;       /* of a workbook; 0 = one */
} table_write_settings;

/* STINT_EUSAGE when no format goes by that name. */
stint_status table_write_check(ctx *c, const char *to);

/* The column file at `columns` to `to`.  STINT_EDATA when a workbook cannot hold it: rows,
 * columns, a text.  `settings` may be NULL. */
stint_status table_write(ctx *c, const char *columns, const char *to,
                         const table_write_settings *settings);

/* What it takes in this process, at most, beside dictionaries. */
int64_t table_write_bytes(int columns, int threads);

/* All rows as delimited text to an open file, pipe or terminal, which messages call `path`. */
stint_status table_write_text(ctx *c, const colfile *f, int fd, const char *path, char delimiter);

/* A copy of a file that appears under its name whole: written beside it, synced, renamed. */
stint_status table_write_copy(ctx *c, const char *from, const char *to);

/* Does the last part of a path end so, with something before it? */
bool table_write_ends(const char *path, const char *ending);

#endif
