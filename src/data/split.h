/* Which part each row belongs to: the test part or one of the folds.
 *
 * Random within strata: rows are ordered by (stratum, Philox number of the row) and dealt to
 * the parts in turn, so that every part holds its share of every stratum, to within one row.
 * Strata are quantile bins of the first target; ties never straddle a bin.  A pure function
 * of (target, settings), kept in the cache as a column file. */
#ifndef DATA_SPLIT_H
#define DATA_SPLIT_H

#include "data/colfile.h"
#include "base/hash.h"

typedef struct split_settings {
    double test; /* share of rows, 0 < test < 1 */
    int folds;   /* 2 … SPLIT_FOLDS_MOST */
    int bins;    /* 0 = no strata */
    uint64_t seed;
} split_settings;

#define SPLIT_FOLDS_MOST 100

typedef struct split {
    colfile file; /* one column, "part": 0 … folds-1, or folds for the test part */
    char path[4096];
    int folds;
    int64_t part_rows[SPLIT_FOLDS_MOST + 1];
} split;

/* Split `f`'s rows by its column `target`: from the cache, else made and put there.
 * `fingerprint` identifies the table.  An empty part, or more folds than rows, is STINT_EDATA. */
stint_status split_open(ctx *c, const colfile *f, const char *fingerprint, int target,
                        const split_settings *s, split *out);
/* The same from its file, as another process made it. */
stint_status split_open_file(ctx *c, const char *path, int64_t rows, const split_settings *s,
                             split *out);
void split_close(split *s);

/* Private memory that making a split takes. */
int64_t split_bytes(int64_t rows);

/* The part of each row of a chunk: [rows of the chunk]. */
const uint8_t *split_chunk(const split *s, int64_t chunk);

#endif
