/* What is known of a file's content without reading it: its hash, and what the file looked
 * like when that was found.
 *
 * A record holds while (device, inode, size, mtime, ctime) are unchanged, provided the file
 * was last changed in an earlier tick of the clock than the record was made: a change within
 * the same tick would leave no trace (git's "racily clean").  Records are hints: a torn or
 * missing one only costs reading the file. */
#ifndef DATA_CACHE_RECORD_H
#define DATA_CACHE_RECORD_H

#include "base/hash.h"
#include "base/os/os.h"

typedef struct cache_record {
    hash128 hash;
    file_stat stat;
    int64_t made_ns;
} cache_record;

/* false when there is none, or it is torn. */
bool record_read(const char *path, cache_record *out);

/* Replaces what is there, in one step. */
stint_status record_write(ctx *c, const char *path, const cache_record *r);

/* Does the record still describe a file with this stat? */
bool record_holds(const cache_record *r, const file_stat *now);

/* The clock that the kernel stamps files by, now. */
int64_t record_tick_ns(void);

/* Can a file with this stat, taken at or after the tick `at_ns`, no longer change without a
 * change of its stat? */
bool record_is_settled(const file_stat *stat, int64_t at_ns);

/* Hash the file at `path` and fill a record for it. */
stint_status record_make(ctx *c, const char *path, cache_record *out);

#endif
