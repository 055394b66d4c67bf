/* Products of blocks and Cholesky factors, through OpenBLAS.  Matrices are by rows; a block's
 * rows are features, its columns the observations, so that sums run along memory.
 *
 * The same operands give the same bits on one kind of processor.  openblas_need comes first. */
#ifndef LINALG_PRODUCT_H
#define LINALG_PRODUCT_H

#include <stdbool.h>
#include <stdint.h>

/* z[k][i] = Σ_j w[k][j] x[j][i], i < n: x [p][ld], w [k][p], z [k][ld] */
void product_scores(const double *x, int64_t ld, int64_t n, int p, const double *w, int k,
                    double *z);

/* g[k][j] += Σ_i r[k][i] x[j][i]: r [k][ld], g [k][p] */
void product_gradient(const double *x, int64_t ld, int64_t n, int p, const double *r, int k,
                      double *g);

/* c[i][j] += sign Σ_r x[i][r] x[j][r] for j ≥ i; the rows of c are `width` apart. */
void product_gram(const double *x, int64_t ld, int64_t n, int p, double sign, double *c,
                  int64_t width);

/* The Cholesky factor of a [n][n] (upper triangle read) in its place; false where a is not
 * positive definite to rounding, and then a is spoilt. */
bool cholesky_factor(int n, double *a);

/* x[k] = A⁻¹ x[k] for each of `k` vectors, x [k][n]. */
void cholesky_solve(int n, const double *factor, int k, double *x);

#endif
