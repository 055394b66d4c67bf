#include "base/hash.h"
#include "base/os/os.h"
#include "base/vec.h"
#include "data/cache_room.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define DAY_SECONDS 86400

/* One cached file with its record; a crash may have left either without the other. */
typedef struct cached {
    char *path; /* of the file, without ".ok" */
    int64_t bytes, used_ns;
} cached;

typedef struct listing {
    ctx *ctx;
    VEC(cached) files;
    char dir[PATH_MAX];
    int64_t bytes;
} listing;

static bool ends_in(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

/* KEY or KEY.ok?  Whatever else stands in the directory is not ours to remove. */
static bool is_cached_name(const char *name)
{
    size_t digits = strspn(name, "0123456789abcdef");
    return digits == HASH_TEXT_SIZE - 1 && (!name[digits] || strcmp(name + digits, ".ok") == 0);
}

/* A file is listed with its record, by the record's name when it has one. */
static stint_status list_file(void *self, const char *name, bool is_dir)
{
    listing *l = self;
    char path[PATH_MAX];
    struct stat named, other;
    bool is_record = ends_in(name, ".ok");
    if (is_dir || !is_cached_name(name) ||
        snprintf(path, sizeof path, "%s/%s.ok", l->dir, name) >= (int)sizeof path)
        return STINT_OK;
    if (!is_record && stat(path, &other) == 0)
        return STINT_OK;
    path[strlen(path) - 3] = '\0';
    if (stat(path, &named) != 0)
        return STINT_OK;
    if (is_record)
        path[strlen(path) - 3] = '\0';
    cached f = {.bytes = named.st_size,
                .used_ns = (int64_t)named.st_mtim.tv_sec * 1000000000 + named.st_mtim.tv_nsec};
    if (is_record && stat(path, &other) == 0)
        f.bytes += other.st_size;
    f.path = mem_strdup(l->ctx, path);
    if (!f.path)
        return STINT_ENOMEM;
    l->bytes += f.bytes;
    stint_status s = vec_push(l->ctx, TAG_CACHE, &l->files, f);
    if (s != STINT_OK)
        mem_free(f.path);
    return s;
}

typedef struct root_visit {
    listing *list;
    const char *root;
} root_visit;

static stint_status list_kind(void *self, const char *name, bool is_dir)
{
    root_visit *v = self;
    if (!is_dir || snprintf(v->list->dir, sizeof v->list->dir, "%s/%s", v->root, name) >= PATH_MAX)
        return STINT_OK;
    return dir_list(v->list->ctx, v->list->dir, list_file, v->list);
}

static int by_use(const void *a, const void *b)
{
    const cached *x = a, *y = b;
    if (x->used_ns != y->used_ns)
        return x->used_ns < y->used_ns ? -1 : 1;
    return strcmp(x->path, y->path);
}

/* false when the file is in use.  No one can find it while it is held, and a crash between the
 * two leaves the smaller one. */
static bool remove_cached(const cached *f)
{
    char record[PATH_MAX];
    int held = -1;
    if (file_exists(f->path) && !lock_alone(f->path, &held))
        return false;
    unlink(f->path);
    if (snprintf(record, sizeof record, "%s.ok", f->path) < (int)sizeof record)
        unlink(record);
    lock_drop(held);
    return true;
}

stint_status cache_make_room(ctx *c, const char *root, int64_t limit)
{
    listing l = {.ctx = c};
    root_visit v = {&l, root};
    stint_status s = dir_list(c, root, list_kind, &v);
    if (s == STINT_OK && l.bytes > limit)
        qsort(l.files.at, (size_t)l.files.n, sizeof *l.files.at, by_use);
    for (int64_t i = 0; s == STINT_OK && i < l.files.n && l.bytes > limit; i++)
        if (remove_cached(&l.files.at[i]))
            l.bytes -= l.files.at[i].bytes;
    for (int64_t i = 0; i < l.files.n; i++)
        mem_free(l.files.at[i].path);
    vec_free(&l.files);
    return s;
}

/* The process id in "NAME.PID.tmp"; 0 when there is none. */
static long owner_of(const char *name)
{
    char text[NAME_MAX + 1];
    if (!ends_in(name, ".tmp") || strlen(name) >= sizeof text)
        return 0;
    memcpy(text, name, strlen(name) + 1);
    text[strlen(text) - 4] = '\0';
    const char *dot = strrchr(text, '.');
    return dot ? strtol(dot + 1, NULL, 10) : 0;
}

void cache_sweep(const char *dir)
{
    DIR *d = opendir(dir);
    if (!d)
        return;
    for (const struct dirent *e; (e = readdir(d)) != NULL;) {
        struct stat st;
        long owner = owner_of(e->d_name);
        if (owner <= 0 || fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        bool gone = kill((pid_t)owner, 0) != 0 && errno == ESRCH;
        if (gone || st.st_mtim.tv_sec + DAY_SECONDS < time(NULL))
            unlinkat(dirfd(d), e->d_name, S_ISDIR(st.st_mode) ? AT_REMOVEDIR : 0);
    }
    closedir(d);
}
