/* A table for learning: a column file seen as features, targets and parts.  Views only;
 * nothing is copied. */
#ifndef DATA_TABLE_H
#define DATA_TABLE_H

#include "data/colfile.h"
#include "data/split.h"

typedef struct table {
    const colfile *file;
    const split *split; /* NULL before rows are split */
    int n_features, n_targets;
    const int *features; /* [n_features] column numbers in `file`, in its order */
    const int *targets;  /* [n_targets] */
} table;

/* Resolve names: every column that is neither target nor dropped is a feature.  Unknown
 * names are STINT_EUSAGE with the nearest one; text where numbers are needed is STINT_EDATA
 * with the first offending line.  Name lists end in NULL; arrays come from `a`. */
stint_status table_open(ctx *c, arena *a, const colfile *f, const char *const *targets,
                        const char *const *drop, table *out);

/* Fail with "FILE:LINE: column "NAME": …" for one cell of the table. */
stint_status table_fail(ctx *c, const colfile *f, int column, int64_t row, const char *fmt, ...)
    STINT_PRINTF(5, 6);

#endif
