#include "data/cache.h"
#include "data/cache_files.h"
#include "data/cache_record.h"
#include "data/cache_room.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* KIND/KEY is put by: hash the finished file, write KEY.ok, rename the file.  A crash in
 * between leaves a record without a file, or a file whose record has yet to be confirmed:
 * the first cache_find hashes it, and from then on its stat stands for it. */

/* --- paths --------------------------------------------------------------------------------- */

static stint_status join(ctx *c, char *out, size_t size, const char *a, const char *b)
{
    if (snprintf(out, size, "%s/%s", a, b) < (int)size)
        return STINT_OK;
    errno = ENAMETOOLONG;
    return fail_errno(c, "use the cache directory", a);
}

stint_status cache_root(ctx *c, char *out, size_t size)
{
    const char *dir = ctx_options(c)->cache_dir;
    if (!dir || !*dir)
        dir = getenv("STINT_CACHE_DIR");
    if (dir && *dir)
        return snprintf(out, size, "%s", dir) < (int)size ? STINT_OK : join(c, out, size, dir, "");
    dir = getenv("XDG_CACHE_HOME");
    if (dir && *dir == '/')
        return join(c, out, size, dir, "stint");
    dir = getenv("HOME");
    if (dir && *dir == '/')
        return join(c, out, size, dir, ".cache/stint");
    return fail(c, STINT_EUSAGE, "there is no home directory for the cache: set --cache-dir");
}

stint_status cache_dir(ctx *c, char *out, size_t size)
{
    TRY(cache_root(c, out, size));
    return dir_make(c, out);
}

int64_t cache_limit(const ctx *c)
{
    int64_t limit = ctx_options(c)->cache_limit_bytes;
    return limit > 0 ? limit : CACHE_LIMIT_DEFAULT;
}

static stint_status kind_dir(ctx *c, const char *kind, char *out, size_t size)
{
    char root[PATH_MAX];
    TRY(cache_root(c, root, sizeof root));
    TRY(join(c, out, size, root, kind));
    struct stat st;
    return stat(out, &st) == 0 && S_ISDIR(st.st_mode) ? STINT_OK : dir_make(c, out);
}

static stint_status key_path(ctx *c, const char *kind, hash128 key, char *out, size_t size)
{
    char dir[PATH_MAX], text[HASH_TEXT_SIZE];
    TRY(kind_dir(c, kind, dir, sizeof dir));
    hash_text(text, key);
    return join(c, out, size, dir, text);
}

static stint_status record_path(ctx *c, const char *path, char *out, size_t size)
{
    if (snprintf(out, size, "%s.ok", path) < (int)size)
        return STINT_OK;
    errno = ENAMETOOLONG;
    return fail_errno(c, "use", path);
}

/* Records are hints: in a cache that may only be read, files are read again instead.  What a
 * stopped process left is swept here too: the next one comes to this write again. */
static stint_status record_renew(ctx *c, const char *record, const cache_record *r)
{
    char dir[PATH_MAX];
    path_dir(record, dir, sizeof dir);
    cache_sweep(dir);
    return access(dir, W_OK) == 0 ? record_write(c, record, r) : STINT_OK;
}

/* --- find and put ---------------------------------------------------------------------------- */

/* Read the file again: the record is renewed, or the file removed. */
static stint_status verify(ctx *c, const char *path, const char *record, const cache_record *r,
                           bool *good)
{
    cache_record now;
    TRY(record_make(c, path, &now));
    *good = hash_equal(now.hash, r->hash);
    if (*good)
        return record_renew(c, record, &now);
    log_line(c, "cache: %s is damaged: removed, to be made again", path);
    unlink(path);
    unlink(record);
    return STINT_OK;
}

/* Is the file at `path`, which is held, the one that its record tells of? */
static stint_status check_held(ctx *c, const char *path, const char *record, bool *good)
{
    cache_record r;
    file_stat now;
    *good = false;
    if (!record_read(record, &r))
        return STINT_OK;
    TRY(file_stat_of(c, path, &now));
    *good = record_holds(&r, &now);
    if (!*good)
        TRY(verify(c, path, record, &r, good));
    if (*good)
        utimensat(AT_FDCWD, record, NULL,
                  0); /* used now; in a read-only cache it does not matter */
    return STINT_OK;
}

