/* Values of a table that are read again and again while features are fitted, and what is learned
 * from those of a training set: spreads and quantiles. */
#ifndef DATA_FEATURE_SERIES_H
#define DATA_FEATURE_SERIES_H

#include "data/features_impl.h"
#include "data/quantiles.h"
#include "data/spread.h"

/* What one thread works in: series_room_bytes(). */
typedef struct series_room {
    double *values; /* [COLFILE_CHUNK_ROWS] */
    quantiles *quantiles;
    spread chunk[SPREADS_MOST], part[SPREADS_MOST];
} series_room;

bool series_room_init(ctx *c, series_room *r); /* deinit in any case */
void series_room_deinit(series_room *r);
int64_t series_room_bytes(void);

/* A column's cells (missing ones as `fill`; NaN leaves them out), or a feature not scaled. */
typedef struct series {
    const features *f;
    const split *split;
    series_room *room;
    int column, feature; /* one of them is -1 */
    double fill;
    const double *state;
} series;

/* The values in a training set's rows: their spread, by a pass over them, and their quantiles
 * from/parts, … (quantiles_find). */
spread series_spread(const series *s, int set);
void series_quantiles(const series *s, int set, int from, int n, int parts, double *out);

/* Where values are the same for every set: one pass takes the spread of each part into the room,
 * from which that of any set is merged. */
void series_take_parts(const series *s);
spread series_spread_of_parts(const series *s, int set);

#endif
