/* Equal rows among any number of them, in bounded memory: 64-bit hashes of all rows in a
 * scratch file, then as many passes over it as keep one pass's share of the hashes within a
 * tables of fixed size.  Which row each one repeats goes to a second file, for as many rows as
 * there are: so memory depends on the number of equal rows as little as on that of all. */
#ifndef DATA_DUPLICATES_H
#define DATA_DUPLICATES_H

#include "base/os/os.h"
#include "base/pool.h"

typedef struct row_hashes row_hashes;

typedef struct duplicate_facts {
    int64_t duplicates; /* rows equal to an earlier one */
    int64_t first,
        second; /* the first such row and the one it repeats: second > first; -1 = none */
} duplicate_facts;

/* Row hashes are built column by column: clear, mix each column's values in, put
 * (which spoils them). */
void row_hashes_clear(uint64_t *hashes, int64_t n);
void row_hashes_mix(uint64_t *hashes, const double *values, int64_t n);
void row_hashes_mix_bytes(uint64_t *hashes, const uint8_t *rows, int64_t row_bytes, int64_t n);

/* In the files DIR/NAME.bin and DIR/NAME-first.bin, the second only made when rows are equal. */
stint_status row_hashes_open(ctx *c, const char *dir, const char *name, int64_t rows,
                             row_hashes **out);
stint_status row_hashes_put(row_hashes *r, int64_t chunk, uint64_t *hashes, int64_t n);

/* Among the rows whose bit in `kept` is set (row i: bit i % 64 of word i / 64; NULL = all), which
 * are equal to an earlier one?  May be asked again with other bits. */
stint_status row_hashes_count(row_hashes *r, const uint64_t *kept, pool *workers,
                              duplicate_facts *out);

/* As counted last: the first kept row that is equal to each row of a chunk, itself when none is or
 * it is not kept; [rows of the chunk]. */
stint_status row_hashes_first(row_hashes *r, int64_t chunk, int64_t n, int64_t *out);
void row_hashes_close(row_hashes *r); /* and remove the files; NULL is fine */

int64_t row_hashes_bytes(int64_t rows, int threads);

#endif
