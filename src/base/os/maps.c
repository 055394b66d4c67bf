#include "base/os/os.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* An empty file cannot be mapped; its view is of no bytes. */
static const uint8_t nothing[1];

static stint_status map_fd(ctx *c, int fd, const char *path, file_map *out)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return fail_errno(c, "examine", path);
    if (st.st_size == 0) {
        *out = (file_map){nothing, 0};
        return STINT_OK;
    }
    void *at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED)
        return fail_errno(c, "map", path);
    *out = (file_map){at, st.st_size};
    return STINT_OK;
}

stint_status map_open(ctx *c, const char *path, file_map *out)
{
    *out = (file_map){0};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fail_errno(c, "open", path);
    stint_status s = map_fd(c, fd, path, out);
    close(fd);
    return s;
}

void map_close(file_map *m)
{
    if (m->size)
        munmap((void *)m->at, (size_t)m->size);
    *m = (file_map){0};
}

/* Whole pages only, and rounded outwards: a page dropped too many is read back. */
void map_forget(const file_map *m, int64_t from, int64_t bytes)
{
    int64_t page = sysconf(_SC_PAGESIZE);
    int64_t end = bytes < m->size - from ? from + bytes : m->size;
    from -= from % page;
    if (from < end)
        madvise((void *)(m->at + from), (size_t)(end - from), MADV_DONTNEED);
}

void memory_in_large_pages(void *at, size_t bytes)
{
    enum { LEAST = 4 << 20, PAGE = 4096 };
    uintptr_t from = ((uintptr_t)at + PAGE - 1) / PAGE * PAGE;
    uintptr_t to = ((uintptr_t)at + bytes) / PAGE * PAGE;
    if (bytes >= LEAST)
        (void)madvise((void *)from, to - from, MADV_HUGEPAGE);
}
