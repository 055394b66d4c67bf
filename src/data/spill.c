#include "data/spill.h"

#include "data/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

static stint_status spill_map(ctx *c, int fd, const char *path, int64_t bytes, spill *out)
{
    errno = posix_fallocate(fd, 0, bytes);
    if (errno != 0)
        return fail_errno(c, "make room in", path);
    void *at = mmap(NULL, (size_t)bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED)
        return fail_errno(c, "map", path);
    *out = (spill){at, bytes};
    return STINT_OK;
}

/* Named for a moment, as files being made are: should that be the last one, the cache sweeps it. */
stint_status spill_open(ctx *c, int64_t bytes, spill *out)
{
    char path[4096];
    *out = (spill){0};
    hash128 key = hash_bytes(&out, sizeof out);
    TRY(cache_tmp(c, "derived", key, path, sizeof path));
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return fail_errno(c, "create", path);
    unlink(path);
    stint_status s = spill_map(c, fd, path, bytes > 0 ? bytes : 1, out);
    close(fd);
    return s;
}

void spill_close(spill *s)
{
    if (s->at)
        munmap(s->at, (size_t)s->bytes);
    *s = (spill){0};
}
