/* What is checked of a table before anything is fitted, all in one pass over its columns:
 *
 *   types       features and targets are of one type each
 *   ranges      cells lie within the ranges that were given
 *   missing     no cell is missing or infinite, or what is done about it
 *   duplicates  no row stands twice, no key does
 *   statistics  no feature is constant or nearly so, far out, or gives the target away
 *
 * Each has a policy.  What is left out of the rows becomes a column file, of the columns a
 * list; both stay in the cache by content, with everything that is said.  Since they are known
 * by content, rows are named by their number in the table, not by a line of some file.
 *
 * Statistics are of the cells that are there: finite, and within their range where cells
 * outside of it leave with their rows. */
#ifndef DATA_CHECKS_H
#define DATA_CHECKS_H

#include "base/pool.h"
#include "base/target.h"
#include "data/colfile.h"
#include "data/features.h"

typedef enum check_policy { POLICY_WARN, POLICY_ERROR, POLICY_DROP, POLICY_IGNORE } check_policy;

/* Cells of the number columns that match `column` lie in [low, high], whether the columns are
 * features or not.  Of several ranges of one column all hold. */
typedef struct check_range {
    const char *column; /* a pattern */
    double low, high;   /* infinite = no bound */
} check_range;

typedef struct checks_settings {
    check_policy types; /* of mixed columns, text that nothing encodes: error, drop (the column) */
    check_policy missing;      /* cells: error, drop (the row), or ignore: features fill them */
    check_policy infinite;     /* cells: error, drop (the row) */
    const check_range *ranges; /* [n_ranges] */
    int n_ranges;
    check_policy outside;       /* of a range: error, warn, drop (the row) */
    check_policy duplicates;    /* rows: warn, error, drop (the later ones), ignore */
    const char *const *key;     /* columns that together name a row once; NULL-terminated or NULL;
                                  missing cells are equal to each other */
    check_policy repeated_key;  /* error, warn, drop (the later ones) */
    check_policy constant;      /* features: warn, error, drop (the column), ignore */
    double constant_share;      /* of the cells that are there with one value, from which (and with
                                  more than half of them) a feature is constant */
    check_policy outliers;      /* cells: warn, error, drop (the row), ignore */
    double outlier_deviations;  /* further from the mean than so many deviations */
    check_policy leakage;       /* features: warn, error, drop (the column), ignore */
    double leakage_correlation; /* with a target, from which a feature is suspect */
} checks_settings;

/* The five kinds of check, for checks_input.only. */
enum {
    CHECK_TYPES = 1,
    CHECK_RANGES = 2,
    CHECK_MISSING = 4,
    CHECK_DUPLICATES = 8,
    CHECK_STATISTICS = 16,
    CHECK_ALL = 31,
};

/* What is checked. */
typedef struct checks_input {
    const colfile *file;
    const char *fingerprint; /* of the columns below, and of those of key and ranges */
    target_kind kind;
    const int *targets; /* [n_targets] columns */
    int n_targets;
    const int *candidates; /* [n_candidates] columns that may become features, ascending */
    int n_candidates;
    const features_settings *features; /* keep and drop choose among the candidates; onehot takes
                                          text */
    unsigned only; /* kinds of check to make, 0 = all: to time them one by one */
} checks_input;

typedef enum check_result { CHECK_PASSED, CHECK_WARNED, CHECK_MENDED } check_result;

typedef struct check {
    const char *name;
    check_result result; /* mended: rows or columns were left out, or cells are filled */
    const char *details;
} check;

typedef struct checks {
    arena arena;
    int n;
    check *at; /* [n] one line of the report each: types, ranges, missing or infinite cells,
                  duplicate rows, repeated keys, constant columns, outliers, leakage */
    int n_dropped;
    const char *
        *dropped; /* [n_dropped] names of columns left out, in file order; NULL-terminated */
    int64_t rows_dropped;
    bool cached;
    char path[4096]; /* the column file of rows: "keep" (0, 1), "first" (the first row kept that is
                        equal to this one, itself when none is); "" = every row is kept and
                        unlike every other */
    colfile rows;    /* open when path is not "" */
} checks;

/* What forbids a fit is STINT_EDATA with "FILE:LINE: column "NAME": …"; an unknown key column, or
 * a range that no number column matches, STINT_EUSAGE.  The rest is in `out`, which after a
 * failure holds nothing.  `scratch` is a directory for row hashes: checks_disk_bytes there and in
 * the cache.  Rows are equal when their hashes of 64 bits are, over targets and features. */
stint_status checks_run(ctx *c, const checks_input *in, const checks_settings *s,
                        const char *scratch, pool *p, checks *out);
void checks_close(checks *k);

/* Upper bound of the private memory that takes: a fixed part, one a thread, one a column, and a
 * bit a row. */
int64_t checks_bytes(int columns, int64_t rows, int threads);
int64_t checks_disk_bytes(int64_t rows);

#endif
