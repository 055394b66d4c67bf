#include "base/arena.h"
#include "base/os/os.h"
#include "base/vec.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- paths ---- */

const char *path_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static size_t without_slashes(const char *path, size_t n)
{
    while (n > 1 && path[n - 1] == '/')
        n--;
    return n;
}

void path_dir(const char *path, char *out, size_t size)
{
    size_t n = without_slashes(path, strlen(path));
    while (n > 0 && path[n - 1] != '/')
        n--;
    n = without_slashes(path, n);
    snprintf(out, size, "%.*s", n ? (int)n : 1, n ? path : ".");
}

static stint_status path_join(ctx *c, const char *dir, const char *name, char out[PATH_MAX])
{
    if (snprintf(out, PATH_MAX, "%s/%s", dir, name) < PATH_MAX)
        return STINT_OK;
    errno = ENAMETOOLONG;
    return fail_errno(c, "open", dir);
}

static bool is_dir(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* ---- listing ---- */

typedef struct entry {
    const char *name;
    bool is_dir;
} entry;

typedef struct listing {
    arena names;
    VEC(entry) entries;
} listing;

static bool entry_is_dir(int dir, const struct dirent *e)
{
    struct stat st;
    if (e->d_type != DT_UNKNOWN)
        return e->d_type == DT_DIR;
    return fstatat(dir, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

static bool is_self_or_parent(const char *name)
{
    return !strcmp(name, ".") || !strcmp(name, "..");
}

static stint_status read_entries(ctx *c, DIR *dir, const char *path, listing *to)
{
    for (;;) {
        errno = 0;
        struct dirent *e = readdir(dir);
        if (!e)
            return errno ? fail_errno(c, "read directory", path) : STINT_OK;
        if (is_self_or_parent(e->d_name))
            continue;
        const char *name = arena_strdup(&to->names, e->d_name);
        if (!name)
            return STINT_ENOMEM;
        entry found = {name, entry_is_dir(dirfd(dir), e)};
        TRY(vec_push(c, TAG_BASE, &to->entries, found));
    }
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const entry *)a)->name, ((const entry *)b)->name);
}

static stint_status visit_sorted(ctx *c, const char *path, listing *l, dir_visit *visit, void *self)
{
    DIR *dir = opendir(path);
    if (!dir)
        return fail_errno(c, "open directory", path);
    stint_status s = read_entries(c, dir, path, l);
    closedir(dir);
    TRY(s);
    if (l->entries.n)
        qsort(l->entries.at, (size_t)l->entries.n, sizeof(entry), by_name);
    for (int64_t i = 0; i < l->entries.n; i++)
        TRY(visit(self, l->entries.at[i].name, l->entries.at[i].is_dir));
    return STINT_OK;
}

/* The names are read before the first visit, so a visit may change the directory. */
stint_status dir_list(ctx *c, const char *path, dir_visit *visit, void *self)
{
    listing l = {0};
    arena_init(&l.names, c, TAG_BASE);
    stint_status s = visit_sorted(c, path, &l, visit, self);
    vec_free(&l.entries);
    arena_deinit(&l.names);
    return s;
}

/* ---- making and renaming ---- */

static stint_status sync_parent(ctx *c, const char *path)
{
    char dir[PATH_MAX];
    path_dir(path, dir, sizeof dir);
    return file_sync_path(c, dir);
}

/* The parents first; each new name is made to last, as the files below it will be. */
stint_status dir_make(ctx *c, const char *path)
{
    if (is_dir(path))
        return STINT_OK;
    char parent[PATH_MAX];
    path_dir(path, parent, sizeof parent);
    if (strcmp(parent, path))
        TRY(dir_make(c, parent));
    if (mkdir(path, 0777) == 0)
        return sync_parent(c, path);
    bool made_meanwhile = errno == EEXIST && is_dir(path);
    return made_meanwhile ? STINT_OK : fail_errno(c, "make directory", path);
}

stint_status dir_rename(ctx *c, const char *from, const char *to)
{
    char from_dir[PATH_MAX], to_dir[PATH_MAX];
    path_dir(from, from_dir, sizeof from_dir);
    path_dir(to, to_dir, sizeof to_dir);
    if (rename(from, to) != 0)
        return fail_errno(c, "rename into", to);
    TRY(file_sync_path(c, to_dir));
    return strcmp(from_dir, to_dir) ? file_sync_path(c, from_dir) : STINT_OK;
}

/* ---- whole trees ---- */

typedef struct tree {
    ctx *ctx;
    const char *path;
} tree;

static stint_status remove_entry(void *self, const char *name, bool entry_is_directory)
{
    tree *t = self;
    char path[PATH_MAX];
    TRY(path_join(t->ctx, t->path, name, path));
    if (entry_is_directory)
        return dir_remove(t->ctx, path);
    return unlink(path) == 0 || errno == ENOENT ? STINT_OK : fail_errno(t->ctx, "remove", path);
}

stint_status dir_remove(ctx *c, const char *path)
{
    tree t = {c, path};
    struct stat st;
    if (lstat(path, &st) != 0)
        return errno == ENOENT ? STINT_OK : fail_errno(c, "examine", path);
    if (!S_ISDIR(st.st_mode))
        return unlink(path) == 0 ? STINT_OK : fail_errno(c, "remove", path);
    TRY(dir_list(c, path, remove_entry, &t));
    return rmdir(path) == 0 || errno == ENOENT ? STINT_OK : fail_errno(c, "remove", path);
}

static stint_status sync_entry(void *self, const char *name, bool entry_is_directory)
{
    tree *t = self;
    char path[PATH_MAX];
    TRY(path_join(t->ctx, t->path, name, path));
    return entry_is_directory ? dir_sync(t->ctx, path) : file_sync_path(t->ctx, path);
}

stint_status dir_sync(ctx *c, const char *path)
{
    tree t = {c, path};
    TRY(dir_list(c, path, sync_entry, &t));
    return file_sync_path(c, path);
}

static int64_t entry_bytes(int dir, const char *name);

/* Closes fd. */
static int64_t open_dir_bytes(int fd)
{
    DIR *dir = fdopendir(fd);
    if (!dir) {
        close(fd);
        return 0;
    }
    int64_t sum = 0;
    for (struct dirent *e; (e = readdir(dir));)
        if (!is_self_or_parent(e->d_name))
            sum += entry_bytes(fd, e->d_name);
    closedir(dir);
    return sum;
}

static int64_t entry_bytes(int dir, const char *name)
{
    struct stat st;
    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return 0;
    if (!S_ISDIR(st.st_mode))
        return S_ISREG(st.st_mode) ? (int64_t)st.st_size : 0;
    int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 ? 0 : open_dir_bytes(fd);
}

int64_t dir_bytes(const char *path)
{
    return entry_bytes(AT_FDCWD, path);
}
