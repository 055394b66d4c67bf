#include "cluster/backend.h"

#include "base/str.h"
#include "linalg/openblas.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* --- the rows ---------------------------------------------------------------------------- */

static const kernel_class *reference(void)
{
    return &kernel_baseline;
}

static bool always(char *why, size_t size)
{
    if (size)
        why[0] = '\0';
    return true;
}

static bool blas_present(char *why, size_t size)
{
    const openblas *b = openblas_load();
    snprintf(why, size, "%s", b->dgemm ? "" : b->why);
    return b->dgemm != NULL;
}

static bool not_built(char *why, size_t size)
{
    snprintf(why, size, "this build has no kernels for it");
    return false;
}

const backend backend_scalar = {"scalar", "one thread, the reference kernels", false, reference,
                                always};
const backend backend_simd = {"simd", "one thread, the widest vectors of this processor", false,
                              kernel, always};
const backend backend_threads = {"threads", "vectors on every thread", true, kernel, always};
const backend backend_blas = {"blas",
                              "OpenBLAS where a method has a product for it, threads for the rest",
                              true, kernel, blas_present};
static const backend cuda = {"cuda", "CUDA", false, kernel, not_built};
static const backend opencl = {"opencl", "OpenCL", false, kernel, not_built};
static const backend webgpu = {"webgpu", "WebGPU", false, kernel, not_built};

const backend *const backend_table[] = {
    &backend_scalar, &backend_simd, &backend_threads, &backend_blas, &cuda, &opencl, &webgpu, NULL};

/* --- the choice -------------------------------------------------------------------------- */

/* Below, starting threads and handing work round costs more than it brings. */
static const double WORTH_THREADS = 4e6;
/* From here one thread without vectors is felt. */
static const double LONG = 1e9;

static stint_status unknown(ctx *c, const char *name)
{
    char known[256] = "";
    size_t n = 0;
    nearest_name near = nearest_begin(name);
    for (const backend *const *b = backend_table; *b; b++) {
        nearest_try(&near, (*b)->name);
        n += (size_t)snprintf(known + n, sizeof known - n, "%s%s", n ? ", " : "", (*b)->name);
    }
    if (near.name)
        return fail(c, STINT_EUSAGE, "there is no device \"%s\"; did you mean \"%s\"?", name,
                    near.name);
    return fail(c, STINT_EUSAGE, "there is no device \"%s\"; known are auto, %s", name, known);
}

static stint_status absent(ctx *c, const backend *b, const char *reason)
{
    char present[256] = "", unused[256];
    size_t n = 0;
    assert(b);
    for (const backend *const *o = backend_table; *o; o++)
        if ((*o)->present(unused, sizeof unused))
            n += (size_t)snprintf(present + n, sizeof present - n, "%s%s", n ? ", " : "",
                                  (*o)->name);
    return fail(c, STINT_EUSAGE, "device \"%s\" is not there: %s; present are auto, %s", b->name,
                reason, present);
}

static const backend *choose(const backend_work *w, char *why, size_t size)
{
    if (w->threads < 2) {
        snprintf(why, size, "there is one thread");
        return &backend_simd;
    }
    if (w->flops < WORTH_THREADS) {
        snprintf(why, size, "%.2g operations are too few to share among threads", w->flops);
        return &backend_simd;
    }
    snprintf(why, size, "%.2g operations on %d threads", w->flops, w->threads);
    return &backend_threads;
}

static bool is_poor(const backend *b, const backend_work *w, char *why, size_t size)
{
    snprintf(why, size, "asked for");
    if (b == &backend_scalar && w->flops > LONG)
        snprintf(why, size, "asked for, though simd is several times as fast at this size");
    else if (!b->threads && w->threads > 1 && w->flops > LONG)
        snprintf(why, size, "asked for, though %d threads would share the work", w->threads);
    else if (b->threads && w->flops < WORTH_THREADS)
        snprintf(why, size, "asked for, though the work is too little to share among threads");
    return strlen(why) > strlen("asked for");
}

stint_status backend_choose(ctx *c, const char *name, const backend_work *w, const backend **out,
                            char *why, size_t size, bool *poor)
{
    char reason[256];
    *poor = false;
    if (!name || strcmp(name, "auto") == 0) {
        *out = choose(w, why, size);
        return STINT_OK;
    }
    for (const backend *const *b = backend_table; *b; b++)
        if (strcmp((*b)->name, name) == 0) {
            if (!(*b)->present(reason, sizeof reason))
                return absent(c, *b, reason);
            *out = *b;
            *poor = is_poor(*b, w, why, size);
            return STINT_OK;
        }
    return unknown(c, name);
}
