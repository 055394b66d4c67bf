/* Where the arithmetic of clustering runs: one row for each way, all of them through one suite of
 * tests and with one result.
 *
 *     scalar    one thread, the reference kernels
 *     simd      one thread, the widest vectors that this processor has
 *     threads   the same on the pool
 *     blas      OpenBLAS where a method has a product for it, threads for the rest: none so far
 *
 * Devices that this build has not (cuda, opencl, webgpu) are rows too, absent, and say so. */
#ifndef CLUSTER_BACKEND_H
#define CLUSTER_BACKEND_H

#include "base/ctx.h"
#include "kernel/kernel.h"

typedef struct backend {
    const char *name, *title;
    bool threads; /* uses the pool */
    const kernel_class *(*kernel)(void);
    bool (*present)(char *why, size_t size); /* why not */
} backend;

extern const backend backend_scalar, backend_simd, backend_threads, backend_blas;
extern const backend *const backend_table[]; /* NULL-terminated */

/* The size of a task, for the choice. */
typedef struct backend_work {
    double flops;
    int threads; /* that the pool would have */
} backend_work;

/* The row by name, or for "auto" and NULL the one for this work; `why` says why, and warns where
 * a forced choice is poor (*poor).  STINT_EUSAGE for an unknown name (with the nearest), or one
 * that is absent (with what is). */
stint_status backend_choose(ctx *c, const char *name, const backend_work *w, const backend **out,
                            char *why, size_t size, bool *poor);

#endif
