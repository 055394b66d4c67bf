/* Symmetric sparse matrices by rows, and what is done with them. */
#ifndef LINALG_SPARSE_H
#define LINALG_SPARSE_H

#include "base/mem.h"
#include "base/pool.h"

/* Entries row[i] … row[i+1]-1 of row i, columns ascending; both halves are there. */
typedef struct sparse {
    int64_t n;
    const int64_t *row; /* [n+1] */
    const int32_t *column;
    const double *value;
} sparse;

/* y[i] = Σ_j a[i][j] x[j] for each of `k` vectors, x and y [k][n]; rows are shared by the pool
 * (NULL = none), each sum in the order of its entries. */
void sparse_multiply(const sparse *a, int k, const double *x, double *y, pool *p);

/* Number the connected components: component[i] in the order of their first rows.  Returns how
 * many; work [n]. */
int64_t sparse_components(const sparse *a, int32_t *component, int32_t *work);

#endif
