/* The rows to be clustered, wherever they lie: in the caller's memory, or behind a function that
 * reads some of them (a mapped column file, features computed on the way).
 *
 * Values are doubles to every algorithm; all of them finite once points_check has passed. */
#ifndef CLUSTER_POINTS_H
#define CLUSTER_POINTS_H

#include "base/pool.h"

/* Rows from … from+count-1, or those that `which` names (ascending or not), row-major into out
 * [count][d].  Called from several threads at once. */
typedef stint_status points_rows(void *self, int64_t from, int64_t count, double *out);
typedef stint_status points_gather(void *self, const int64_t *which, int64_t count, double *out);

typedef struct points {
    int64_t n, d;
    const double *f64; /* [n][stride] in memory; or */
    const float *f32;  /* the same; or */
    int64_t stride;
    points_rows *rows; /* behind functions */
    points_gather *gather;
    void *self;
    /* column j's name, NULL = "column j"; and what row i is called in a message ("data.csv:17"),
     * NULL = "row i" */
    const char *const *names;
    void (*name_row)(void *self, int64_t row, char *out, size_t size);
} points;

/* The same, whatever the kind. */
stint_status points_read(const points *p, int64_t from, int64_t count, double *out);
stint_status points_pick(const points *p, const int64_t *which, int64_t count, double *out);

/* STINT_EDATA with row and column of the first value that is not finite.  One pass. */
stint_status points_check(ctx *c, const points *p, pool *threads);

/* All rows in memory, [n][d]: `p`'s own where they lie so, else a copy in *made (mem_free; NULL =
 * none was made).  points_bytes is what it takes. */
stint_status points_load(ctx *c, const points *p, const double **x, double **made);
int64_t points_bytes(const points *p);

/* The same rows, each divided by its length (directions, of spherical k-means); rows of zeros stay. */
typedef struct points_directions {
    points of, as;
} points_directions;
const points *points_directed(points_directions *d, const points *of);

#endif
