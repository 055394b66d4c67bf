/* What ingest takes: how a memory share is divided in the ingest child, and upper bounds
 * by measurement. */
#ifndef DATA_SOURCE_COST_H
#define DATA_SOURCE_COST_H

#include "data/format.h"

typedef struct source_shape {
    const source_rates *rates;
    int columns, texts;       /* texts: those of them that are text */
    int packed;               /* … and those that become packed bits … */
    int64_t packed_row_bytes; /* … of so many bytes a row together */
    int64_t rows;             /* upper bound */
    int64_t bytes;            /* of the files */
    int64_t reader_bytes;     /* what the format's own reader holds (ingest.reader_bytes) */
} source_shape;

/* Private memory of the child, upper bound. */
int64_t source_cost_bytes(const source_shape *shape, int threads);

/* DuckDB's threads: two where they pay and fit into `memory_bytes`, else one. */
int source_cost_threads(const source_shape *shape, int64_t memory_bytes);

/* DuckDB's own limit.  Its buffers count against it, most of what it allocates besides does
 * not; what bounds the child is what it is asked to do, not this. */
#define SOURCE_DUCKDB_BYTES (INT64_C(64) << 20)

double source_cost_seconds(const source_rates *rates, int64_t bytes, int files);

#endif
