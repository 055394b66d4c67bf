#include "data/export.h"
#include "base/fault.h"
#include "data/colfile.h"
#include "data/duckdb.h"
#include "data/job.h"

#include <math.h>
#include <string.h>

/* DuckDB's Parquet writer reads a column file through a table function: the map is the
 * source, 2048 rows at a time, so nothing is held but the writer's row group.
 *
 * Numbers are BIGINT where every chunk holds whole numbers, else DOUBLE; bools BOOLEAN;
 * text VARCHAR by the dictionary, bits as their 0 and 1; hashes BIGINT. */

/* Measured, of any length: 14 MiB for 20 columns, 23 for 100, 57 for 300. */
#define EXPORT_BASE_BYTES   (INT64_C(18) << 20)
#define EXPORT_COLUMN_BYTES (INT64_C(160) << 10)
#define EXPORT_DUCKDB_BYTES (INT64_C(64) << 20)

enum { VECTOR_ROWS = 2048, GROUP_ROWS_MOST = 20480, GROUP_CELLS = 409600 };

int64_t export_bytes(int columns)
{
    return EXPORT_BASE_BYTES + columns * EXPORT_COLUMN_BYTES;
}

/* --- the parent's side --------------------------------------------------------------------- */

stint_status export_begin(ctx *c, const export_item *items, int n, int64_t memory_bytes, child *out)
{
    str text;
    str_init(&text, c, TAG_MESSAGE);
    json_out j = emit_begin(&text, false);
    emit_object(&j, NULL);
    emit_int(&j, "memory", memory_bytes);
    emit_array(&j, "items");
    for (int i = 0; i < n; i++) {
        emit_object(&j, NULL);
        emit_string(&j, "from", items[i].from);
        emit_string(&j, "to", items[i].to);
        emit_object_end(&j);
    }
    emit_array_end(&j);
    emit_object_end(&j);
    stint_status s = job_start(c, "export", &text, out);
    str_deinit(&text);
    return s;
}

stint_status export_end(ctx *c, child *ch)
{
    return job_wait(c, "export", ch, NULL, NULL, NULL, NULL);
}

/* --- the table function --------------------------------------------------------------------- */

/* The one file being read; DuckDB calls back on one thread. */
typedef struct export_state {
    duck duck;
    colfile file;
    int64_t chunk, row; /* the next row, within its chunk */
    char text[BITS_WIDTH_MOST + 1];
} export_state;

static bool whole_numbers(const colfile *f, int column)
{
    for (int64_t k = 0; k < f->chunks; k++)
        if (f->blocks[k * f->n_columns + column].type >= TYPE_F32)
            return false;
    return true;
}

static duckdb_type type_of(const colfile *f, int column)
{
    switch (f->columns[column].kind) {
    case COLUMN_BOOL: return DUCKDB_TYPE_BOOLEAN;
    case COLUMN_TEXT:
    case COLUMN_BITS: return DUCKDB_TYPE_VARCHAR;
    case COLUMN_HASH: return DUCKDB_TYPE_BIGINT;
    case COLUMN_NUMBER: break;
    }
    return whole_numbers(f, column) ? DUCKDB_TYPE_BIGINT : DUCKDB_TYPE_DOUBLE;
}

static export_state *state;

static void columns_bind(duckdb_bind_info info)
{
    const duckdb_api *api = state->duck.api;
    for (int j = 0; j < state->file.n_columns; j++) {
        duckdb_logical_type type = api->create_logical_type(type_of(&state->file, j));
        api->bind_add_result_column(info, state->file.columns[j].name, type);
        api->destroy_logical_type(&type);
    }
    api->bind_set_cardinality(info, (idx_t)state->file.rows, true);
}

static void columns_init(duckdb_init_info info)
{
    state->duck.api->init_set_max_threads(info, 1);
    state->chunk = state->row = 0;
}

static void set_missing(duckdb_vector v, int64_t row)
{
    const duckdb_api *api = state->duck.api;
    api->vector_ensure_validity_writable(v);
    api->vector_get_validity(v)[row / 64] &= ~(UINT64_C(1) << (row % 64));
}

static int64_t whole_value(const colfile_block *b, int64_t row)
{
    switch (b->type) {
    case TYPE_I32: return ((const int32_t *)b->at)[row];
    case TYPE_I64: return ((const int64_t *)b->at)[row];
    default: return ((const uint8_t *)b->at)[row];
    }
}

static void fill_whole(duckdb_vector v, const colfile_block *b, bool zero_is_missing, int64_t n)
{
    int64_t *out = state->duck.api->vector_get_data(v);
    for (int64_t i = 0; i < n; i++) {
        out[i] = whole_value(b, state->row + i);
        if (zero_is_missing && out[i] == 0)
            set_missing(v, i);
    }
}

static void fill_numbers(duckdb_vector v, int column, int64_t n)
{
    double *out = state->duck.api->vector_get_data(v);
    colfile_read(&state->file, column, state->chunk, state->row, n, out, 1);
    for (int64_t i = 0; i < n; i++)
        if (isnan(out[i]))
            set_missing(v, i);
}

static void fill_bools(duckdb_vector v, const colfile_block *b, int64_t n)
{
    bool *out = state->duck.api->vector_get_data(v);
    for (int64_t i = 0; i < n; i++) {
        int64_t value = whole_value(b, state->row + i);
        out[i] = value == 1;
        if (value == 2)
            set_missing(v, i);
    }
}

