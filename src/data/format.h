/* The formats that tables are kept in: one row each, looked at from both sides.
 *
 * The parent recognises a file and needs to know how its cost grows; the ingest child
 * describes and reads it.  A format is read by DuckDB (select, explain) or by a reader of
 * its own (read). */
#ifndef DATA_FORMAT_H
#define DATA_FORMAT_H

#include "base/os/os.h"

typedef struct ingest ingest;
typedef struct ingest_file ingest_file;
typedef struct chunker chunker;

/* INGEST_AGAIN: a column was widened or room grew; all is read once more. */
typedef enum ingest_outcome { INGEST_DONE, INGEST_AGAIN, INGEST_FAILED } ingest_outcome;

/* What reading takes besides the chunk in flight; measured. */
typedef struct source_rates {
    int64_t base_bytes;          /* the child, with its library opened */
    int64_t thread_bytes;        /* of each reading thread … */
    int64_t thread_column_bytes; /* … and each of its columns */
    bool threads;                /* two threads may pay */
    double bytes_a_second;
} source_rates;

typedef struct source_format {
    const char *name;           /* in requests and column files: "csv" */
    const char *called;         /* in messages: "Parquet" */
    const char *const *endings; /* ".parquet", …; NULL-terminated */

    /* Is this what a file of the format begins with?  NULL: only its ending tells. */
    bool (*begins)(const uint8_t *head, int64_t n);

    /* Columns that nobody wants are left out.  Lazy: they cost nothing, and the source is not read
     * to be hashed. */
    bool chooses, lazy;
    source_rates rates;

    /* Find the columns and bound the rows; every file must have the same columns. */
    stint_status (*describe)(ingest *in);

    /* Once the columns are chosen: set in->reader_bytes; NULL = describe did. */
    stint_status (*size)(ingest *in);

    /* DuckDB's: the query for one file's rows, columns in order and in their read types; and
     * when it failed with in->duck.error: widen a column, or fail the context. */
    void (*select)(const ingest *in, const ingest_file *file, str *sql);
    ingest_outcome (*explain)(ingest *in, const ingest_file *file);
    /* A column met numbers beyond 2^53 (ingest_column.large): did they come exactly? */
    stint_status (*check_large)(ingest *in, const ingest_file *file);

    /* A reader's own: append all rows of one file. */
    ingest_outcome (*read)(ingest *in, ingest_file *file, chunker *k);
    void (*close)(ingest *in); /* what describe opened; NULL = nothing */

    bool lines_tell_rows; /* rows are lines of text, so the parent can estimate them */

    /* The line (from 1) where row `row` of a file stands, 0 when there is none; NULL: the format
     * has no lines.  `columns` are the table's. */
    int64_t (*line)(const file_map *m, int64_t row, int columns);
} source_format;

extern const source_format format_csv, format_parquet, format_jsonl, format_npy, format_hdf5,
    format_columns, format_xlsx;

#define FORMAT_HEAD_BYTES 64

/* The format of a file, by what it begins with, else by its ending; CSV when nothing tells. */
const source_format *format_of(const char *path, const uint8_t *head, int64_t n);

const source_format *format_named(const char *name); /* NULL when there is none */

/* The line of row `row` of one file, or its number from 1 when the format has no lines. */
stint_status format_line(ctx *c, const source_format *format, const char *path, int64_t row,
                         int columns, int64_t *line, bool *is_line);

#endif
