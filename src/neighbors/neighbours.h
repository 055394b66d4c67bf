/* Exact k nearest neighbours: for each of a set of queries, the k nearest of any number of
 * references that stream by in blocks.  What is held is a list of k for each query, never
 * queries × references.
 *
 *     neighbours_open(c, &settings, &n)
 *     neighbours_begin(n); neighbours_ask(n, …) …       the queries
 *     neighbours_add(n, …) …                            the references, numbered 0, 1, 2, …
 *     const neighbour *list = neighbours_take(n)        [queries][k]
 *
 * Of equal distances the lower reference number is nearer.  Distances are sums of the features'
 * terms in their order, so lists are the same for any blocks, threads and instruction set.
 *
 *     euclidean   √Σ (a - b)²
 *     manhattan   Σ |a - b|
 *     cosine      1 - cos(a, b), had as ½ |a/‖a‖ - b/‖b‖|², in which nothing cancels; a row of
 *                 zeros, which points nowhere, is 1 from every other row and 0 from its like
 *
 * Features are finite; distances beyond the doubles are infinite, and so equal.  Cost: queries ×
 * references × features × 3 operations. */
#ifndef NEIGHBORS_NEIGHBOURS_H
#define NEIGHBORS_NEIGHBOURS_H

#include "base/pool.h"

typedef enum neighbour_metric {
    NEIGHBOUR_EUCLIDEAN,
    NEIGHBOUR_MANHATTAN,
    NEIGHBOUR_COSINE,
    NEIGHBOUR_METRICS
} neighbour_metric;

extern const char *const neighbour_metric_names[]; /* NULL-terminated */

typedef struct neighbours_settings {
    neighbour_metric metric;
    int64_t features; /* at least 1 */
    int64_t k;        /* neighbours of each query, at least 1 */
    int64_t queries;  /* at most */
} neighbours_settings;

typedef struct neighbour {
    double distance;
    int64_t reference;
} neighbour;

typedef struct neighbours neighbours;

/* Takes neighbours_bytes; nothing later allocates.  Threads of `p` share the queries; NULL = the
 * caller alone. */
stint_status neighbours_open(ctx *c, const neighbours_settings *s, pool *p, neighbours **out);
void neighbours_close(neighbours *n); /* takes NULL */
int64_t neighbours_bytes(const neighbours_settings *s);

/* Rows as the caller has them: feature j of row i is x[j * feature_stride + i * row_stride]. */
typedef struct neighbour_rows {
    const double *x;
    int64_t n, feature_stride, row_stride;
} neighbour_rows;

/* Forget queries and references. */
void neighbours_begin(neighbours *n);

/* Further queries: before the first reference, `queries` of the settings in all. */
void neighbours_ask(neighbours *n, const neighbour_rows *rows);

/* Further references; their numbers follow those before. */
void neighbours_add(neighbours *n, const neighbour_rows *rows);

/* The lists, [queries][k], each by distance and then by number: min(k, references) of them.  Valid
 * until neighbours_begin, which must come before more rows. */
const neighbour *neighbours_take(neighbours *n);

#endif
