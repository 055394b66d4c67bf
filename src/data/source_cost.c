#include "data/source_cost.h"
#include "base/os/os.h"
#include "data/colfile.h"

#define MIB (INT64_C(1) << 20)

/* DuckDB opened, with its library's relocated data.  A thread that reads CSV holds pieces of
 * the file and its parser's chunks of 2048 rows; one that reads Parquet a page of each
 * column; a second thread runs ahead of the one that takes the rows.  A text column's
 * dictionary may reach 65 536 entries and 4 MiB of text before it is given up; while it
 * doubles it stands twice. */
#define BASE_BYTES       (8 * MIB)
#define AHEAD_BYTES      (12 * MIB)
#define DICTIONARY_BYTES (12 * MIB)

int64_t source_cost_bytes(const source_shape *shape, int threads)
{
    int64_t in_chunk = shape->rows < COLFILE_CHUNK_ROWS ? shape->rows : COLFILE_CHUNK_ROWS;
    int64_t n = shape->columns, rows = in_chunk * 8;
    int64_t reader = shape->parquet ? 8 * MIB + n * MIB : 4 * MIB + n * MIB * 35 / 100;
    /* a column's room doubles one column at a time; the chunk narrows through one scratch */
    return BASE_BYTES + (n + 2) * rows + threads * reader + (threads - 1) * AHEAD_BYTES +
           shape->texts * DICTIONARY_BYTES;
}

int source_cost_threads(const source_shape *shape, int64_t memory_bytes)
{
    int threads = cpu_count() < 2 ? 1 : 2; /* more would wait for the one that takes the rows */
    return source_cost_bytes(shape, threads) <= memory_bytes ? threads : 1;
}

double source_cost_seconds(int64_t bytes, int files, bool parquet)
{
    double rate = parquet ? 300e6 : 250e6; /* bytes a second */
    return 0.05 + 0.003 * files + (double)bytes / rate;
}
