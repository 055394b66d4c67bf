/* A thread pool that runs one loop at a time.  Which thread takes which item varies;
 * what an item computes does not, so results are the same for any number of threads.
 * Items are taken in order.  A failing item stops further items from starting; the first
 * failure (by time) is returned. */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include "base/ctx.h"

typedef struct pool pool;

/* `threads` counts the caller: 1 = no thread is started.  NULL when memory is short. */
pool *pool_new(ctx *c, int threads);
void pool_free(pool *p);
int pool_threads(const pool *p);

/* thread is 0 … threads-1, for scratch memory; two items never run on one thread at once. */
typedef stint_status pool_item(void *self, int64_t item, int thread);
stint_status parallel_for(pool *p, int64_t items, pool_item *run, void *self);

#endif
