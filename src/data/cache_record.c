#include "data/cache_record.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SECOND_NS INT64_C(1000000000)
#define RECORD_FORMAT                                                                              \
    "%016" PRIx64 " %016" PRIx64 " %" PRIu64 " %" PRIu64 " %" PRId64 " %" PRId64 " %" PRId64       \
    " %" PRId64
#define RECORD_SCAN                                                                                \
    "%16" SCNx64 " %16" SCNx64 " %" SCNu64 " %" SCNu64 " %" SCNd64 " %" SCNd64 " %" SCNd64         \
    " %" SCNd64

enum { RECORD_BYTES = 256 };

int64_t record_tick_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME_COARSE, &t);
    return (int64_t)t.tv_sec * SECOND_NS + t.tv_nsec;
}

bool record_read(const char *path, cache_record *out)
{
    char text[RECORD_BYTES];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    if (n <= 0 || text[n - 1] != '\n')
        return false;
    text[n] = '\0';
    return sscanf(text, RECORD_SCAN, &out->hash.high, &out->hash.low, &out->stat.device,
                  &out->stat.inode, &out->stat.size, &out->stat.mtime_ns, &out->stat.ctime_ns,
                  &out->made_ns) == 8;
}

stint_status record_write(ctx *c, const char *path, const cache_record *r)
{
    char text[RECORD_BYTES], tmp[4200];
    snprintf(tmp, sizeof tmp, "%s.%d.tmp", path, (int)getpid());
    int n =
        snprintf(text, sizeof text, RECORD_FORMAT "\n", r->hash.high, r->hash.low, r->stat.device,
                 r->stat.inode, r->stat.size, r->stat.mtime_ns, r->stat.ctime_ns, r->made_ns);
    int fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0)
        return fail_errno(c, "make", tmp);
    stint_status s = file_pwrite(c, fd, tmp, text, (size_t)n, 0);
    close(fd);
    if (s == STINT_OK && rename(tmp, path) != 0)
        s = fail_errno(c, "rename", tmp);
    if (s != STINT_OK)
        unlink(tmp);
    return s;
}

bool record_is_settled(const file_stat *stat, int64_t at_ns)
{
    int64_t changed = stat->mtime_ns > stat->ctime_ns ? stat->mtime_ns : stat->ctime_ns;
    /* a file system that counts seconds cannot tell two changes within one */
    bool coarse = stat->mtime_ns % SECOND_NS == 0 && stat->ctime_ns % SECOND_NS == 0;
    return changed + (coarse ? 2 * SECOND_NS : 0) < at_ns;
}

bool record_holds(const cache_record *r, const file_stat *now)
{
    return r->stat.device == now->device && r->stat.inode == now->inode &&
           r->stat.size == now->size && r->stat.mtime_ns == now->mtime_ns &&
           r->stat.ctime_ns == now->ctime_ns && record_is_settled(now, r->made_ns);
}

stint_status record_make(ctx *c, const char *path, cache_record *out)
{
    out->made_ns = record_tick_ns();
    TRY(file_stat_of(c, path, &out->stat));
    return hash_file(c, path, &out->hash);
}
