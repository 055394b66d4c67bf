/* What stands in the cache: its files with their records, and taking them away.
 *
 * A kind is a directory below the cache's; in it KEY is a file and KEY.ok its record.  A crash may
 * leave either without the other.  Records of CACHE_SOURCES are of files elsewhere and
 * never have one beside them. */
#ifndef DATA_CACHE_FILES_H
#define DATA_CACHE_FILES_H

#include "base/arena.h"
#include "base/vec.h"

#define CACHE_SOURCES "sources"

typedef enum cached_fate {
    CACHED_KEPT,
    CACHED_REMOVED,
    CACHED_IN_USE, /* someone holds it by lock_share: it stays */
    CACHED_STUCK,  /* the system refused */
} cached_fate;

/* One file with its record, or what is left of the two. */
typedef struct cached {
    const char *kind, *path; /* the path is the file's, without ".ok" */
    int64_t bytes, used_ns;  /* of both; since 1970 */
    bool has_file, has_record, is_being_made;
    cached_fate fate;
} cached;

typedef struct cache_listing {
    VEC(cached) files;
    int64_t bytes; /* of all files that are there */
    arena names;
} cache_listing;

/* List every kind under `root`, the least recently used first.  A root that is absent is
 * empty.  Holds some 200 bytes for each file; cache_listing_free frees it after a failure too. */
stint_status cache_listing_read(ctx *c, const char *root, cache_listing *out);
void cache_listing_free(cache_listing *l);

/* Its name within its kind. */
const char *cached_key(const cached *f);

/* Is anyone using it now, as far as can be told without taking it? */
bool cached_is_in_use(const cached *f);

/* A record that a crash left without its file?  Not one of a file that is just being made. */
bool cached_is_orphan(const cached *f);

/* Remove file and record, unless it is in use; sets its fate and the listing's bytes. */
void cache_remove(cache_listing *l, cached *f);

/* Remove the least recently used until all take at most `limit` bytes. */
void cache_trim(cache_listing *l, int64_t limit);

#endif
