/* Equal rows among any number of them, in bounded memory: 64-bit hashes of all rows in a
 * scratch file, then as many passes over it as keep one pass's share of the hashes within a
 * table of fixed size. */
#ifndef DATA_DUPLICATES_H
#define DATA_DUPLICATES_H

#include "base/os/os.h"

typedef struct row_hashes row_hashes;

typedef struct duplicate_facts {
    int64_t duplicates; /* rows equal to an earlier one */
    int64_t first,
        second; /* the first such row and the one it repeats: second > first; -1 = none */
} duplicate_facts;

/* Row hashes are built column by column: clear, mix each column's values in, put. */
void row_hashes_clear(uint64_t *hashes, int64_t n);
void row_hashes_mix(uint64_t *hashes, const double *values, int64_t n);

stint_status row_hashes_open(ctx *c, const char *dir, int64_t rows, row_hashes **out);
stint_status row_hashes_put(row_hashes *r, int64_t chunk, const uint64_t *hashes, int64_t n);
stint_status row_hashes_count(row_hashes *r, duplicate_facts *out);
void row_hashes_close(row_hashes *r); /* and remove the file; NULL is fine */

int64_t row_hashes_bytes(int64_t rows);

#endif
