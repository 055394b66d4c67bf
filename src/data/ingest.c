#include "base/fault.h"
#include "data/chunker.h"
#include "data/job.h"
#include "data/source.h"
#include "data/source_cost.h"

#include <stdio.h>
#include <string.h>

/* The ingest child: DuckDB reads the files one after the other, so that a message can name
 * the file, and each one's rows are known; the chunker makes them a column file. */

#define PROGRESS_SECONDS 0.1

static const source_format *const formats[] = {&format_csv, &format_parquet};

const char *read_type_sql(read_type t)
{
    static const char *const names[] = {
        [READ_BOOL] = "BOOLEAN",
        [READ_INTEGER] = "BIGINT",
        [READ_NUMBER] = "DOUBLE",
        [READ_TEXT] = "VARCHAR",
    };
    return names[t];
}

/* --- the request ----------------------------------------------------------------------------- */

static stint_status take_files(ingest *in, const json_t *files)
{
    in->n_files = (int)json_array_size(files);
    in->files = arena_new(&in->arena, ingest_file, in->n_files);
    if (!in->files)
        return STINT_ENOMEM;
    for (int i = 0; i < in->n_files; i++) {
        const json_t *file = json_array_get(files, (size_t)i);
        in->files[i].path = json_string_value(json_object_get(file, "path"));
        in->files[i].bytes = json_integer_value(json_object_get(file, "bytes"));
        if (!in->files[i].path)
            return fail(in->ctx, STINT_EUSAGE, "ingest: a file without a path");
    }
    return STINT_OK;
}

static stint_status take_request(ingest *in, const json_t *request)
{
    const char *format = json_string_value(json_object_get(request, "format"));
    for (size_t i = 0; format && i < sizeof formats / sizeof *formats; i++)
        if (strcmp(formats[i]->name, format) == 0)
            in->format = formats[i];
    in->out = json_string_value(json_object_get(request, "out"));
    in->text = json_object_get(request, "text");
    in->memory_bytes = json_integer_value(json_object_get(request, "memory"));
    in->disk_bytes = json_integer_value(json_object_get(request, "disk"));
    if (!in->format || in->memory_bytes < 1 ||
        json_array_size(json_object_get(request, "files")) == 0)
        return fail(in->ctx, STINT_EUSAGE, "ingest: the request lacks its format, files or memory");
    return take_files(in, json_object_get(request, "files"));
}

static ingest_column *column_named(ingest *in, const char *name, nearest_name *near)
{
    *near = nearest_begin(name);
    for (int j = 0; j < in->n_columns; j++) {
        if (strcmp(in->columns[j].name, name) == 0)
            return &in->columns[j];
        nearest_try(near, in->columns[j].name);
    }
    return NULL;
}

static stint_status apply_text(ingest *in)
{
    size_t i;
    const json_t *item;
    json_array_foreach(in->text, i, item)
    {
        nearest_name near = {0};
        const char *name = json_string_value(item);
        ingest_column *column = name ? column_named(in, name, &near) : NULL;
        if (!name)
            return fail(in->ctx, STINT_EUSAGE, "data.text: column names are needed");
        if (!column)
            return fail(in->ctx, STINT_EUSAGE, "data.text: %s has no column \"%s\"%s%s%s",
                        in->files[0].path, name, near.name ? "; did you mean \"" : "",
                        near.name ? near.name : "", near.name ? "\"?" : "");
        column->read = READ_TEXT;
        column->is_text = true;
        column->unseen = false;
    }
    return STINT_OK;
}

/* --- reading --------------------------------------------------------------------------------- */

static void send_progress(const ingest *in, int64_t rows, double *next)
{
    double now = clock_seconds();
    if (now < *next)
        return;
    *next = now + PROGRESS_SECONDS;
    str line;
    str_init(&line, in->ctx, TAG_MESSAGE);
    str_addf(&line, "{\"progress\":%lld}", (long long)rows);
    (void)job_reply(in->ctx, in->fd, &line);
    str_deinit(&line);
}

static ingest_outcome read_one(ingest *in, chunker *k, ingest_file *file, const char *sql)
{
    duck_stream rows;
    double next = clock_seconds() + PROGRESS_SECONDS;
    ingest_outcome outcome = INGEST_DONE;
    file->first_row = chunker_rows(k);
    bool more = duck_stream_begin(&in->duck, sql, &rows);
    for (; more && rows.chunk && outcome == INGEST_DONE; more = more && duck_stream_next(&rows)) {
        outcome = chunker_add(k, &rows, file);
        send_progress(in, chunker_rows(k), &next);
    }
    file->rows = chunker_rows(k) - file->first_row;
    bool good = duck_stream_end(&rows);
    return outcome == INGEST_DONE && !good ? in->format->explain(in, file) : outcome;
}

static void extra_text(const ingest *in, str *out)
{
    json_out j = emit_begin(out, false);
    emit_object(&j, NULL);
    emit_string(&j, "format", in->format->name);
    if (in->delimiter)
        emit_string(&j, "delimiter", (char[]){in->delimiter, '\0'});
    emit_array(&j, "files");
    for (int i = 0; i < in->n_files; i++) {
        emit_object(&j, NULL);
        emit_string(&j, "path", in->files[i].path);
        emit_int(&j, "bytes", in->files[i].bytes);
        emit_int(&j, "first_row", in->files[i].first_row);
        emit_int(&j, "rows", in->files[i].rows);
        emit_object_end(&j);
    }
    emit_array_end(&j);
    emit_object_end(&j);
}

