#include "facts.h"

#include <stint/stint.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>

const fact first_run[] = {
    {"stint plan examples/diabetes.yaml", "what it would cost"},
    {"stint run examples/diabetes.yaml", "run it, or carry on where it stopped"},
    {"stint run examples/diabetes.yaml --memory 96MiB", "within less memory: the same result"},
    {"stint status runs/diabetes", "where it stands"},
    {0},
};

const fact environment[] = {
    {"STINT_CACHE_DIR", "the cache, unless --cache-dir names one"},
    {"XDG_CACHE_HOME", "where the cache is otherwise, as stint; ~/.cache/stint without it"},
    {"STINT_DUCKDB", "the libduckdb.so to open"},
    {"STINT_HDF5", "the libhdf5.so to open"},
    {"STINT_FONT_DIR", "the directory of the DejaVu fonts, for plots"},
    {"STINT_ISA", "the kernels' instruction set: baseline, avx2 or avx512"},
    {"NO_COLOR", "when set, as with TERM=dumb: progress in plain lines, not a bar"},
    {0},
};

/* Statuses of one code follow each other; a signal's code is 128 and its number. */
bool exit_next(int *at, exit_fact *out)
{
    if (*at > STINT_EINTERRUPT)
        return false;
    int code = stint_status_exit((stint_status)*at);
    size_t n = 0;
    for (; *at <= STINT_EINTERRUPT && stint_status_exit((stint_status)*at) == code; ++*at)
        if (n < sizeof out->text)
            n += (size_t)snprintf(out->text + n, sizeof out->text - n, "%s%s", n ? "; " : "",
                                  stint_status_text((stint_status)*at));
    if (code == 128 + SIGINT)
        snprintf(out->codes, sizeof out->codes, "%d, %d", code, 128 + SIGTERM);
    else
        snprintf(out->codes, sizeof out->codes, "%d", code);
    return true;
}
