/* Symmetric eigen-decomposition, through LAPACK (OpenBLAS, loaded at first use and kept to
 * one thread). */
#ifndef LINALG_EIGEN_H
#define LINALG_EIGEN_H

#include "base/mem.h"

/* a [n][n] symmetric (upper triangle read) → its eigenvectors as rows, a[k][·] for values[k],
 * ascending.  Each vector's largest entry is made positive (the first of equals), so that
 * signs are fixed.  O(n³). */
stint_status eigen_symmetric(ctx *c, int n, double *a, double *values);

/* Private bytes that the work above needs, the library's own included: an upper bound. */
int64_t eigen_bytes(int n);

/* "OpenBLAS 0.3.21", or why there is none. */
const char *eigen_library(ctx *c);

#endif
