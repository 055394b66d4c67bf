/* What budget.c shares with mem.c: a node keeps a list of its live blocks, so that leaks
 * can be named. */
#ifndef BASE_BUDGET_IMPL_H
#define BASE_BUDGET_IMPL_H

#include "base/budget.h"
#include "base/os/thread.h"

#include <stdatomic.h>

/* Lives in front of a block; see mem.h. */
typedef struct mem_header {
    struct mem_header *before, *after;
    budget *budget; /* NULL = outlived its node */
    const char *site;
    size_t bytes; /* as asked for */
    uint16_t tag;
    uint16_t shift; /* from what malloc gave to this header */
} mem_header;

typedef struct usage {
    _Atomic int64_t live, peak;
} usage;

/* Changes are made under the root's lock, so a charge to all ancestors is one step; the
 * counters are atomic so that they can be read without it. */
struct budget {
    char name[48];
    budget *parent, *root;
    budget *first_child, *next_sibling;
    int64_t limit;
    usage total;
    usage by_tag[BUDGET_TAGS];               /* with children */
    _Atomic int64_t own_by_tag[BUDGET_TAGS]; /* without */
    thread_lock lock;                        /* of the tree; used in the root only */

    thread_lock blocks_lock;
    mem_header *blocks;
    int64_t block_count;
};

#endif
