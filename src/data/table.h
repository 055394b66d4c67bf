/* A table for learning: a column file seen as features, targets and parts.  Views only;
 * nothing is copied. */
#ifndef DATA_TABLE_H
#define DATA_TABLE_H

#include "base/labels.h"
#include "base/target.h"
#include "data/features.h"
#include "data/split.h"

typedef struct table {
    const colfile *file;
    const split *split;       /* NULL before rows are split */
    const features *features; /* what models see */
    int n_features;
    target_kind kind;
    double period; /* of an angle */
    int n_targets;
    const int *targets; /* [n_targets] column numbers; an angle has one, or its sine and cosine;
                           labels: a column of 0 and 1 for each, or one of bits */
    int n_classes;
    const char *const *classes; /* [n_classes] names, in ascending order of their values */
    const double *class_values; /* [n_classes] cells of each class, ascending; NULL = codes: */
    const int32_t *class_codes; /* [dictionary_n] class of each text, -1 = of no row */
    int n_labels;
    const char *const *labels; /* [n_labels] names: of the target columns, or of one's bits */
    label_decode decode;
    const char *series; /* column whose equal cells, one after the other, are one series; "" = all
                           rows are */
    const uint8_t *series_zero; /* [n_features] 1 = 0 before a series' first row; NULL = none */
} table;

typedef struct table_settings {
    target_kind kind;
    double period;
    label_decode decode;        /* labels */
    const char *const *targets; /* names, NULL-terminated; so are the others */
    const char *const *drop;    /* columns that are no features */
    const char *const *rivals;  /* among them: forecasts, which are numbers; NULL = none */
    const char *group, *column; /* what the split goes by: no features either; "" = none */
    const char *series;         /* what tells series apart; a feature if nothing else says not */
    const char *const *zero;    /* patterns of features that are 0 before a series' first row */
    const features_settings *features;
    const colfile *rows; /* from the checks: column "keep"; NULL = every row is kept */
} table_settings;

/* The columns that may be features (those that neither target, drop nor the split names) into
 * out [n_columns], ascending, and the targets.  Unknown names are STINT_EUSAGE with the nearest one. */
stint_status table_candidates(ctx *c, const colfile *f, const table_settings *s, int *targets,
                              int *n_targets, int *candidates, int *n_candidates);

/* The table without the columns named in `without` (NULL-terminated, by the checks).  Text where
 * numbers are needed, a target of one class, or of more than CLASSES_MOST, or labels
 * other than 0 and 1, are STINT_EDATA.
 * Arrays come from `a`. */
#define CLASSES_MOST 1000
stint_status table_open(ctx *c, arena *a, const colfile *f, const table_settings *s,
                        const char *const *without, table *out);

/* The targets in a table of new data, for a model that knows its classes: `t` has file, kind, and
 * classes or labels; n_targets stays 0 unless every one of `names` is there.  Cells of a class that was never seen become the class -1. */
stint_status table_find_targets(ctx *c, arena *a, const char *const *names, int n, table *t);

int table_outputs(const table *t);     /* columns of y, see base/target.h */
int table_predictions(const table *t); /* columns of a prediction */
const char *table_target_name(const table *t, int target);

/* y of rows[i] (within the chunk) into out[output * column_stride + i * row_stride]; a table
 * without targets writes nothing. */
void table_targets(const table *t, int64_t chunk, const int32_t *rows, int64_t n, double *out,
                   int64_t column_stride, int64_t row_stride);

/* Whole numbers of a column that no double holds exactly are STINT_EDATA, with the first one's
 * line: computed with, they would be others. */
stint_status table_check_exact(ctx *c, const colfile *f, int column);

/* Fail with "FILE:LINE: column "NAME": …" for one cell of the table. */
stint_status table_fail(ctx *c, const colfile *f, int column, int64_t row, const char *fmt, ...)
    STINT_PRINTF(5, 6);

#endif
