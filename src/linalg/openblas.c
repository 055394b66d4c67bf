#include "linalg/openblas.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static openblas blas;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static const struct {
    const char *name;
    size_t offset;
} routines[] = {
    {"dsyevd_", offsetof(openblas, dsyevd)}, {"dpotrf_", offsetof(openblas, dpotrf)},
    {"dpotrs_", offsetof(openblas, dpotrs)}, {"dgemm_", offsetof(openblas, dgemm)},
    {"dsyrk_", offsetof(openblas, dsyrk)},
};

static void load(void)
{
    /* Read once, when the library starts: without it one buffer per core is mapped. */
    setenv("OPENBLAS_NUM_THREADS", "1", 1);
    void *library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
    const char *why = library ? NULL : dlerror();
    for (size_t i = 0; why && why[i] && i + 1 < sizeof blas.why; i++)
        blas.why[i] = why[i];
    if (!library)
        return;
    void (*set_threads)(int) = (void (*)(int))dlsym(library, "openblas_set_num_threads");
    if (set_threads)
        set_threads(1);
    for (size_t i = 0; i < sizeof routines / sizeof *routines; i++) {
        void *found = dlsym(library, routines[i].name);
        if (!found) {
            strcpy(blas.why, "libopenblas.so.0 lacks LAPACK");
            return;
        }
        memcpy((char *)&blas + routines[i].offset, &found, sizeof found);
    }
    char *(*config)(void) = (char *(*)(void))dlsym(library, "openblas_get_config");
    blas.version = config ? config() : "OpenBLAS";
}

const openblas *openblas_load(void)
{
    pthread_once(&once, load);
    return &blas;
}

stint_status openblas_need(ctx *c)
{
    const openblas *b = openblas_load();
    if (b->version)
        return STINT_OK;
    return fail(c, STINT_EFAIL, "cannot load OpenBLAS (install libopenblas0-pthread): %s", b->why);
}
