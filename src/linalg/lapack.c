#include "linalg/eigen.h"

#include "base/vec.h"

#include <dlfcn.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>

/* LAPACK behind one file.  OpenBLAS is opened when first needed: loading it costs every
 * process milliseconds and megabytes, and most never need it.  Fortran calling: every
 * argument by pointer, matrices by columns; a symmetric matrix reads the same by rows,
 * with "L" for our upper triangle, and its eigenvectors come back as our rows. */

typedef void dsyevd_fn(const char *jobz, const char *uplo, const int *n, double *a, const int *lda,
                       double *w, double *work, const int *lwork, int *iwork, const int *liwork,
                       int *info);

static struct {
    pthread_once_t once;
    dsyevd_fn *dsyevd;
    const char *version;
    char why[256];
} blas = {.once = PTHREAD_ONCE_INIT};

static void blas_load(void)
{
    /* Read once, when the library starts: without it one buffer per core is mapped. */
    setenv("OPENBLAS_NUM_THREADS", "1", 1);
    void *library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        const char *why = dlerror();
        for (size_t i = 0; why && why[i] && i + 1 < sizeof blas.why; i++)
            blas.why[i] = why[i];
        return;
    }
    void (*set_threads)(int) = (void (*)(int))dlsym(library, "openblas_set_num_threads");
    if (set_threads)
        set_threads(1);
    char *(*config)(void) = (char *(*)(void))dlsym(library, "openblas_get_config");
    blas.version = config ? config() : "OpenBLAS";
    blas.dsyevd = (dsyevd_fn *)dlsym(library, "dsyevd_");
}

const char *eigen_library(ctx *c)
{
    (void)c;
    pthread_once(&blas.once, blas_load);
    return blas.dsyevd ? blas.version : blas.why;
}

int64_t eigen_bytes(int n)
{
    /* work 1 + 6n + 2n² doubles, iwork 3 + 5n, and the library's packing buffers */
    return (1 + 6 * (int64_t)n + 2 * (int64_t)n * n) * 8 + (3 + 5 * (int64_t)n) * 4 +
           ((int64_t)12 << 20);
}

static void fix_signs(int n, double *a)
{
    for (int k = 0; k < n; k++) {
        double *v = a + (int64_t)k * n;
        int top = 0;
        for (int i = 1; i < n; i++)
            top = fabs(v[i]) > fabs(v[top]) ? i : top;
        for (int i = 0; v[top] < 0 && i < n; i++)
            v[i] = i == top ? v[i] : -v[i];
        v[top] = fabs(v[top]);
    }
}

stint_status eigen_symmetric(ctx *c, int n, double *a, double *values)
{
    pthread_once(&blas.once, blas_load);
    if (!blas.dsyevd)
        return fail(c, STINT_EFAIL, "cannot load OpenBLAS (install libopenblas0-pthread): %s",
                    blas.why);
    int lwork = 1 + 6 * n + 2 * n * n, liwork = 3 + 5 * n, info = 0;
    double *work = mem_new(c, TAG_MODEL, double, lwork);
    int *iwork = mem_new(c, TAG_MODEL, int, liwork);
    if (work && iwork)
        blas.dsyevd("V", "L", &n, a, &n, values, work, &lwork, iwork, &liwork, &info);
    bool short_of_memory = !work || !iwork;
    mem_free(work);
    mem_free(iwork);
    if (short_of_memory)
        return STINT_ENOMEM;
    if (info != 0)
        return fail(c, STINT_EFAIL, "eigen-decomposition of a %d x %d matrix did not converge", n,
                    n);
    fix_signs(n, a);
    return STINT_OK;
}
