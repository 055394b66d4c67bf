/* Search spaces and the grid over them.
 *
 * A space is one model class's parameters, each fixed, listed or spread over a range.  The
 * grid numbers its configurations 0 … count-1, the last parameter varying fastest; a
 * configuration is computed from its number, so a grid of any size takes no memory. */
#ifndef SEARCH_SPACE_H
#define SEARCH_SPACE_H

#include "base/params.h"

typedef enum spread { SPREAD_LIST, SPREAD_LINEAR, SPREAD_LOG } spread;

typedef struct dimension {
    spread spread;
    const double *list; /* SPREAD_LIST: [n]; a fixed value is a list of one */
    double low, high;   /* low ≤ high, both included; n = 1 gives low; log: low > 0 */
    int64_t n;          /* at least 1 */
} dimension;

typedef struct space {
    const param *params;   /* the class's table */
    dimension *dimensions; /* [param_count(params)], in its order */
} space;

/* Value i of a dimension, 0 ≤ i < n.  Log spacing: 10^x with x spaced evenly from log10(low)
 * to log10(high).  Ends exact, never outside them. */
double dimension_value(const dimension *d, int64_t i);

/* Configurations in the grid; INT64_MAX when it overflows. */
int64_t grid_count(const space *s);

/* The values of configuration `index`, 0 ≤ index < count, in table order. */
void grid_values(const space *s, int64_t index, double *values);

#endif
