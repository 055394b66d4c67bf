/* Eigen-decomposition of a dense symmetric matrix by our own means, where there is no LAPACK:
 * Householder tridiagonalisation, then implicit QL (Bowdler, Martin, Reinsch and Wilkinson, 1968).
 * The same contract as eigen_symmetric, without its library; some times slower. */
#ifndef LINALG_SYMMETRIC_H
#define LINALG_SYMMETRIC_H

#include <stdbool.h>
#include <stdint.h>

/* a [n][n] (upper triangle read) → eigenvectors as rows, values [n] ascending, signs fixed (each
 * vector's largest entry, the first of equals, is positive); work [3][n].  false = it did not
 * converge, which no finite matrix has been seen to do.  O(n³). */
bool symmetric_eigen(int64_t n, double *a, double *values, double *work);

/* Make the first of a vector's largest entries positive. */
void symmetric_fix_sign(int64_t n, double *vector);

#endif
