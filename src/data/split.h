/* Which part each row belongs to: the test part, one of the parts that training and validation
 * are made of, or none (rows that a check left out).
 *
 *   random   rows dealt to the parts in random order, each stratum's share right in every part
 *   time     parts follow each other in time: test is the last share, fold k is validated on
 *            part k+1 and trained on parts 0 … k (forward chaining; parts = folds + 1)
 *   column   a given column: its cells "test" are the test part, its other values the folds
 *
 * A pure function of (columns it looks at, settings), in integers; kept in the cache as a
 * column file.  */
#ifndef DATA_SPLIT_H
#define DATA_SPLIT_H

#include "base/hash.h"
#include "base/target.h"
#include "data/colfile.h"

typedef enum split_kind { SPLIT_RANDOM, SPLIT_TIME, SPLIT_COLUMN } split_kind;

/* What rows that are equal to an earlier one do: stand in its part (random and grouped splits
 * see to it; where others do not, it is an error), stand anywhere, or are an error whenever
 * they stand in different parts. */
typedef enum split_duplicates { SPLIT_TOGETHER, SPLIT_ALLOW, SPLIT_REFUSE } split_duplicates;

/* `stratify` names columns (NULL-terminated) whose classes, or `bins` quantile bins of numbers,
 * are combined; empty = the targets.  A class to be learned is always one of the strata's
 * factors, the first; other targets are only when nothing is listed and bins > 0: numbers by
 * quantile bins (labels never), an angle by sectors of equal width, one in sine and cosine also by quantile
 * bins of its magnitude. */
typedef struct split_settings {
    split_kind kind;
    double test; /* share of rows, 0 < test < 1; a given column has its own */
    int folds;   /* 2 … SPLIT_FOLDS_MOST; a given column has its own */
    int bins;    /* of each number or angle that is stratified by; 0 = none */
    uint64_t seed;
    const char *const *stratify;
    const char *group;  /* column whose equal cells stay together; "" = none */
    const char *column; /* time: what orders the rows ("" = their order); column: the parts */
    split_duplicates duplicates;
    bool missing_class; /* a class may be missing in a part */
} split_settings;

#define SPLIT_FOLDS_MOST 100
#define SPLIT_NONE       255 /* part of rows that are left out */

/* What else the parts depend on.  `rows` is from the checks: columns "keep" (1 or 0) and
 * "first" (number of the first equal row, its own when there is none); NULL = all rows are
 * kept and none repeats another.  An angle has one target, or its sine and cosine. */
typedef struct split_input {
    const colfile *file;
    const char *fingerprint; /* identifies the columns used and the rows left out */
    const colfile *rows;
    target_kind kind;
    double period;      /* of angles */
    const int *targets; /* [n_targets] columns */
    int n_targets;
} split_input;

/* `notes` says what had to give way: "3 of 40 strata had fewer than 6 rows and were merged with
 * others; 36 are left"; "" = nothing. */
typedef struct split {
    colfile file; /* one column, "part"; its extra has kind, folds, parts and notes */
    char path[4096];
    split_kind kind;
    int folds; /* folds to validate on */
    int parts; /* training parts 0 … parts-1; `parts` itself is the test part */
    int64_t part_rows[SPLIT_FOLDS_MOST + 2]; /* of each part, the test part last */
    int64_t rows;                            /* in any part */
    char notes[512];
} split;

/* From the cache, else made and put there.  What forbids it is STINT_EDATA (STINT_EUSAGE for an
 * unknown column), with what to do: an empty part or fewer than 2 test rows, fewer rows, groups
 * or rows of a class than parts, a group in two parts, a class missing in a part or in what a
 * fold is trained on, equal rows in two parts, a group column with one group, a time that does
 * not parse (texts: ISO 8601, see split_time.c), a missing cell of a group or a time. */
stint_status split_open(ctx *c, const split_input *in, const split_settings *s, split *out);

/* The same from its file, as another process made it. */
stint_status split_open_file(ctx *c, const char *path, int64_t rows, split *out);
void split_close(split *s);

/* Private memory that making a split takes. */
int64_t split_bytes(int64_t rows);

/* The part of each row of a chunk: [rows of the chunk]. */
const uint8_t *split_chunk(const split *s, int64_t chunk);

/* The part that fold `fold` is validated on; whether training set `set` (0 … folds-1: that fold's;
 * folds: all, for the model that is kept) has the rows of `part`; how many rows it has. */
int split_held_out(const split *s, int fold);
bool split_trains(const split *s, int set, int part);
int64_t split_train_rows(const split *s, int set);

#endif
