/* Labels as whole numbers from 0, in the order they first appear, and how the codes of two
 * labellings fall together: what the measures of clusterings count with. */
#ifndef METRICS_LABEL_CODES_H
#define METRICS_LABEL_CODES_H

#include "base/ctx.h"

typedef struct label_codes {
    int64_t n, k;
    int32_t *code;  /* [n] 0 … k-1 */
    int64_t *sizes; /* [k] rows of each */
} label_codes;

/* Of n rows: those that `which` names, NULL = the first n.  Free with label_codes_deinit, whatever
 * came of it. */
stint_status label_codes_init(ctx *c, const int32_t *labels, const int64_t *which, int64_t n,
                              label_codes *out);
void label_codes_deinit(label_codes *l);

/* STINT_EDATA unless 2 … n-1 clusters, as measures by distance need. */
stint_status label_codes_check(ctx *c, const char *measure, const label_codes *l);

/* The pairs of codes that rows have, each with its rows: never a × b of them. */
typedef struct label_pair {
    int32_t a, b;
    int64_t rows;
} label_pair;
/* [*count], by mem_free. */
stint_status label_pairs(ctx *c, const label_codes *a, const label_codes *b, label_pair **out,
                         int64_t *count);

#endif
