#include "data/hdf5.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const names[] = {
    "libhdf5_serial.so.103", "libhdf5.so.103", "libhdf5_serial.so.310", "libhdf5.so.310",
    "libhdf5_serial.so.200", "libhdf5.so.200", "libhdf5_serial.so",     "libhdf5.so",
};

static void *find_library(void)
{
    const char *own = getenv("STINT_HDF5");
    void *library = own && *own ? dlopen(own, RTLD_LAZY | RTLD_LOCAL) : NULL;
    for (size_t i = 0; !library && i < sizeof names / sizeof *names; i++)
        library = dlopen(names[i], RTLD_LAZY | RTLD_LOCAL);
    return library;
}

const char *hdf5_version(void)
{
    static char text[48];
    unsigned major, minor, release;
    void *library = find_library();
    int (*version)(unsigned *, unsigned *, unsigned *) = NULL;
    if (library)
        *(void **)&version = dlsym(library, "H5get_libversion");
    if (!version || version(&major, &minor, &release) < 0)
        return "not found: install libhdf5-103-1, or name it in STINT_HDF5";
    snprintf(text, sizeof text, "%u.%u.%u", major, minor, release);
    return text;
}

static hdf5_api loaded;

/* Only the main thread of a child calls this.  A file's change while it is read is seen by its
 * stat, so it need not be locked, which some file systems cannot. */
const hdf5_api *hdf5_load(ctx *c)
{
    static bool done;
    if (done)
        return &loaded;
    setenv("HDF5_USE_FILE_LOCKING", "FALSE", 1);
    void *library = find_library();
    if (!library) {
        fail(c, STINT_EFAIL,
             "libhdf5, which reads HDF5, was not found (%s): install libhdf5-103-1, or name it in "
             "STINT_HDF5",
             dlerror());
        return NULL;
    }
#define X(name)                                                                                    \
    *(void **)&loaded.name = dlsym(library, #name);                                                \
    if (!loaded.name) {                                                                            \
        fail(c, STINT_EFAIL, "libhdf5 has no " #name ": version 1.10 or later is needed");         \
        return NULL;                                                                               \
    }
    HDF5_FUNCTION_LIST(X)
#undef X
    if (loaded.H5open() < 0 ||
        loaded.H5set_free_list_limits(1 << 20, 1 << 16, 1 << 20, 1 << 16, 1 << 20, 1 << 16) < 0 ||
        loaded.H5Eset_auto2(H5E_DEFAULT, NULL, NULL) < 0) {
        fail(c, STINT_EFAIL, "libhdf5 cannot be used");
        return NULL;
    }
    done = true;
    return &loaded;
}
