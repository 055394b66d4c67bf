/* Inside derived columns: what one column's making needs of all of them. */
#ifndef DATA_DERIVE_IMPL_H
#define DATA_DERIVE_IMPL_H

#include "data/derive_columns.h"
#include "data/series_rows.h"

typedef struct derivation {
    ctx *ctx;
    const colfile *in;
    const derive_settings *settings;
    bool resampled;
    formula **formulas; /* [n] */
    int *levels;        /* [n] */
    spill *values;      /* [n] doubles of all rows */
    series_rows series;
    int *items; /* [n] columns of that level */
} derivation;

/* A column of that name among the first `before`; -1 = none. */
int derive_made(const derive_settings *s, const char *name, int before);

/* Column items[item] of the level at hand, into its values: an item of a loop. */
stint_status derive_column_make(void *derivation, int64_t item, int thread);

#endif
