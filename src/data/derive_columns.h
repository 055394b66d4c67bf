/* Columns computed by formulas, beside those that a table has. */
#ifndef DATA_DERIVE_COLUMNS_H
#define DATA_DERIVE_COLUMNS_H

#include "data/derive.h"
#include "data/formula.h"

/* All formulas parsed, in `a`: [n_columns]. */
stint_status derive_parse(ctx *c, arena *a, const derive_settings *s, formula ***out);

/* `in` with the columns behind its own, into a column file at `path`.  `resampled`: times are
 * numbers already. */
stint_status derive_columns_write(ctx *c, const colfile *in, const derive_settings *s,
                                  bool resampled, const char *path, const char *extra, pool *p);

#endif