static void fill_texts(duckdb_vector v, const colfile_block *b, const char *const *texts, int64_t n)
{
    int64_t missing = b->type == TYPE_U8 ? 255 : -1;
    for (int64_t i = 0; i < n; i++) {
        int64_t code = whole_value(b, state->row + i);
        if (code == missing)
            set_missing(v, i);
        else
            state->duck.api->vector_assign_string_element(v, (idx_t)i, texts[code]);
    }
}

static void fill_bits(duckdb_vector v, int column, int64_t n)
{
    int64_t width = state->file.columns[column].width, bytes = (width + 7) / 8;
    const uint8_t *at = colfile_bits(&state->file, column, state->chunk) + state->row * bytes;
    for (int64_t i = 0; i < n; i++) {
        bits_text(at + i * bytes, width, state->text);
        state->duck.api->vector_assign_string_element(v, (idx_t)i, state->text);
    }
}

static void fill_column(duckdb_vector v, int j, int64_t n)
{
    const colfile *f = &state->file;
    const colfile_block *b = &f->blocks[state->chunk * f->n_columns + j];
    if (f->columns[j].kind == COLUMN_BITS) {
        fill_bits(v, j, n);
        return;
    }
    switch (type_of(f, j)) {
    case DUCKDB_TYPE_BIGINT: fill_whole(v, b, f->columns[j].kind == COLUMN_HASH, n); break;
    case DUCKDB_TYPE_BOOLEAN: fill_bools(v, b, n); break;
    case DUCKDB_TYPE_VARCHAR: fill_texts(v, b, f->columns[j].dictionary, n); break;
    default: fill_numbers(v, j, n); break;
    }
}

static void columns_next(duckdb_function_info info, duckdb_data_chunk output)
{
    const duckdb_api *api = state->duck.api;
    (void)info;
    int64_t n = 0;
    if (state->chunk < state->file.chunks) {
        n = colfile_chunk_rows(&state->file, state->chunk) - state->row;
        n = n < (int64_t)api->vector_size() ? n : (int64_t)api->vector_size();
        for (int j = 0; j < state->file.n_columns; j++)
            fill_column(api->data_chunk_get_vector(output, (idx_t)j), j, n);
        state->row += n;
        if (state->row == colfile_chunk_rows(&state->file, state->chunk)) {
            state->chunk++;
            state->row = 0;
        }
    }
    api->data_chunk_set_size(output, (idx_t)n);
}

static stint_status register_function(ctx *c, duck *d)
{
    const duckdb_api *api = d->api;
    duckdb_table_function f = api->create_table_function();
    api->table_function_set_name(f, "stint_columns");
    api->table_function_set_bind(f, columns_bind);
    api->table_function_set_init(f, columns_init);
    api->table_function_set_function(f, columns_next);
    bool good = api->register_table_function(d->connection, f) == DuckDBSuccess;
    api->destroy_table_function(&f);
    return good ? STINT_OK : fail(c, STINT_EFAIL, "DuckDB refuses the column reader");
}

/* --- the child's side ------------------------------------------------------------------------ */

/* Rows of a group, which the writer holds whole: by the columns alone, in DuckDB's vectors. */
static int row_group(int columns)
{
    int rows = GROUP_CELLS / columns / VECTOR_ROWS * VECTOR_ROWS;
    return rows > GROUP_ROWS_MOST ? GROUP_ROWS_MOST : rows < VECTOR_ROWS ? VECTOR_ROWS : rows;
}

static stint_status export_one(ctx *c, const char *from, const char *to)
{
    if (!from || !to)
        return fail(c, STINT_EUSAGE, "export: an item without its paths");
    str sql;
    str_init(&sql, c, TAG_BASE);
    stint_status s = colfile_open(c, from, &state->file);
    str_add(&sql, "COPY (SELECT * FROM stint_columns()) TO ");
    duck_literal(&sql, to);
    str_addf(&sql, " (FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE %d)",
             s == STINT_OK ? row_group(state->file.n_columns) : 0);
    if (s == STINT_OK)
        s = str_status(&sql);
    if (s == STINT_OK && (s = duck_run(&state->duck, sql.at)) == STINT_OK)
        s = file_sync_path(c, to);
    if (state->file.columns)
        colfile_close(&state->file);
    str_deinit(&sql);
    return s;
}

static stint_status export_all(ctx *c, const json_t *request)
{
    const json_t *items = json_object_get(request, "items");
    int64_t memory = json_integer_value(json_object_get(request, "memory"));
    if (memory > 0 && memory < EXPORT_BASE_BYTES)
        return fail(c, STINT_EPLAN, "writing Parquet takes %d MiB of memory: raise budget.memory",
                    (int)(EXPORT_BASE_BYTES >> 20));
    TRY(duck_open(
        c, &(duck_settings){.threads = 1, .memory_bytes = EXPORT_DUCKDB_BYTES, .spill_dir = ""},
        &state->duck));
    TRY(register_function(c, &state->duck));
    for (size_t i = 0; i < json_array_size(items); i++) {
        const json_t *item = json_array_get(items, i);
        TRY(export_one(c, json_string_value(json_object_get(item, "from")),
                       json_string_value(json_object_get(item, "to"))));
    }
    return STINT_OK;
}

stint_status export_child(ctx *c, int fd)
{
    static export_state s;
    json_t *request = NULL;
    str line;
    fault_role("export");
    state = &s;
    str_init(&line, c, TAG_MESSAGE);
    stint_status status = job_request(c, fd, &request);
    if (status == STINT_OK)
        status = export_all(c, request);
    str_add(&line, "{\"done\":{}}");
    status = status == STINT_OK ? job_reply(c, fd, &line) : job_reply_failure(c, fd);
    if (s.duck.api)
        duck_leave(&s.duck);
    str_deinit(&line);
    json_decref(request);
    state = NULL;
    return status;
}
