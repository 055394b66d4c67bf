#include "data/chunker.h"

/* DuckDB's chunks of at most 2048 rows as batches for the chunker. */

enum { VECTOR_ROWS = 2048 };

typedef struct duck_rows {
    duck_stream stream;
    const ingest *in;
    cell_text texts[VECTOR_ROWS];
} duck_rows;

static ingest_outcome duck_cells(void *self, int column, int64_t from, int64_t n, ingest_cells *out)
{
    static const size_t sizes[] = {
        [READ_BOOL] = sizeof(bool),
        [READ_INTEGER] = sizeof(int64_t),
        [READ_NUMBER] = sizeof(double),
    };
    duck_rows *r = self;
    read_type read = r->in->columns[column].read;
    uint64_t *valid;
    const char *values = duck_stream_values(&r->stream, column, &valid);
    *out = (ingest_cells){.valid = valid, .first = from};
    if (read != READ_TEXT) {
        out->values = values + (size_t)from * sizes[read];
        return INGEST_DONE;
    }
    const duckdb_string_t *strings = (const duckdb_string_t *)(const void *)values + from;
    for (int64_t i = 0; i < n; i++) {
        size_t len = 0;
        r->texts[i].at = cell_is_valid(out, i) ? duck_text(&strings[i], &len) : NULL;
        r->texts[i].len = (int64_t)len;
    }
    out->values = r->texts;
    return INGEST_DONE;
}

static ingest_outcome read_stream(ingest *in, duck_rows *r, chunker *k, const char *sql)
{
    ingest_outcome outcome = INGEST_DONE;
    bool more = duck_stream_begin(&in->duck, sql, &r->stream);
    while (more && r->stream.chunk && outcome == INGEST_DONE) {
        outcome = chunker_add(k, &(ingest_batch){(int64_t)r->stream.rows, r, duck_cells});
        more = duck_stream_next(&r->stream);
    }
    bool good = duck_stream_end(&r->stream);
    return outcome == INGEST_DONE && !good ? INGEST_FAILED : outcome;
}

ingest_outcome ingest_duck(ingest *in, ingest_file *file, chunker *k)
{
    str sql;
    duck_rows *r = mem_new(in->ctx, TAG_BASE, duck_rows, 1);
    if (!r)
        return INGEST_FAILED;
    r->in = in;
    str_init(&sql, in->ctx, TAG_BASE);
    in->format->select(in, file, &sql);
    ingest_outcome outcome =
        str_status(&sql) == STINT_OK ? read_stream(in, r, k, sql.at) : INGEST_FAILED;
    if (outcome == INGEST_FAILED && r->stream.failed && ctx_status(in->ctx) == STINT_OK)
        outcome = in->format->explain(in, file);
    str_deinit(&sql);
    mem_free(r);
    return outcome;
}
