#include "linalg/eigen.h"

#include "linalg/openblas.h"
#include "linalg/symmetric.h"

/* A symmetric matrix reads the same by rows, with "L" for our upper triangle, and its
 * eigenvectors come back as our rows. */

const char *eigen_library(ctx *c)
{
    const openblas *b = openblas_load();
    (void)c;
    return b->version ? b->version : b->why;
}

int64_t eigen_bytes(int n)
{
    /* work 1 + 6n + 2n² doubles, iwork 3 + 5n, and the library's packing buffers */
    return (1 + 6 * (int64_t)n + 2 * (int64_t)n * n) * 8 + (3 + 5 * (int64_t)n) * 4 +
           OPENBLAS_BYTES;
}

stint_status eigen_symmetric(ctx *c, int n, double *a, double *values)
{
    TRY(openblas_need(c));
    int lwork = 1 + 6 * n + 2 * n * n, liwork = 3 + 5 * n, info = 0;
    double *work = mem_new(c, TAG_MODEL, double, lwork);
    int *iwork = mem_new(c, TAG_MODEL, int, liwork);
    if (work && iwork)
        openblas_load()->dsyevd("V", "L", &n, a, &n, values, work, &lwork, iwork, &liwork, &info);
    bool short_of_memory = !work || !iwork;
    mem_free(work);
    mem_free(iwork);
    if (short_of_memory)
        return STINT_ENOMEM;
    if (info != 0)
        return fail(c, STINT_EFAIL, "eigen-decomposition of a %d x %d matrix did not converge", n,
                    n);
    for (int k = 0; k < n; k++)
        symmetric_fix_sign(n, a + (int64_t)k * n);
    return STINT_OK;
}
