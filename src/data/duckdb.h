/* DuckDB, opened when first used, in the short-lived child processes that need it.
 *
 * Its functions are called through a table of pointers, so that libstint does not depend
 * on libduckdb and starting costs nothing.  The library is looked for at $STINT_DUCKDB,
 * beside libstint and in the directory stint/ there, where the build found it, and last
 * where the system's loader looks. */
#ifndef DATA_DUCKDB_H
#define DATA_DUCKDB_H

#include "base/str.h"

#include <duckdb.h>

/* clang-format off */
#define DUCKDB_FUNCTION_LIST(X)                                                                   \
    X(create_config) X(set_config) X(destroy_config) X(open_ext) X(close) X(connect)              \
    X(disconnect) X(free) X(query) X(prepare) X(prepare_error) X(destroy_prepare)                 \
    X(prepared_statement_column_count) X(prepared_statement_column_name)                          \
    X(prepared_statement_column_type) X(pending_prepared_streaming) X(pending_error)              \
    X(destroy_pending) X(execute_pending) X(result_error) X(destroy_result) X(fetch_chunk)        \
    X(data_chunk_get_size) X(data_chunk_set_size) X(data_chunk_get_vector) X(destroy_data_chunk)  \
    X(vector_size) X(vector_get_data) X(vector_get_validity) X(vector_ensure_validity_writable)   \
    X(vector_assign_string_element) X(create_logical_type) X(destroy_logical_type)                \
    X(create_table_function) X(destroy_table_function) X(table_function_set_name)                 \
    X(table_function_set_extra_info) X(table_function_set_bind) X(table_function_set_init)        \
    X(table_function_set_function) X(table_function_supports_projection_pushdown)                 \
    X(register_table_function) X(bind_get_extra_info) X(bind_add_result_column)                   \
    X(bind_set_cardinality) X(init_set_max_threads) X(function_get_extra_info)
/* clang-format on */

typedef struct duckdb_api {
#define X(name) __typeof__(&duckdb_##name) name;
    DUCKDB_FUNCTION_LIST(X)
#undef X
} duckdb_api;

typedef struct duck_settings {
    int threads;
    int64_t memory_bytes;  /* of its buffers; the process takes more (source.h) */
    const char *spill_dir; /* on a disk, never tmpfs */
} duck_settings;

/* "v1.4.4", or what to do where there is none.  Loads the library. */
const char *duck_version(void);

/* One in-memory database with one connection. */
typedef struct duck {
    ctx *ctx;
    const duckdb_api *api;
    duckdb_database database;
    duckdb_connection connection;
    str error; /* DuckDB's text for what failed last */
} duck;

stint_status duck_open(ctx *c, const duck_settings *settings, duck *out);
void duck_close(duck *d);

/* The same for a process that is about to end: the kernel takes everything back at once,
 * where DuckDB would take milliseconds.  Under sanitizers it is closed, to find leaks. */
void duck_leave(duck *d);

/* Run a statement whose rows nobody wants. */
stint_status duck_run(duck *d, const char *sql);

/* A query, read in chunks of at most 2048 rows as it runs: nothing is materialised.
 *
 *     duck_stream rows;
 *     for (bool more = duck_stream_begin(d, sql, &rows); more && rows.chunk; more = duck_stream_next(&rows))
 *         … rows.chunk …
 *     bool good = duck_stream_end(&rows);   // false: d->error says why
 */
typedef struct duck_stream {
    duck *duck;
    duckdb_prepared_statement statement;
    duckdb_result result;
    duckdb_data_chunk chunk; /* the current one; NULL at the end */
    idx_t rows;              /* in it */
    bool running, failed;
} duck_stream;

bool duck_stream_begin(duck *d, const char *sql, duck_stream *out);
bool duck_stream_next(duck_stream *s);
bool duck_stream_end(duck_stream *s);

/* The current chunk's column: values and validity bits (NULL = every row is valid). */
void *duck_stream_values(duck_stream *s, int column, uint64_t **validity);

static inline bool duck_valid(const uint64_t *validity, idx_t row)
{
    return !validity || (validity[row / 64] >> (row % 64) & 1);
}

/* A value of a VARCHAR column: its bytes, which are not NUL-terminated. */
static inline const char *duck_text(const duckdb_string_t *t, size_t *len)
{
    *len = t->value.inlined.length;
    return *len <= sizeof t->value.inlined.inlined ? t->value.inlined.inlined
                                                   : t->value.pointer.ptr;
}

/* Fail the context with DuckDB's text: "cannot WHAT: …" */
stint_status duck_fail(duck *d, const char *what);

/* 'it''s' and "a ""column""" */
void duck_literal(str *to, const char *text);
void duck_identifier(str *to, const char *name);

#endif
