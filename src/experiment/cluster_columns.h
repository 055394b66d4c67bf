/* The rows of a column file as points: its numbers and bools, read where they are needed, so that
 * a table larger than memory can be clustered. */
#ifndef EXPERIMENT_CLUSTER_COLUMNS_H
#define EXPERIMENT_CLUSTER_COLUMNS_H

#include "cluster/points.h"
#include "data/colfile.h"

typedef struct cluster_columns {
    ctx *ctx;
    const colfile *file;
    int d;
    const int *columns;       /* [d] of the file, ascending */
    const char *const *names; /* [d] */
} cluster_columns;

/* The columns that no pattern of `drop` (NULL-terminated; NULL = empty) matches.  A pattern that
 * matches nothing is STINT_EUSAGE; text, or no column at all, STINT_EDATA.  Arrays are in `a`. */
stint_status cluster_columns_open(ctx *c, arena *a, const colfile *f, const char *const *drop,
                                  cluster_columns *out);

/* The columns of the given names in their order: of another table with the same rows' meaning. */
stint_status cluster_columns_named(ctx *c, arena *a, const colfile *f, const char *const *names,
                                   int d, cluster_columns *out);

/* A view of `k`, which must outlive it. */
points cluster_columns_points(cluster_columns *k);

#endif
