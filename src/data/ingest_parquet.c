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

static stint_status take_columns(ingest *in, duckdb_prepared_statement statement)
{
    const duckdb_api *api = in->duck.api;
    in->n_columns = (int)api->prepared_statement_column_count(statement);
    in->columns = arena_new(&in->arena, ingest_column, in->n_columns);
    for (int j = 0; in->columns && j < in->n_columns; j++) {
        const char *name = api->prepared_statement_column_name(statement, (idx_t)j);
        in->columns[j].name = arena_strdup(&in->arena, name);
        in->columns[j].read =
            read_type_of(api->prepared_statement_column_type(statement, (idx_t)j));
        api->free((void *)name);
        if (!in->columns[j].name)
            return STINT_ENOMEM;
    }
    return in->columns ? STINT_OK : STINT_ENOMEM;
}

/* The type that holds both; as in CSV, truths and numbers only meet as text. */
static read_type read_type_join(read_type a, read_type b)
{
    if (a != b && (a == READ_BOOL || b == READ_BOOL))
        return READ_TEXT;
    return a > b ? a : b;
}

static stint_status compare_columns(ingest *in, const char *path,
                                    duckdb_prepared_statement statement)
{
    const duckdb_api *api = in->duck.api;
    int n = (int)api->prepared_statement_column_count(statement);
    if (n != in->n_columns)
        return fail(in->ctx, STINT_EDATA,
                    "%s: %d columns, where %s has %d: all files need the same columns", path, n,
                    in->files[0].path, in->n_columns);
    for (int j = 0; j < n; j++) {
        ingest_column *column = &in->columns[j];
        const char *name = api->prepared_statement_column_name(statement, (idx_t)j);
        bool same = strcmp(name, column->name) == 0;
        if (!same)
            fail(in->ctx, STINT_EDATA,
                 "%s: column %d is \"%s\", where %s has \"%s\": all files need the same columns",
                 path, j + 1, name, in->files[0].path, column->name);
        api->free((void *)name);
        if (!same)
            return STINT_EDATA;
        read_type read = read_type_of(api->prepared_statement_column_type(statement, (idx_t)j));
        column->read = read_type_join(column->read, read);
    }
    return STINT_OK;
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
        s = in->columns ? compare_columns(in, file->path, statement) : take_columns(in, statement);
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

const source_format format_parquet = {"parquet", parquet_describe, parquet_select, parquet_explain};
