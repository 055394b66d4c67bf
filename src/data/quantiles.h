/* Exact order statistics of any number of values in bounded memory: the values are read again
 * and again, each time narrowing down where the wanted ones are.
 *
 * A double's bits, made to compare as unsigned numbers, are its key.  The first pass counts keys
 * by their 16 top bits, later ones by 12 more bits where a wanted rank is; as soon as few
 * enough values are left around some ranks, one pass collects them and sorts.  At most
 * QUANTILES_FEW values, the usual case, take one pass. */
#ifndef DATA_QUANTILES_H
#define DATA_QUANTILES_H

#include "base/mem.h"

#define QUANTILES_MOST 257 /* cut points at once */
#define QUANTILES_FEW  65536

/* The values: block 0, 1, … blocks-1, the same each time they are asked for.  NaN is no value. */
typedef struct quantiles_source {
    const double *(*block)(void *self, int64_t i, int64_t *n);
    void *self;
    int64_t blocks;
} quantiles_source;

/* Memory to work in, for one thread at a time; NULL when there is none.  Takes quantiles_bytes(). */
typedef struct quantiles quantiles;
quantiles *quantiles_new(ctx *c, budget_tag tag);
void quantiles_free(quantiles *q);
int64_t quantiles_bytes(void);

/* The quantiles from/parts, (from+1)/parts, … (n of them, ascending) into out; returns how many
 * values there are (0: out is NaN).  Between two order statistics it is interpolated: of m
 * values, x[h] + (x[h+1] - x[h]) t where h + t = (m - 1) k / parts, as numpy's "linear".
 * -0 counts as 0. */
int64_t quantiles_find(quantiles *q, const quantiles_source *s, int from, int n, int parts,
                       double *out);

#endif
