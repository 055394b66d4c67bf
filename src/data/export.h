/* Column files to Parquet, through DuckDB in a short-lived child (`stint export`): one
 * thread, fixed row groups, so the bytes depend on the content alone. */
#ifndef DATA_EXPORT_H
#define DATA_EXPORT_H

#include "base/ctx.h"

typedef struct export_item {
    const char *from,
        *to; /* column file, Parquet file (written as is; the caller makes it atomic) */
} export_item;

#include "base/os/os.h"

/* Private memory that a child needs for tables of at most so many columns, upper bound. */
int64_t export_bytes(int columns);

/* Start a child that writes all items, in order; other work may go on until export_end,
 * which waits, and fails with the child's message. */
stint_status export_begin(ctx *c, const export_item *items, int n, int64_t memory_bytes,
                          child *out);
stint_status export_end(ctx *c, child *ch);

/* The child's side. */
stint_status export_child(ctx *c, int fd);

#endif
