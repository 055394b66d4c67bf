/* The content-addressed cache: files under DIR/KIND/KEY, where KEY hashes everything that
 * decides their bytes.  The limit is enforced when something is put; the least recently
 * used goes first, but none that is in use: a file is held by a shared lock (lock_share) from the
 * moment it is found or put until its user drops it, here or in another process, and the limit
 * is exceeded for so long.  Beside it, KEY.ok records its hash; its time of change is the file's time
 * of use.  Files being made end in .PID.tmp; those of processes that are gone, and those older
 * than a day, are removed.  A file that fails verification (its recorded hash) is removed and does
 * not exist.  Several processes may use one cache at once. */
#ifndef DATA_CACHE_H
#define DATA_CACHE_H

#include "base/hash.h"
#include "base/os/os.h"

/* The cache directory of this context: its path alone, and made when missing. */
stint_status cache_root(ctx *c, char *out, size_t size);
stint_status cache_dir(ctx *c, char *out, size_t size);

/* What it may hold, in bytes. */
int64_t cache_limit(const ctx *c);

/* Is KIND/KEY there, whole?  Verified by hash unless (device, inode, size, mtime, ctime) are
 * those recorded when it last verified and the file is older than its record's clock tick.  If
 * so, `path` is the file, its time of use is renewed, and *held keeps it there until lock_drop;
 * if not, *held is -1. */
stint_status cache_find(ctx *c, const char *kind, hash128 key, char *path, size_t size, int *held);

/* Put a finished file (it is renamed from `tmp`, which must be on the cache's file system:
 * make it at cache_tmp) and make room; *held as in cache_find.  When another process was faster,
 * its file stays and `tmp` is removed.  On failure `tmp` is the caller's to remove. */
stint_status cache_tmp(ctx *c, const char *kind, hash128 key, char *path, size_t size);
stint_status cache_put(ctx *c, const char *kind, hash128 key, const char *tmp, char *path,
                       size_t size, int *held);

/* Hash of a source file's content, from the record of its (device, inode, size, mtime, ctime)
 * when unchanged; a file changed within the clock tick of its record is read again. */
stint_status cache_file_hash(ctx *c, const char *path, hash128 *out);

/* The same without reading the file: false when there is no record that still holds. */
bool cache_file_hash_known(ctx *c, const char *path, hash128 *out);

#endif
