#include "data/xlsx_library.h"

#include <dlfcn.h>

/* The sonames of the releases whose functions are those of the headers, the newest first. */
static const char *const zip_names[] = {"libzip.so.5", "libzip.so.4", NULL};
static const char *const xml_names[] = {"libexpat.so.1", NULL};

static void *open_library(const char *const *names)
{
    void *library = NULL;
    for (const char *const *name = names; *name && !library; name++)
        library = dlopen(*name, RTLD_LAZY | RTLD_LOCAL);
    return library;
}

/* What a library's own function says its version is. */
static const char *version_of(const char *const *names, const char *function, const char *package)
{
    void *library = open_library(names);
    const char *(*version)(void) = NULL;
    if (library)
        *(void **)&version = dlsym(library, function);
    return version ? version() : package;
}

const char *zip_version(void)
{
    return version_of(zip_names, "zip_libzip_version", "not found: install libzip4");
}

const char *xml_version(void)
{
    return version_of(xml_names, "XML_ExpatVersion", "not found: install libexpat1");
}

static void *find_library(ctx *c, const char *const *names, const char *package)
{
    void *library = open_library(names);
    if (library)
        return library;
    fail(c, STINT_EFAIL, "%s, which Excel workbooks are read with, was not found (%s): install %s",
         names[0], dlerror(), package);
    return NULL;
}

/* Only the main thread of a child calls these. */
const zip_api *zip_load(ctx *c)
{
    static zip_api loaded;
    static bool done;
    void *library = done ? NULL : find_library(c, zip_names, "libzip4 or libzip5");
    if (done)
        return &loaded;
    if (!library)
        return NULL;
#define X(name)                                                                                    \
    *(void **)&loaded.name = dlsym(library, "zip_" #name);                                         \
    if (!loaded.name) {                                                                            \
        fail(c, STINT_EFAIL, "libzip has no zip_" #name ": version 1.7 is needed");                \
        return NULL;                                                                               \
    }
    ZIP_FUNCTION_LIST(X)
#undef X
    done = true;
    return &loaded;
}

const xml_api *xml_load(ctx *c)
{
    static xml_api loaded;
    static bool done;
    void *library = done ? NULL : find_library(c, xml_names, "libexpat1");
    if (done)
        return &loaded;
    if (!library)
        return NULL;
#define X(name)                                                                                    \
    *(void **)&loaded.name = dlsym(library, "XML_" #name);                                         \
    if (!loaded.name) {                                                                            \
        fail(c, STINT_EFAIL, "libexpat has no XML_" #name ": version 2.5 is needed");              \
        return NULL;                                                                               \
    }
    XML_FUNCTION_LIST(X)
#undef X
    done = true;
    return &loaded;
}
