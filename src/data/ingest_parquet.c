#include "data/ingest_impl.h"

#include <stdio.h>
#include <string.h>

/* Parquet: names, types and rows stand in the files' own metadata. */

static read_type read_type_of(duckdb_type t)
{
    switch (t) {
    case DUCKDB_TYPE_BOOLEAN: return READ_BOOL;
    case DUCKDB_TYPE_TINYINT:
    case DUCKDB_TYPE_SMALLINT:
    case DUCKDB_TYPE_INTEGER:
    case DUCKDB_TYPE_BIGINT:
    case DUCKDB_TYPE_UTINYINT:
    case DUCKDB_TYPE_USMALLINT:
    case DUCKDB_TYPE_UINTEGER: return READ_INTEGER;
    case DUCKDB_TYPE_UBIGINT:
    case DUCKDB_TYPE_HUGEINT:
    case DUCKDB_TYPE_UHUGEINT:
    case DUCKDB_TYPE_FLOAT:
    case DUCKDB_TYPE_DOUBLE:
    case DUCKDB_TYPE_DECIMAL: return READ_NUMBER;
    default: return READ_TEXT;
    }
}

static stint_status parquet_fail(ingest *in, const char *path)
{
    if (strstr(in->duck.error.at, "Out of Memory"))
        return duck_fail(&in->duck, "read Parquet");
    /* the first line says it; the rest is advice about DuckDB */
    int line = (int)strcspn(in->duck.error.at, "\n");
    return fail(in->ctx, STINT_EDATA, "%s: not a whole Parquet file: %.*s", path, line,
                in->duck.error.at);
}

static void file_literal(const ingest_file *file, str *sql)
{
    str_add(sql, "read_parquet(");
    duck_literal(sql, file->path);
    str_add(sql, ")");
}

static void set_type(ingest_column *column, duckdb_type t)
{
    column->read = read_type_of(t);
    column->whole =
        t == DUCKDB_TYPE_UBIGINT || t == DUCKDB_TYPE_HUGEINT || t == DUCKDB_TYPE_UHUGEINT;
}

static stint_status take_columns(ingest *in, const char *path, duckdb_prepared_statement statement,
                                 const char *const *names, int n)
{
    TRY(ingest_name_columns(in, path, names, n));
    for (int j = 0; j < n; j++)
        set_type(&in->columns[j],
                 in->duck.api->prepared_statement_column_type(statement, (idx_t)j));
    return STINT_OK;
}

static stint_status compare_columns(ingest *in, const ingest_file *file,
                                    duckdb_prepared_statement statement, const char *const *names,
                                    int n)
{
    TRY(ingest_same_columns(in, file, names, n));
    for (int j = 0; j < n; j++) {
        ingest_column other = {0};
        set_type(&other, in->duck.api->prepared_statement_column_type(statement, (idx_t)j));
        in->columns[j].read = read_type_join(in->columns[j].read, other.read);
        in->columns[j].whole |= other.whole;
    }
    return STINT_OK;
}

static stint_status meet_columns(ingest *in, const ingest_file *file,
                                 duckdb_prepared_statement statement)
{
    const duckdb_api *api = in->duck.api;
    int n = (int)api->prepared_statement_column_count(statement);
    arena a;
    stint_status s = STINT_OK;
    arena_init(&a, in->ctx, TAG_BASE);
    const char **names = arena_new(&a, const char *, n + 1);
    for (int j = 0; names && s == STINT_OK && j < n; j++) {
        const char *name = api->prepared_statement_column_name(statement, (idx_t)j);
        names[j] = arena_strdup(&a, name);
        api->free((void *)name);
        s = names[j] ? STINT_OK : STINT_ENOMEM;
    }
    if (!names)
        s = STINT_ENOMEM;
    if (s == STINT_OK)
        s = in->columns ? compare_columns(in, file, statement, names, n)
                        : take_columns(in, file->path, statement, names, n);
    arena_deinit(&a);
    return s;
}

static stint_status describe_file(ingest *in, const ingest_file *file)
{
    const duckdb_api *api = in->duck.api;
    duckdb_prepared_statement statement = NULL;
    str sql;
    str_init(&sql, in->ctx, TAG_BASE);
    str_add(&sql, "SELECT * FROM ");
    file_literal(file, &sql);
    stint_status s = str_status(&sql);
    if (s == STINT_OK && api->prepare(in->duck.connection, sql.at, &statement) != DuckDBSuccess) {
        str_clear(&in->duck.error);
        str_add(&in->duck.error, api->prepare_error(statement));
        s = parquet_fail(in, file->path);
    }
    if (s == STINT_OK)
        s = meet_columns(in, file, statement);
    api->destroy_prepare(&statement);
    str_deinit(&sql);
    return s;
}

