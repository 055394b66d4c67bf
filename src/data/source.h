/* A table as its owner keeps it: files of one of the formats in format_table.c, by path or glob.
 *
 * Reading happens in a short-lived child process (`stint ingest`), so that its memory is gone
 * when it is done; the result is a column file in the cache. */
#ifndef DATA_SOURCE_H
#define DATA_SOURCE_H

#include "data/colfile.h"

/* Which columns are wanted: those that a pattern of `keep` matches and none of `drop`, and the
 * names in `always`.  Patterns know * and ? (base/pattern.h); each list is NULL-terminated, or
 * NULL for an empty one.  Formats whose columns can be read singly read no others; the rest
 * read all. */
typedef struct source_want {
    const char *const *keep; /* empty = all */
    const char *const *drop;
    const char *const *always;
} source_want;

/* What decides the bytes of the column file, besides the content of the files. */
typedef struct source {
    const char *path; /* a file or a glob: "data/day-*.csv"; sorted by name */
    const char *const
        *text; /* columns read as text whatever they look like; NULL-terminated or NULL */
    source_want want;
    const bits_encoder *encoders; /* [n_encoders] of columns that become packed bits; a Bloom
                                   * filter's key may be NULL where its digest is known and the
                                   * table is in the cache */
    int n_encoders;
    const char *dataset; /* HDF5: path of the dataset or group inside; NULL = the only one */
    const char *sheet;   /* XLSX: name of the sheet; NULL = the first that is not hidden */
} source;

/* What a look of at most a second at the input tells, or, once it is a column file, what is so. */
typedef struct source_facts {
    bool exact; /* from the column file, not from a sample */
    int files, columns;
    int64_t bytes; /* of the source files */
    int64_t rows_low, rows, rows_high;
    double ingest_seconds;            /* estimate, 0 when cached */
    int64_t ingest_bytes;             /* private memory the ingest child needs, upper bound … */
    int64_t ingest_most_bytes;        /* … and can make use of */
    int64_t colfile_bytes;            /* upper bound of the column file on disk */
    char fingerprint[HASH_TEXT_SIZE]; /* of all columns; "" when not exact */
} source_facts;

/* Look without ingesting.  When the cache holds the table, facts are exact. */
stint_status source_sample(ctx *c, const source *s, source_facts *out);

typedef struct ingest_result {
    char path[4096];                  /* the column file, in the cache */
    char fingerprint[HASH_TEXT_SIZE]; /* colfile_fingerprint of all columns */
    bool cached;
    double seconds;
    int64_t private_peak_bytes; /* of the child, 10 ms samples */
    int64_t table_peak_bytes;   /* under tag `table` in the child */
} ingest_result;

/* The column file of a source, opened: from the cache, else by an ingest child within
 * `memory_bytes` (its whole private memory; 0 = half the machine's).  `disk_bytes` bounds what
 * may be written (0 = no bound; STINT_EBUDGET beyond).  Bad input is STINT_EDATA with
 * "FILE:LINE: column "NAME": …"; so is data that changes while it is read.  No other run can
 * push the file out of the cache before colfile_close.
 *
 * A source whose columns can be read singly is known again by its files' stat instead of their
 * content, and is read anew when a file is so young that its stat proves nothing. */
stint_status source_open(ctx *c, const source *s, int64_t memory_bytes, int64_t disk_bytes,
                         ingest_result *out, colfile *file);

/* The line number (from 1) in its source file of table row `row` of an ingested table, for
 * messages: scans the file again.  Files, their first rows and their format stand in the column
 * file's `extra`.  In formats without lines it is the row number, and *is_line is false. */
stint_status source_line(ctx *c, const colfile *f, int64_t row, char *file, size_t file_size,
                         int64_t *line, bool *is_line);

/* The child's side: runs `stint ingest`'s work with its protocol on descriptor `fd`. */
stint_status ingest_child(ctx *c, int fd);

#endif
