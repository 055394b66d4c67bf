/* The largest eigenvalues of a symmetric operator with their vectors, by thick-restart Lanczos
 * (Wu and Simon, 2000) with full re-orthogonalisation.
 *
 * Only products with the operator are needed.  The start is fixed (Philox of `seed`) and sums are
 * cut by n alone, so equal operators give equal bits, on any number of threads.  A value that comes
 * several times hides its further vectors from one Krylov space: what was found is locked and
 * looked past from another start, until nothing as large turns up. */
#ifndef LINALG_LANCZOS_H
#define LINALG_LANCZOS_H

#include "base/mem.h"
#include "base/pool.h"

/* y = A x, both [n]. */
typedef stint_status lanczos_apply(void *self, const double *x, double *y);

typedef struct lanczos_settings {
    int64_t n;
    int wanted;       /* eigenpairs; with `known`, at most n */
    int firm;         /* the first of these, to `tolerance`; of the others only the values are
                         wanted, whose error goes by the square.  0 = all */
    int basis;        /* vectors held, more than wanted; 0 = 2 wanted + 20, or n */
    int64_t most;     /* products; 0 = 100 n */
    double tolerance; /* of ‖Av - λv‖ */
    bool unmeasured;  /* the residual is left NaN: no products for it */
    uint64_t seed;
    int known;            /* eigenvectors that are known already, kept out of the search: */
    const double *locked; /* [known][n], orthonormal */
    lanczos_apply *apply;
    void *self;
} lanczos_settings;

typedef struct lanczos_found {
    int converged;    /* of `wanted`, the first ones */
    int64_t products; /* with the operator */
    double residual;  /* the largest ‖Av - λv‖ of those returned, measured */
} lanczos_found;

/* values [wanted] descending, vectors [wanted][n] of unit length, signs fixed.  Not converging is
 * no failure: `found` says it, and the best there are come back.  Stops with what `apply` fails
 * with. */
stint_status lanczos_largest(ctx *c, const lanczos_settings *s, pool *p, double *values,
                             double *vectors, lanczos_found *found);
int64_t lanczos_bytes(const lanczos_settings *s, int threads);

#endif
