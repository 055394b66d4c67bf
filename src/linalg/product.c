#include "linalg/product.h"

#include "linalg/openblas.h"

/* By columns, as OpenBLAS sees them, our matrices are transposed: x is n × p, w is p × k. */

static const double one = 1, zero = 0;

void product_scores(const double *x, int64_t ld, int64_t n, int p, const double *w, int k,
                    double *z)
{
    int rows = (int)n, stride = (int)ld;
    openblas_load()->dgemm("N", "N", &rows, &k, &p, &one, x, &stride, w, &p, &zero, z, &stride);
}

void product_gradient(const double *x, int64_t ld, int64_t n, int p, const double *r, int k,
                      double *g)
{
    int rows = (int)n, stride = (int)ld;
    openblas_load()->dgemm("T", "N", &p, &k, &rows, &one, x, &stride, r, &stride, &one, g, &p);
}

void product_gram(const double *x, int64_t ld, int64_t n, int p, double sign, double *c,
                  int64_t width)
{
    int rows = (int)n, stride = (int)ld, apart = (int)width;
    openblas_load()->dsyrk("L", "T", &p, &rows, &sign, x, &stride, &one, c, &apart);
}

bool cholesky_factor(int n, double *a)
{
    int info = 0;
    openblas_load()->dpotrf("L", &n, a, &n, &info);
    return info == 0;
}

void cholesky_solve(int n, const double *factor, int k, double *x)
{
    int info = 0;
    openblas_load()->dpotrs("L", &n, &k, factor, &n, x, &n, &info);
}
