/* Fuzzed bytes as a file of the given name in memory: parsers here open paths. */
#ifndef FUZZ_FUZZ_FILE_H
#define FUZZ_FUZZ_FILE_H

#include "base/os/os.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

#define FUZZ_PATH_SIZE 64

/* The descriptor, which the caller closes, and a path that opens it; -1 = skip this input. */
static inline int fuzz_file(const uint8_t *bytes, size_t n, char path[FUZZ_PATH_SIZE])
{
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    if (fd >= 0 && write(fd, bytes, n) != (ssize_t)n) {
        close(fd);
        return -1;
    }
    snprintf(path, FUZZ_PATH_SIZE, "/proc/self/fd/%d", fd);
    return fd;
}

#endif
