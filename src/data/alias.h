/* Draws with replacement, each value with a chance of its own, in constant time: Walker's alias
 * method (1977), its table made as Vose (1991) does. */
#ifndef DATA_ALIAS_H
#define DATA_ALIAS_H

#include "base/ctx.h"

/* A column is drawn with equal chances; then the value is the column itself where a second number
 * is below `below`, else `other`. */
typedef struct alias_column {
    uint64_t below; /* of 2^64 */
    int64_t other;
} alias_column;

typedef struct alias {
    int64_t n;
    alias_column *column; /* [n] */
} alias;

/* From weights [n], ≥ 0, finite, not all 0; else STINT_EUSAGE.  O(n). */
stint_status alias_open(ctx *c, const double *weight, int64_t n, alias *out);
void alias_close(alias *a);

/* The draws at positions first … first+count-1 of an epoch: a pure function of (weights, seed,
 * epoch, position). */
void alias_take(const alias *a, uint64_t seed, uint64_t epoch, int64_t first, int64_t count,
                int64_t *out);

#endif