static stint_status count_rows(ingest *in, const ingest_file *file)
{
    str sql;
    duck_stream rows;
    uint64_t *validity;
    str_init(&sql, in->ctx, TAG_BASE);
    str_add(&sql, "SELECT num_rows::BIGINT FROM parquet_file_metadata(");
    duck_literal(&sql, file->path);
    str_add(&sql, ")");
    bool good = duck_stream_begin(&in->duck, sql.at, &rows);
    if (good && rows.chunk && rows.rows == 1)
        in->most_rows += *(const int64_t *)duck_stream_values(&rows, 0, &validity);
    good = duck_stream_end(&rows) && good;
    str_deinit(&sql);
    return good ? STINT_OK : parquet_fail(in, file->path);
}

static stint_status parquet_describe(ingest *in)
{
    for (int i = 0; i < in->n_files; i++) {
        TRY(describe_file(in, &in->files[i]));
        TRY(count_rows(in, &in->files[i]));
    }
    if (in->most_rows == 0)
        return fail(in->ctx, STINT_EDATA, "%s: has columns but no rows", in->files[0].path);
    return STINT_OK;
}

static void parquet_select(const ingest *in, const ingest_file *file, str *sql)
{
    str_add(sql, "SELECT ");
    for (int j = 0; j < in->n_columns; j++) {
        str_add(sql, j ? ",CAST(" : "CAST(");
        duck_identifier(sql, in->columns[j].name);
        str_addf(sql, " AS %s)", read_type_sql(in->columns[j].read));
    }
    str_add(sql, " FROM ");
    file_literal(file, sql);
}

static ingest_outcome parquet_explain(ingest *in, const ingest_file *file)
{
    (void)parquet_fail(in, file->path);
    return INGEST_FAILED;
}

/* --- large numbers --------------------------------------------------------------------------- */

/* SELECT the first row of a column whose whole number its double does not hold. */
static void inexact_sql(const ingest_file *file, const char *name, str *sql)
{
    str_add(sql, "SELECT n,x FROM (SELECT file_row_number AS n,CAST(");
    duck_identifier(sql, name);
    str_add(sql, " AS VARCHAR) AS x,CAST(");
    duck_identifier(sql, name);
    str_add(sql, " AS DOUBLE) AS d FROM read_parquet(");
    duck_literal(sql, file->path);
    str_add(sql, ",file_row_number=true)) WHERE abs(d)>=9007199254740992 AND "
                 "x<>printf('%.0f',d) LIMIT 1");
}

static stint_status check_column(ingest *in, const ingest_file *file, int j)
{
    str sql;
    duck_stream rows;
    uint64_t *validity;
    stint_status s = STINT_OK;
    str_init(&sql, in->ctx, TAG_BASE);
    inexact_sql(file, in->columns[j].name, &sql);
    bool good = duck_stream_begin(&in->duck, sql.at, &rows);
    if (good && rows.chunk && rows.rows == 1) {
        size_t len;
        const int64_t *row = duck_stream_values(&rows, 0, &validity);
        const char *text = duck_text(duck_stream_values(&rows, 1, &validity), &len);
        s = ingest_fail_cell(in, file->first_row + *row, j,
                             "no double holds %.*s exactly: if it names something, leave the "
                             "column out: list it under data.text and data.drop",
                             (int)len, text);
    }
    good = duck_stream_end(&rows) && good;
    str_deinit(&sql);
    return s != STINT_OK || good ? s : parquet_fail(in, file->path);
}

static stint_status parquet_check_large(ingest *in, const ingest_file *file)
{
    for (int j = 0; j < in->n_columns; j++)
        if (in->columns[j].large && in->columns[j].read == READ_NUMBER && in->columns[j].whole)
            TRY(check_column(in, file, j));
    return STINT_OK;
}

static bool parquet_begins(const uint8_t *head, int64_t n)
{
    return n >= 4 && memcmp(head, "PAR1", 4) == 0;
}

static const char *const endings[] = {".parquet", ".pq", NULL};

/* A thread holds a page of each column. */
const source_format format_parquet = {
    .name = "parquet",
    .called = "Parquet",
    .endings = endings,
    .begins = parquet_begins,
    .chooses = true,
    .lazy = true,
    .rates = {.base_bytes = INT64_C(8) << 20,
              .thread_bytes = INT64_C(8) << 20,
              .thread_column_bytes = INT64_C(1) << 20,
              .threads = true,
              .bytes_a_second = 300e6},
    .describe = parquet_describe,
    .select = parquet_select,
    .explain = parquet_explain,
    .check_large = parquet_check_large,
};
