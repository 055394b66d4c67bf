/* Deflate (RFC 1951) by pieces: each piece is compressed alone and ends on a byte boundary, so
 * that pieces made by different threads, one after the other, are one valid stream once
 * DEFLATE_END follows.  The bytes of a piece depend on its contents alone. */
#ifndef DATA_DEFLATE_H
#define DATA_DEFLATE_H

#include "base/mem.h"

/* The last block of a stream: empty, final. */
#define DEFLATE_END "\x03\x00"
enum { DEFLATE_END_BYTES = 2 };

/* Memory of one deflater, and of the pieces it makes from up to so many bytes. */
#define DEFLATE_STATE_BYTES (INT64_C(272) << 10)
int64_t deflate_piece_bytes(int64_t raw_bytes);

typedef struct deflater deflater;

/* NULL when memory is short. */
deflater *deflater_new(ctx *c);
void deflater_free(deflater *d);

typedef struct deflate_piece {
    uint8_t *at; /* [n], room of `room` that is used again; freed by its owner (mem_free) */
    int64_t n, room;
    int64_t raw_bytes;
    uint32_t crc; /* CRC-32 of the raw bytes */
} deflate_piece;

/* One piece at a time for a deflater; at most 1 GiB. */
stint_status deflater_run(deflater *d, const void *raw, int64_t n, deflate_piece *out);

/* The CRC-32 of one text and another behind it, `raw_bytes` long. */
uint32_t deflate_crc_join(uint32_t crc, uint32_t behind, int64_t raw_bytes);

#endif
