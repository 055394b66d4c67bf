/* Keeping the cache within its limit and free of what crashes left behind. */
#ifndef DATA_CACHE_ROOM_H
#define DATA_CACHE_ROOM_H

#include "base/ctx.h"

#define CACHE_LIMIT_DEFAULT (INT64_C(10) << 30)

/* Remove the least recently used files under ROOT/KIND/ until all take at most `limit`
 * bytes; what anyone holds by lock_share stays whatever it takes. */
stint_status cache_make_room(ctx *c, const char *root, int64_t limit);

typedef struct cache_sum {
    int64_t files, bytes;
} cache_sum;

/* Remove what ends in .PID.tmp in `dir` when process PID is gone or it is older than a day;
 * what was removed. */
cache_sum cache_sweep(const char *dir);

#endif
