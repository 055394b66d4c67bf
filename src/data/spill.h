/* Room on disk for values that a table's size decides: a file of the cache without a name, mapped
 * and written through the map.  Its pages are the kernel's to take back, so private memory does
 * not grow with the rows; it is gone with the process, however that ends. */
#ifndef DATA_SPILL_H
#define DATA_SPILL_H

#include "base/os/os.h"

typedef struct spill {
    void *at; /* zeroed; NULL = not open */
    int64_t bytes;
} spill;

/* The disk is taken at once: a full one is an error here, not later. */
stint_status spill_open(ctx *c, int64_t bytes, spill *out);
void spill_close(spill *s); /* one that is not open is fine */

#endif
