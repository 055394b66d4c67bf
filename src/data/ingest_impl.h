/* What the parts of the ingest child share: the request, the columns, and one class per
 * format.
 *
 * Reading may have to start over: an integer column meets 1.5, a text column outgrows its
 * dictionary, the header's room is too small.  Each time a column only widens or the room
 * only grows, so it ends. */
#ifndef DATA_INGEST_IMPL_H
#define DATA_INGEST_IMPL_H

#include "base/map.h"
#include "data/colfile.h"
#include "data/duckdb.h"

/* How DuckDB is asked to read a column. */
typedef enum read_type { READ_BOOL, READ_INTEGER, READ_NUMBER, READ_TEXT } read_type;

const char *read_type_sql(read_type t); /* "BIGINT" … */

typedef struct ingest_column {
    const char *name;
    read_type read;
    bool is_text; /* READ_TEXT by request */
    bool hash;    /* too many different texts for a dictionary */
    bool unseen;  /* nothing but missing cells in the sample: any type may follow */
} ingest_column;

typedef struct ingest_file {
    const char *path;
    int64_t bytes, first_row, rows;
    char line_end[3]; /* CSV: behind the header */
} ingest_file;

typedef struct source_format source_format;

typedef struct ingest {
    ctx *ctx;
    int fd;
    arena arena;
    const source_format *format;
    int n_files, n_columns;
    ingest_file *files;     /* [n_files], in the order of their rows */
    ingest_column *columns; /* [n_columns] */
    const json_t *text;     /* names of the columns to read as text */
    const char *out;
    int64_t memory_bytes, disk_bytes, most_rows;
    int threads;
    char delimiter;       /* CSV */
    int64_t buffer_bytes; /* CSV: of a piece DuckDB reads at once */
    duck duck;
} ingest;

typedef enum ingest_outcome { INGEST_DONE, INGEST_AGAIN, INGEST_FAILED } ingest_outcome;

struct source_format {
    const char *name;
    /* Find the columns and bound the rows; every file must have the same columns. */
    stint_status (*describe)(ingest *in);
    /* The query for one file's rows, columns in order and in their read types. */
    void (*select)(const ingest *in, const ingest_file *file, str *sql);
    /* The query failed with in->duck.error: widen a column, or fail the context. */
    ingest_outcome (*explain)(ingest *in, const ingest_file *file);
};

extern const source_format format_csv, format_parquet;

/* Read everything into in->out; *bytes is the table memory's peak. */
stint_status ingest_read(ingest *in, int64_t *rows);

#endif
