/* A derived table on its way into a column file. */
#ifndef DATA_DERIVE_WRITE_H
#define DATA_DERIVE_WRITE_H

#include "base/pool.h"
#include "data/colfile.h"

/* A column of the input as the writer takes it. */
column_spec derived_spec(const colfile_column *of);

/* A column as it stands in the input, or made: values by kind as the file has them, numbers, codes
 * and bools with NaN for missing, hashes as the whole numbers they are, bits packed. */
typedef struct derived_column {
    column_spec spec;
    int source;         /* column of the input, -1 = made */
    const void *values; /* [rows] doubles, int64_t of hashes, [rows][(width+7)/8] of bits */
} derived_column;

/* Where rows came from that are none of the input's: told by their number in "FILE, WHAT". */
stint_status derived_extra(const colfile *in, const char *what, str *out);

/* Chunk by chunk into `path`, synced.  `in` has the same rows where columns come from it.  `p`
 * NULL = no threads. */
stint_status derived_write(ctx *c, const colfile *in, const derived_column *columns, int n,
                           int64_t rows, const char *path, const char *extra, pool *p);

int64_t derived_write_bytes(int columns); /* private memory, at most */

#endif
