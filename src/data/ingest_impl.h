/* What the parts of the ingest child share: the request, the columns, and what readers hand to
 * the chunker.
 *
 * Reading may have to start over: an integer column meets 1.5, a text column outgrows its
 * dictionary, the header's room is too small.  Each time a column only widens or the room
 * only grows, so it ends. */
#ifndef DATA_INGEST_IMPL_H
#define DATA_INGEST_IMPL_H

#include "base/map.h"
#include "data/colfile.h"
#include "data/duckdb.h"
#include "data/format.h"
#include "data/source_cost.h"

/* How a column is read. */
typedef enum read_type { READ_BOOL, READ_INTEGER, READ_NUMBER, READ_TEXT, READ_HASH } read_type;

const char *read_type_sql(read_type t); /* "BIGINT" … */

/* The type that holds both; truths and numbers only meet as text. */
read_type read_type_join(read_type a, read_type b);

typedef struct ingest_column {
    const char *name;
    int at; /* its number among the file's columns */
    read_type read;
    bool is_text;        /* READ_TEXT by request */
    bool hash;           /* too many different texts for a dictionary */
    bool unseen;         /* nothing but missing cells in the sample: any type may follow */
    bool whole;          /* Parquet: whole numbers beyond 64 bits and a sign, read as doubles */
    bool large;          /* a number beyond 2^53 was met */
    bool mixed;          /* refused for the types it mixes alone: may be read as text */
    const char *refused; /* what to say when it is wanted: it cannot be read; NULL = it can */
    const bits_encoder *encoder; /* READ_TEXT: its cells become packed bits */
    bool packed;                 /* they come as such: [n][(width+7)/8], none missing */
    int64_t packed_width;        /* of bit strings, by the first row; 0 = its cell is empty */
} ingest_column;

struct ingest_file {
    const char *path;
    int64_t bytes, first_row, rows;
    char line_end[3]; /* CSV: behind the header */
};

struct ingest {
    ctx *ctx;
    int fd;
    arena arena;
    const source_format *format;
    int n_files, n_columns;
    int begun;                          /* files whose reading began */
    ingest_file *files;                 /* [n_files], in the order of their rows */
    ingest_column *columns;             /* [n_columns] */
    const json_t *text;                 /* names of the columns to read as text */
    const json_t *keep, *drop, *always; /* which columns are wanted (source.h) */
    bits_encoder *encoders;             /* [n_encoders] of columns by their patterns */
    int n_encoders;
    bool peeks, peeked;          /* the first row is looked at for the widths of bit strings */
    const char *dataset, *sheet; /* as source.h has them; NULL = none named */
    const char *out;
    int64_t memory_bytes, disk_bytes;
    int64_t most_rows; /* as describe bounds them; exact when rows_high is 0 */
    int64_t rows_low, rows, rows_high;
    int64_t reader_bytes; /* what a reader of its own holds, as describe knows it */
    int threads;
    char delimiter;       /* CSV */
    int64_t buffer_bytes; /* CSV: of a piece DuckDB reads at once */
    void *reader;         /* a format's own, from its describe on */
    double next_progress;
    duck duck;
};

/* --- what readers hand to the chunker ------------------------------------------------------- */

typedef struct cell_text {
    const char *at; /* UTF-8, not ended by a NUL */
    int64_t len;
} cell_text;

/* Cells of one column: [n] of double, int64_t, bool, cell_text or int64_t (hashes, 0 = missing),
 * as the column's read type says.  A NaN is missing too. */
typedef struct ingest_cells {
    const void *values;
    const uint64_t *valid; /* a bit a cell, from bit `first` on; NULL = none is missing */
    int64_t first;
} ingest_cells;

static inline bool cell_is_valid(const ingest_cells *cells, int64_t i)
{
    i += cells->first;
    return !cells->valid || (cells->valid[i / 64] >> (i % 64) & 1);
}

/* Rows at hand: the chunker asks for the cells of each column in turn, so that a reader needs
 * room for one column of them.  What is handed out stays until the next question. */
typedef struct ingest_batch {
    int64_t rows;
    void *self;
    ingest_outcome (*cells)(void *self, int column, int64_t from, int64_t n, ingest_cells *out);
} ingest_batch;

/* --- the child ------------------------------------------------------------------------------- */

/* Read everything into in->out. */
stint_status ingest_read(ingest *in, int64_t *rows);

/* One file through DuckDB. */
ingest_outcome ingest_duck(ingest *in, ingest_file *file, chunker *k);

/* Tell the parent how far it is, now and then. */
void ingest_progress(ingest *in, int64_t rows);

/* Name `n` columns "c0", "c1", …; or take the names given.  Every one must be text and stand
 * once: STINT_EDATA with `where` as the message's beginning. */
stint_status ingest_name_columns(ingest *in, const char *where, const char *const *names, int n);

/* Does this file's list of names equal the first one's?  STINT_EDATA if not. */
stint_status ingest_same_columns(ingest *in, const ingest_file *file, const char *const *names,
                                 int n);

/* Read the columns that the request names as text, and drop those that nobody wants. */
stint_status ingest_apply_text(ingest *in);
stint_status ingest_choose(ingest *in);

/* The request's encoders; then each to the columns it is for, which it makes text. */
stint_status ingest_take_encoders(ingest *in, const json_t *list);
stint_status ingest_apply_encoders(ingest *in);

/* Does a column of bit strings wait for its width? */
bool ingest_lacks_widths(const ingest *in);
ingest_outcome ingest_take_widths(ingest *in, const ingest_batch *batch);

/* Bytes of a row of a column with an encoder. */
int64_t ingest_packed_bytes(const ingest_column *column);

/* Fail with "FILE:LINE: column "NAME": …", or "FILE: row N: …" where there are no lines, for a row
 * of the table. */
stint_status ingest_fail_cell(ingest *in, int64_t row, int column, const char *fmt, ...)
    STINT_PRINTF(4, 5);

#endif
