/* OpenBLAS, loaded at first use and kept to one thread: the routines that this area calls.
 * Loading it costs every process milliseconds and megabytes, and most never need it.
 *
 * Fortran calling: every argument by pointer, matrices by columns. */
#ifndef LINALG_OPENBLAS_H
#define LINALG_OPENBLAS_H

#include "base/ctx.h"

#include <stdint.h>

typedef struct openblas {
    const char *version;
    char why[256]; /* it could not be loaded */
    void (*dsyevd)(const char *jobz, const char *uplo, const int *n, double *a, const int *lda,
                   double *w, double *work, const int *lwork, int *iwork, const int *liwork,
                   int *info);
    void (*dpotrf)(const char *uplo, const int *n, double *a, const int *lda, int *info);
    void (*dpotrs)(const char *uplo, const int *n, const int *k, const double *a, const int *lda,
                   double *b, const int *ldb, int *info);
    void (*dgemm)(const char *ta, const char *tb, const int *m, const int *n, const int *k,
                  const double *alpha, const double *a, const int *lda, const double *b,
                  const int *ldb, const double *beta, double *c, const int *ldc);
    void (*dsyrk)(const char *uplo, const char *t, const int *n, const int *k, const double *alpha,
                  const double *a, const int *lda, const double *beta, double *c, const int *ldc);
} openblas;

/* Never NULL; routines are when it could not be loaded. */
const openblas *openblas_load(void);

/* Fails unless it is loaded, with what to install. */
stint_status openblas_need(ctx *c);

/* Private bytes of the library's own packing buffers. */
#define OPENBLAS_BYTES ((int64_t)12 << 20)

#endif
