/* Derived tables: rows put on an even clock, columns computed by formulas, filtered, scaled: a
 * column file from a column file, kept in the cache.
 *
 *     column file ──> resample ──> formulas and filters, in their order ──> column file
 *
 * Chunks stream: nothing holds the table, and no frame is copied for a column's sake.  A series
 * is a run of rows equal in the group column, in the order of time; shift, moving windows and
 * filters never look beyond it.  A pure function of (columns it reads, settings). */
#ifndef DATA_DERIVE_H
#define DATA_DERIVE_H

#include "base/json.h"
#include "base/pool.h"
#include "data/colfile.h"
#include "data/spill.h"

typedef enum resample_by {
    RESAMPLE_MEAN,
    RESAMPLE_LAST,
    RESAMPLE_SUM,
    RESAMPLE_MIN,
    RESAMPLE_MAX
} resample_by;
typedef enum resample_fill { RESAMPLE_NONE, RESAMPLE_PREVIOUS, RESAMPLE_LINEAR } resample_fill;

/* "NAME = FORMULA", in order; a formula may read columns before it. */
typedef struct derive_column {
    const char *name, *formula; /* data/formula.h */
    const char *place;          /* where it stands, for messages: "co2.yaml:9:5" */
} derive_column;

typedef struct derive_settings {
    const char *group; /* rows of one series are equal in it; "" = one series */
    const char *time;  /* numbers or ISO 8601 texts, or YYYYMMDD; "" = rows are in order */
    double every;      /* resample to this step, in units of time (dates: seconds); 0 = no */
    resample_by by;
    resample_fill fill;           /* of steps without rows */
    const derive_column *columns; /* [n_columns] */
    int n_columns;
    uint64_t seed; /* of noise() */
} derive_settings;

/* Is there something to make?  If not, the table stays what it is. */
bool derive_is_needed(const derive_settings *s);

/* Without making anything: the rows of a series are together, and in the order of time.
 * STINT_EUSAGE: no such column.  STINT_EDATA with both rows. */
stint_status derive_check(ctx *c, const colfile *in, const derive_settings *s);

/* From the cache, else made and put there.  `fingerprint` identifies `in`'s columns, all of them;
 * out's is written to `made`.  Formulas that do not parse are STINT_EUSAGE, with place, column and
 * position; cells that cannot be (division by zero, a time that does not parse) STINT_EDATA with
 * the column and the row.  `p` NULL = no threads. */
stint_status derive_open(ctx *c, const colfile *in, const char *fingerprint,
                         const derive_settings *s, pool *p, char made[HASH_TEXT_SIZE], char *path,
                         size_t size, colfile *out);

/* A derived table without the rows in which one of `columns` [n] is missing: those that have no
 * value yet, such as the first rows of a lag.  Into a column file at `path`, which is the caller's
 * to remove; rows->at is [*kept] each row's number in `in`.  Nothing is written when all rows are
 * kept; STINT_EDATA when none is. */
stint_status derive_whole(ctx *c, const colfile *in, const int *columns, int n, const char *path,
                          spill *rows, int64_t *kept);

/* Private memory that it takes; what grows with the rows is on disk (spill.h).  The disk, in the
 * cache: what stays there, and besides that what is there while it is made. */
int64_t derive_bytes(const derive_settings *s, int columns, int threads);
double derive_seconds(const derive_settings *s, int columns, int64_t rows); /* on a slow core */
int64_t derive_disk_bytes(const derive_settings *s, int columns, int64_t rows);

/* The columns of the input that it reads, for what a source must give; NULL-terminated, in `a`.
 * NULL when memory is short or a formula does not parse: the context says which. */
const char *const *derive_reads(ctx *c, arena *a, const derive_settings *s);

/* A member "derive" of the open JSON object, and back from there (NULL = none), so that new data
 * go the same way. */
void derive_emit(json_out *j, const derive_settings *s);
stint_status derive_load(ctx *c, arena *a, const json_t *saved, derive_settings *out);

#endif