static stint_status finish(ingest *in, chunker *k)
{
    str extra;
    str_init(&extra, in->ctx, TAG_BASE);
    extra_text(in, &extra);
    stint_status s = str_status(&extra);
    if (s == STINT_OK && chunker_rows(k) == 0)
        s = fail(in->ctx, STINT_EDATA, "%s: has column names but no rows", in->files[0].path);
    if (s == STINT_OK)
        s = chunker_finish(k, extra.at);
    str_deinit(&extra);
    return s;
}

/* Once through all files. */
static ingest_outcome read_all(ingest *in, int64_t *rows)
{
    str sql;
    str_init(&sql, in->ctx, TAG_BASE);
    chunker *k = chunker_new(in);
    ingest_outcome outcome = k ? INGEST_DONE : INGEST_FAILED;
    for (int i = 0; i < in->n_files && outcome == INGEST_DONE; i++) {
        str_clear(&sql);
        in->format->select(in, &in->files[i], &sql);
        outcome =
            str_status(&sql) == STINT_OK ? read_one(in, k, &in->files[i], sql.at) : INGEST_FAILED;
    }
    if (outcome == INGEST_DONE && finish(in, k) != STINT_OK)
        outcome = INGEST_FAILED;
    *rows = outcome == INGEST_DONE ? chunker_rows(k) : 0;
    chunker_free(k);
    str_deinit(&sql);
    return outcome;
}

static source_shape shape_of(const ingest *in)
{
    source_shape shape = {
        .parquet = in->format == &format_parquet, .columns = in->n_columns, .rows = in->most_rows};
    for (int j = 0; j < in->n_columns; j++)
        shape.texts += in->columns[j].read == READ_TEXT;
    for (int i = 0; i < in->n_files; i++)
        shape.bytes += in->files[i].bytes;
    return shape;
}

/* One thread or two, as memory allows; less than one needs is refused. */
static stint_status share_memory(ingest *in)
{
    source_shape shape = shape_of(in);
    int64_t need = source_cost_bytes(&shape, 1);
    char have[STR_SIZE_SIZE], least[STR_SIZE_SIZE], sql[64];
    if (in->memory_bytes < need)
        return fail(in->ctx, STINT_EPLAN,
                    "reading %d columns, %d of them text, takes %s of memory; %s is left for it: "
                    "raise budget.memory",
                    shape.columns, shape.texts, str_format_bytes(least, need),
                    str_format_bytes(have, in->memory_bytes));
    in->threads = source_cost_threads(&shape, in->memory_bytes);
    /* alone, a chunk waits for us, not megabytes of them; a thread that runs ahead needs room to */
    snprintf(sql, sizeof sql, "SET threads=%d; SET streaming_buffer_size='%s'", in->threads,
             in->threads > 1 ? "8MiB" : "64KiB");
    return duck_run(&in->duck, sql);
}

/* Each attempt may know of more rows or text columns than the one before: its share of the
 * memory is looked at anew. */
stint_status ingest_read(ingest *in, int64_t *rows)
{
    ingest_outcome outcome = INGEST_AGAIN;
    while (outcome == INGEST_AGAIN) {
        TRY(share_memory(in));
        outcome = read_all(in, rows);
    }
    return outcome == INGEST_DONE ? STINT_OK : ctx_status(in->ctx);
}

/* --- the child ------------------------------------------------------------------------------- */

static stint_status reply_done(ingest *in, int64_t rows)
{
    str line;
    str_init(&line, in->ctx, TAG_MESSAGE);
    str_addf(&line, "{\"done\":{\"rows\":%lld,\"columns\":%d,\"texts\":%d,\"table_peak\":%lld}}",
             (long long)rows, in->n_columns, shape_of(in).texts,
             (long long)budget_peak_tag(ctx_budget(in->ctx), TAG_TABLE));
    stint_status s = job_reply(in->ctx, in->fd, &line);
    str_deinit(&line);
    return s;
}

static stint_status serve(ingest *in, const json_t *request, int64_t *rows)
{
    const char *spill = json_string_value(json_object_get(request, "spill"));
    TRY(take_request(in, request));
    TRY(duck_open(in->ctx,
                  &(duck_settings){.threads = 1,
                                   .memory_bytes = SOURCE_DUCKDB_BYTES,
                                   .spill_dir = spill ? spill : ""},
                  &in->duck));
    TRY(in->format->describe(in));
    if (!in->out) {
        *rows = in->most_rows;
        return STINT_OK;
    }
    TRY(apply_text(in));
    return ingest_read(in, rows);
}

stint_status ingest_child(ctx *c, int fd)
{
    json_t *request = NULL;
    int64_t rows = 0;
    ingest in = {.ctx = c, .fd = fd};
    fault_role("ingest");
    arena_init(&in.arena, c, TAG_BASE);
    stint_status s = job_request(c, fd, &request);
    if (s == STINT_OK)
        s = serve(&in, request, &rows);
    s = s == STINT_OK ? reply_done(&in, rows) : job_reply_failure(c, fd);
    if (in.duck.api)
        duck_leave(&in.duck);
    arena_deinit(&in.arena);
    json_decref(request);
    return s;
}
