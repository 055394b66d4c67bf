/* What the files of the checks share: the columns looked at, what the pass finds out about each,
 * and the state of one run. */
#ifndef DATA_CHECKS_IMPL_H
#define DATA_CHECKS_IMPL_H

#include "data/checks.h"
#include "data/duplicates.h"

enum {
    CHECK_BLOCK = 2048, /* rows at once: a block of a column stays in the nearest cache */
    CHECK_WAVE = 16,    /* chunks between two combinations of what was found */
    CHECK_TARGETS = 4,  /* correlated with at once; more take further passes */
    CHECK_CLASSES = 32, /* most values of a feature that is held against the classes */
    CHECK_LABELS = 64,  /* labels that features are held against, the first ones */
    CHECK_LANES = 8,    /* partial sums of a block, added in their order */
};

/* A column looked at, and as what. */
typedef struct look {
    int column;
    bool feature, target, key, number; /* number: no code of a text */
    bool packed;                       /* bits, of which only equality is looked at … */
    bool packed_feature;               /* … and that are features */
    bool category;                     /* encoded one-hot: its mean means nothing */
    bool ranged;
    double low, high; /* where its cells have to lie */
} look;

/* Count, mean and sum of squared differences from it. */
typedef struct cell_spread {
    int64_t n;
    double mean, m2;
} cell_spread;

/* The value that more than half of the cells have, if any does (Boyer & Moore 1991; combined as
 * Misra & Gries 1982 with one counter): cells cancel in pairs of different ones, and it has
 * `count` … `count` + `cancelled` cells of count + 2 cancelled. */
typedef struct majority {
    double value;
    int64_t count, cancelled;
    bool none; /* too many cancelled for the share that was asked for */
} majority;

/* Of two columns, over rows where both are there: means, centred squares and products. */
typedef struct pair_sums {
    int64_t n;
    double x, y, xx, yy, xy;
    bool different; /* some row has different bits */
} pair_sums;

/* Values of a feature, each of which stands for one class and alone for it. */
typedef struct class_map {
    int n;
    bool off; /* it is not so */
    double value[CHECK_CLASSES], class[CHECK_CLASSES];
} class_map;

typedef struct column_facts {
    int64_t missing, infinite, outside;
    int64_t first_missing, first_infinite, first_outside; /* table rows, -1 = none */
    double low, high;                                     /* of the cells that are there */
    cell_spread spread;
    majority majority;
    int64_t outliers, first_outlier; /* the second pass finds these, */
    int64_t same;                    /* and the cells that have the majority's value */
} column_facts;

/* The target that a feature gives away, and by what. */
typedef struct suspect {
    enum { SUSPECT_NOT, SUSPECT_CLASS, SUSPECT_CORRELATION, SUSPECT_EQUAL } by;
    int target; /* its look */
    double correlation;
} suspect;

typedef struct checking {
    ctx *ctx;
    const checks_input *in;
    const checks_settings *s;
    pool *pool;
    checks *out;
    unsigned only;
    look *looks; /* [n_looks]: the targets, the features, what only key and ranges name */
    int n_looks, n_features;
    bool *dropped;           /* [columns of the file] left out of the features */
    column_facts *facts;     /* [n_looks] */
    pair_sums *pairs;        /* [n_looks][CHECK_TARGETS]; NULL = leakage is ignored */
    class_map *maps;         /* [n_looks]; NULL = not asked for */
    suspect *suspects;       /* [n_looks] */
    uint64_t *kept;          /* row i: bit i % 64 of word i / 64 */
    row_hashes *rows, *keys; /* NULL = not looked for */
} checking;

/* Cells that a check takes out are no part of statistics. */
bool look_drops_outside(const checking *k, const look *l);
bool look_needs_cells(const look *l); /* are missing cells of it wrong? */

/* --- checks_columns.c: which columns are looked at; what is wrong with their types */
stint_status checks_choose(checking *k);
const char *look_name(const checking *k, const look *l);

/* How many targets, the first ones, features are correlated with. */
int checks_correlated(const checking *k);

/* --- checks_pass.c: the pass.  Fills facts, suspects, kept, and the hashes. */
stint_status checks_pass(checking *k);

/* --- checks_exact.c: the second one, over columns in doubt: outliers, and equal cells */
stint_status checks_exact(checking *k);

/* --- checks_statistics.c: what a block tells, and how what two tell is combined */

/* A block of a column, made up to a multiple of CHECK_LANES by missing cells. */
typedef struct block {
    double *values, *deviations; /* [CHECK_BLOCK]; deviations from the mean, 0 where missing */
    int64_t n, padded;
    int64_t missing, infinite;
    double low, high;
    cell_spread spread;
    bool whole; /* every cell is there, and none was made up */
} block;

void block_measure(block *b);
void block_deviate(block *b);
void cell_spread_merge(cell_spread *to, const cell_spread *more);
void majority_add(majority *to, const block *b);
void majority_merge(majority *to, const majority *more);
void pair_add(pair_sums *to, const block *x, const block *y);
void pair_merge(pair_sums *to, const pair_sums *more);
double pair_correlation(const pair_sums *p); /* NaN = undefined */
void class_map_add(class_map *to, const block *x, const block *y);
void class_map_merge(class_map *to, const class_map *more);

/* --- checks_rows.c: which rows are kept, and their column file */
void rows_leave(checking *k, int64_t row);
int64_t rows_left_out(const checking *k);

/* Which kept rows are equal to an earlier one; with `leave` they are kept no longer. */
stint_status rows_repeats(checking *k, row_hashes *r, bool leave, duplicate_facts *out);

/* The column file at `path`: keep and first of every row, or, without `rows`, one row for form. */
stint_status rows_write(checking *k, const char *path, bool rows, const char *extra);

/* --- checks_verdicts.c: one line a check, or the failure.  *repeated: some kept row is equal to
 * an earlier one. */
stint_status checks_judge(checking *k, bool *repeated);

#endif
