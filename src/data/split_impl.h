/* A split being made: what the files split_*.c share.
 *
 *     split.c        the settings' key, the cache, the file
 *     split_cells.c  cells as numbers that compare; levels, names, left out and repeated rows
 *     split_order.c  values in order, ids in random order
 *     split_strata.c which stratum each row is in
 *     split_deal.c, split_groups.c, split_time.c, split_column.c  the ways to make parts
 *     split_check.c  whether the parts, however made, are fit to learn from
 */
#ifndef DATA_SPLIT_IMPL_H
#define DATA_SPLIT_IMPL_H

#include "base/map.h"
#include "base/rng.h"
#include "base/vec.h"
#include "data/split.h"

/* Entries of split_job.part that are no parts: rows to be dealt, rows that get the part of an
 * equal one, and rows that are left out but are dealt for kept ones that repeat them. */
enum { ROW_STANDS_IN = 252, ROW_FOLLOWS = 253, ROW_KEPT = 254 };

typedef struct split_job {
    ctx *ctx;
    const split_input *in;
    const split_settings *settings;
    int64_t n;         /* rows of the table */
    int folds, parts;  /* of the split being made */
    uint8_t *part;     /* [n] a part or one of the above; SPLIT_NONE = left out */
    double *values;    /* [COLFILE_CHUNK_ROWS] what was read last … */
    uint64_t *cells;   /* [COLFILE_CHUNK_ROWS] … as numbers that compare */
    uint32_t *stratum; /* [n], of rows to be dealt; NULL = one stratum */
    int64_t strata;
    uint32_t *class_of; /* [strata] class of the target, ascending; NULL = not by class */
    uint32_t *group;    /* [n], of kept rows; NULL = no groups */
    int64_t groups;
    int group_column;
    char notes[512];
} split_job;

static inline bool split_is_dealt(uint8_t part)
{
    return part == ROW_KEPT || part == ROW_STANDS_IN;
}

/* How many of the first i rows are for the test: the share of them, halves upwards.  The share
 * counts in billionths, so that it is the decimal number that was asked for. */
int64_t split_test_of(const split_job *j, int64_t i);

/* Make and check the parts of a job that has its ctx, in and settings; `part` is then the
 * caller's to free, and what else the job points to is gone. */
stint_status split_parts(split_job *j);

/* --- split_cells.c ------------------------------------------------------------------------ */

#define CELL_MISSING    UINT64_MAX
#define SPLIT_LEVELS    65536
#define SPLIT_TEXT_SIZE 64

/* One chunk of a column into cells, as numbers that are equal where the cells are … */
void split_cells(split_job *j, int column, int64_t chunk);
/* … and as numbers in the order of the values. */
void split_cells_ordered(split_job *j, int column, int64_t chunk);
uint64_t split_ordered(double x); /* NaN = CELL_MISSING; -0 = 0 */

/* A column by name; `key` is the config's, for the message. */
stint_status split_column_find(split_job *j, const char *key, const char *name, int *column);
/* What a cell says, in quotes, shortened; "a missing cell". */
const char *split_cell_text(split_job *j, int column, int64_t row, char out[SPLIT_TEXT_SIZE]);
/* "FILE:LINE" */
stint_status split_row_text(split_job *j, int64_t row, char *out, size_t size);
/* "fold 3", "the test part" */
const char *split_part_text(const split_job *j, int part, char out[SPLIT_TEXT_SIZE]);

/* A column's different cells among rows that are not left out, in order of appearance.  More
 * than SPLIT_LEVELS are STINT_EDATA. */
typedef struct split_levels {
    int column;
    map ids;             /* cell → level */
    VEC(uint32_t) first; /* row of each level's first cell */
} split_levels;

stint_status split_levels_open(split_job *j, int column, split_levels *out);
void split_levels_close(split_levels *l);
uint32_t split_level(const split_levels *l, uint64_t cell);

/* Mark all rows as kept or left out; mark those that are left out once more, whatever they got
 * meanwhile; the first equal row of each row of a chunk into values. */
stint_status split_rows_begin(split_job *j);
void split_rows_leave(split_job *j);
void split_first_rows(split_job *j, int64_t chunk);

/* --- split_order.c ------------------------------------------------------------------------ */

void split_sort(uint64_t *x, int64_t n);           /* ascending, in place */
int64_t split_unique(uint64_t *sorted, int64_t n); /* each once; how many they are */
int64_t split_rank(const uint64_t *sorted, int64_t n, uint64_t x); /* how many are below x */

/* Order ids, ascending and below 2^32, by their random number, then by themselves; in place.
 * With `starts` those that hold more of starts[id] … starts[id+1] come first. */
void split_shuffle(uint64_t *ids, int64_t n, rng random, const uint32_t *starts);

/* --- strata, ways, checks -------------------------------------------------------------------- */

stint_status split_strata(split_job *j); /* fills stratum, strata, class_of, notes */

stint_status split_deal(split_job *j);
stint_status split_by_groups(split_job *j);
stint_status split_by_time(split_job *j);
stint_status split_by_column(split_job *j); /* sets folds and parts too */

/* Number the groups by appearance: group, groups, group_column. */
stint_status split_groups_open(split_job *j);

stint_status split_check(split_job *j);

#endif
