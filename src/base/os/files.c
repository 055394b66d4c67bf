#include "base/fault.h"
#include "base/os/os.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A failed fsync is final: the kernel may have dropped the dirty pages, so a second one
 * that succeeds proves nothing. */

enum { PIECE_BYTES = 1 << 20 };

stint_status file_pwrite(ctx *c, int fd, const char *path, const void *bytes, size_t n, int64_t at)
{
    const char *from = bytes;
    while (n > 0) {
        ssize_t written = pwrite(fd, from, n, at);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0) {
            errno = written < 0 ? errno : ENOSPC;
            return fail_errno(c, "write", path);
        }
        from += written;
        at += written;
        n -= (size_t)written;
    }
    return STINT_OK;
}

stint_status file_write(ctx *c, int fd, const char *path, const void *bytes, size_t n)
{
    const char *from = bytes;
    while (n > 0) {
        ssize_t written = write(fd, from, n);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0) {
            errno = written < 0 ? errno : ENOSPC;
            return fail_errno(c, "write", path);
        }
        from += written;
        n -= (size_t)written;
    }
    return STINT_OK;
}

stint_status file_sync(ctx *c, int fd, const char *path)
{
    if (fault_now(FAULT_SKIP_FSYNC))
        return STINT_OK;
    return fsync(fd) == 0 ? STINT_OK : fail_errno(c, "sync", path);
}

void file_sync_soon(int fd, int64_t at, int64_t n)
{
#ifdef __linux__
    (void)sync_file_range(fd, at, n, SYNC_FILE_RANGE_WRITE); /* a hint: its failure shows later */
#else
    (void)fd, (void)at, (void)n;
#endif
}

stint_status file_sync_path(ctx *c, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fail_errno(c, "open", path);
    stint_status s = file_sync(c, fd, path);
    close(fd);
    return s;
}

static stint_status write_new(ctx *c, const char *path, const void *bytes, size_t n)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0)
        return fail_errno(c, "create", path);
    stint_status s = file_pwrite(c, fd, path, bytes, n, 0);
    if (s == STINT_OK)
        s = file_sync(c, fd, path);
    if (close(fd) != 0 && s == STINT_OK)
        s = fail_errno(c, "close", path);
    return s;
}

static stint_status rename_synced(ctx *c, const char *from, const char *to)
{
    char dir[PATH_MAX];
    if (rename(from, to) != 0)
        return fail_errno(c, "rename into", to);
    path_dir(to, dir, sizeof dir);
    return file_sync_path(c, dir);
}

stint_status file_write_atomic(ctx *c, const char *path, const void *bytes, size_t n)
{
    char tmp[PATH_MAX];
    if (snprintf(tmp, sizeof tmp, "%s.tmp", path) >= (int)sizeof tmp) {
        errno = ENAMETOOLONG;
        return fail_errno(c, "write", path);
    }
    stint_status s = write_new(c, tmp, bytes, n);
    if (s == STINT_OK)
        s = rename_synced(c, tmp, path);
    if (s != STINT_OK)
        unlink(tmp);
    return s;
}

/* Up to n bytes at `at`; *got 0 = the end. */
static stint_status read_at(ctx *c, int fd, const char *path, void *to, size_t n, int64_t at,
                            size_t *got)
{
    ssize_t k;
    do
        k = pread(fd, to, n, at);
    while (k < 0 && errno == EINTR);
    if (k < 0)
        return fail_errno(c, "read", path);
    *got = (size_t)k;
    return STINT_OK;
}

static stint_status each_piece(ctx *c, int fd, const char *path, void *piece, size_t room,
                               file_piece *take, void *self)
{
    int64_t at = 0;
    posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    for (;;) {
        size_t got = 0;
        TRY(read_at(c, fd, path, piece, room, at, &got));
        if (!got)
            return STINT_OK;
        TRY(take(self, piece, got));
        at += (int64_t)got;
    }
}

stint_status file_each_piece(ctx *c, const char *path, file_piece *take, void *self)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fail_errno(c, "open", path);
    struct stat st;
    size_t room = PIECE_BYTES;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size < PIECE_BYTES)
        room = (size_t)st.st_size + 1; /* one more, so that growth is seen */
    void *piece = mem_alloc(c, TAG_BASE, room);
    stint_status s = piece ? each_piece(c, fd, path, piece, room, take, self) : STINT_ENOMEM;
    mem_free(piece);
    close(fd);
    return s;
}

static stint_status append(void *self, const void *bytes, size_t n)
{
    str_add_bytes(self, bytes, n);
    return str_status(self);
}

stint_status file_write_str(ctx *c, const char *dir, const char *name, const str *text)
{
    char path[4096];
    TRY(str_status(text));
    if (snprintf(path, sizeof path, "%s/%s", dir, name) >= (int)sizeof path) {
        errno = ENAMETOOLONG;
        return fail_errno(c, "create", name);
    }
    return file_write_atomic(c, path, text->at, text->len);
}

stint_status file_read(ctx *c, const char *path, str *out)
{
    return file_each_piece(c, path, append, out);
}

bool file_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

int64_t file_size(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 ? (int64_t)st.st_size : -1;
}

static int64_t nanoseconds(struct timespec t)
{
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

bool file_stat_try(const char *path, file_stat *out)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return false;
    *out = (file_stat){
        .device = st.st_dev,
        .inode = st.st_ino,
        .size = st.st_size,
        .mtime_ns = nanoseconds(st.st_mtim),
        .ctime_ns = nanoseconds(st.st_ctim),
    };
    return true;
}

stint_status file_stat_of(ctx *c, const char *path, file_stat *out)
{
    return file_stat_try(path, out) ? STINT_OK : fail_errno(c, "examine", path);
}