stint_status cache_find(ctx *c, const char *kind, hash128 key, char *path, size_t size, int *held)
{
    char record[PATH_MAX];
    bool good = false;
    *held = -1;
    TRY(key_path(c, kind, key, path, size));
    TRY(record_path(c, path, record, sizeof record));
    TRY(lock_share(c, path, held));
    stint_status s = *held >= 0 ? check_held(c, path, record, &good) : STINT_OK;
    if (!good) {
        lock_drop(*held);
        *held = -1;
    }
    return s;
}

stint_status cache_tmp(ctx *c, const char *kind, hash128 key, char *path, size_t size)
{
    char dir[PATH_MAX], final[PATH_MAX];
    TRY(kind_dir(c, kind, dir, sizeof dir));
    TRY(key_path(c, kind, key, final, sizeof final));
    cache_sweep(dir);
    if (snprintf(path, size, "%s.%d.tmp", final, (int)getpid()) < (int)size)
        return STINT_OK;
    errno = ENAMETOOLONG;
    return fail_errno(c, "use", final);
}

static stint_status put_in_place(ctx *c, const char *tmp, const char *path)
{
    char root[PATH_MAX], record[PATH_MAX];
    cache_record r;
    TRY(record_path(c, path, record, sizeof record));
    TRY(record_make(c, tmp, &r));
    TRY(record_write(c, record, &r));
    if (rename(tmp, path) != 0)
        return fail_errno(c, "rename", tmp);
    TRY(cache_dir(c, root, sizeof root));
    return cache_make_room(c, root, cache_limit(c));
}

/* A file that stands there already may be in use by its name, so it is not replaced; and the
 * new one is held before it has that name. */
stint_status cache_put(ctx *c, const char *kind, hash128 key, const char *tmp, char *path,
                       size_t size, int *held)
{
    TRY(cache_find(c, kind, key, path, size, held));
    if (*held >= 0) {
        unlink(tmp);
        return STINT_OK;
    }
    TRY(lock_share(c, tmp, held));
    stint_status s = put_in_place(c, tmp, path);
    if (s != STINT_OK) {
        lock_drop(*held);
        *held = -1;
    }
    return s;
}

/* --- hashes of source files ---------------------------------------------------------------- */

/* Records of files elsewhere go by the hash of their full path. */
static stint_status source_record(ctx *c, const char *path, char *out, size_t size)
{
    char full[PATH_MAX];
    if (!realpath(path, full))
        return fail_errno(c, "open", path);
    char name[PATH_MAX];
    TRY(key_path(c, CACHE_SOURCES, hash_bytes(full, strlen(full)), name, sizeof name));
    return record_path(c, name, out, size);
}

static stint_status known_hash(ctx *c, const char *path, char *record, size_t size, hash128 *out,
                               bool *known)
{
    cache_record r;
    file_stat now;
    TRY(source_record(c, path, record, size));
    TRY(file_stat_of(c, path, &now));
    *known = record_read(record, &r) && record_holds(&r, &now);
    if (*known) {
        *out = r.hash;
        utimensat(AT_FDCWD, record, NULL, 0);
    }
    return STINT_OK;
}

stint_status cache_file_hash(ctx *c, const char *path, hash128 *out)
{
    char record[PATH_MAX];
    cache_record r;
    bool known;
    TRY(known_hash(c, path, record, sizeof record, out, &known));
    if (known)
        return STINT_OK;
    TRY(record_make(c, path, &r));
    *out = r.hash;
    return record_renew(c, record, &r);
}

bool cache_file_hash_known(ctx *c, const char *path, hash128 *out)
{
    char record[PATH_MAX];
    bool known = false;
    return known_hash(c, path, record, sizeof record, out, &known) == STINT_OK && known;
}
