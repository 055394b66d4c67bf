#include "data/source_cost.h"
#include "data/colfile.h"

#define MIB (INT64_C(1) << 20)

/* A second thread runs ahead of the one that takes the rows, by all of a small table
 * at worst.  A text column's dictionary may reach 65 536 entries and 4 MiB of text before it
 * is given up; while it doubles it stands twice. */
#define AHEAD_BYTES      (20 * MIB)
#define DICTIONARY_BYTES (12 * MIB)

/* In a longer file the second thread only waits (measured: none faster at 390 MB), and what
 * it may hold would be too much. */
#define AHEAD_PAYS_BYTES (128 * MIB)
#define AHEAD_MOST_BYTES (256 * MIB)

/* An encoder's tables; and the texts of two of the reader's batches, eight bits a byte. */
#define ENCODER_BYTES  (6 * MIB)
#define PACKED_READING (2 * 2048 * 8)

/* Rows in flight, which a growing block may hold half as much again of, and what they come from. */
static int64_t packed_bytes(const source_shape *shape, int64_t in_chunk)
{
    return shape->packed * ENCODER_BYTES +
           shape->packed_row_bytes * (in_chunk + in_chunk / 2 + PACKED_READING);
}

static int64_t table_bytes(const source_shape *shape)
{
    return shape->rows * shape->columns * 8;
}

int64_t source_cost_bytes(const source_shape *shape, int threads)
{
    int64_t in_chunk = shape->rows < COLFILE_CHUNK_ROWS ? shape->rows : COLFILE_CHUNK_ROWS;
    int64_t n = shape->columns, rows = in_chunk * 8;
    int64_t reader = shape->rates->thread_bytes + n * shape->rates->thread_column_bytes;
    int64_t ahead = threads > 1 ? AHEAD_BYTES + table_bytes(shape) : 0;
    /* a column's room doubles one column at a time; the chunk narrows through one scratch */
    return shape->rates->base_bytes + shape->reader_bytes + (n + 2) * rows + threads * reader +
           ahead + shape->texts * DICTIONARY_BYTES + packed_bytes(shape, in_chunk);
}

int source_cost_threads(const source_shape *shape, int64_t memory_bytes)
{
    bool pays = shape->rates->threads && cpu_count() > 1 && shape->bytes <= AHEAD_PAYS_BYTES &&
                table_bytes(shape) <= AHEAD_MOST_BYTES;
    return pays && source_cost_bytes(shape, 2) <= memory_bytes ? 2 : 1;
}

double source_cost_seconds(const source_rates *rates, int64_t bytes, int files)
{
    return 0.05 + 0.003 * files + (double)bytes / rates->bytes_a_second;
}
