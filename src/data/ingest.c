#include "base/fault.h"
#include "data/chunker.h"
#include "data/job.h"
#include "data/source.h"
#include "data/source_cost.h"

#include <stdio.h>
#include <string.h>

/* The ingest child: the files are read one after the other, so that a message can name the
 * file, and each one's rows are known; the chunker makes them a column file. */

#define PROGRESS_SECONDS 0.1

const char *read_type_sql(read_type t)
{
    static const char *const names[] = {
        [READ_BOOL] = "BOOLEAN", [READ_INTEGER] = "BIGINT", [READ_NUMBER] = "DOUBLE",
        [READ_TEXT] = "VARCHAR", [READ_HASH] = "BIGINT",
    };
    return names[t];
}

read_type read_type_join(read_type a, read_type b)
{
    if (a != b && (a == READ_BOOL || b == READ_BOOL) && a != READ_HASH && b != READ_HASH)
        return READ_TEXT;
    return a > b ? a : b;
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
    in->format = format ? format_named(format) : NULL;
    in->out = json_string_value(json_object_get(request, "out"));
    in->text = json_object_get(request, "text");
    in->keep = json_object_get(request, "keep");
    in->drop = json_object_get(request, "drop");
    in->always = json_object_get(request, "always");
    in->dataset = json_string_value(json_object_get(request, "dataset"));
    in->sheet = json_string_value(json_object_get(request, "sheet"));
    in->memory_bytes = json_integer_value(json_object_get(request, "memory"));
    in->disk_bytes = json_integer_value(json_object_get(request, "disk"));
    if (!in->format || in->memory_bytes < 1 ||
        json_array_size(json_object_get(request, "files")) == 0)
        return fail(in->ctx, STINT_EUSAGE, "ingest: the request lacks its format, files or memory");
    TRY(take_files(in, json_object_get(request, "files")));
    return ingest_take_encoders(in, json_object_get(request, "encoders"));
}

/* --- reading --------------------------------------------------------------------------------- */

void ingest_progress(ingest *in, int64_t rows)
{
    double now = clock_seconds();
    if (now < in->next_progress)
        return;
    in->next_progress = now + PROGRESS_SECONDS;
    str line;
    str_init(&line, in->ctx, TAG_MESSAGE);
    str_addf(&line, "{\"progress\":%lld}", (long long)rows);
    (void)job_reply(in->ctx, in->fd, &line);
    str_deinit(&line);
}

static bool any_large(const ingest *in)
{
    for (int j = 0; j < in->n_columns; j++)
        if (in->columns[j].large && in->columns[j].read == READ_NUMBER)
            return true;
    return false;
}

static ingest_outcome read_one(ingest *in, chunker *k, ingest_file *file)
{
    file->first_row = chunker_rows(k);
    in->begun = (int)(file - in->files) + 1;
    ingest_outcome outcome =
        in->format->read ? in->format->read(in, file, k) : ingest_duck(in, file, k);
    file->rows = chunker_rows(k) - file->first_row;
    if (outcome == INGEST_DONE && in->format->check_large && any_large(in) &&
        in->format->check_large(in, file) != STINT_OK)
        return INGEST_FAILED;
    return outcome;
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
    for (int j = 0; j < in->n_columns; j++)
        in->columns[j].large = false;
    in->next_progress = clock_seconds() + PROGRESS_SECONDS;
    chunker *k = chunker_new(in);
    ingest_outcome outcome = k ? INGEST_DONE : INGEST_FAILED;
    for (int i = 0; i < in->n_files && outcome == INGEST_DONE; i++)
        outcome = read_one(in, k, &in->files[i]);
    if (outcome == INGEST_DONE && finish(in, k) != STINT_OK)
        outcome = INGEST_FAILED;
    *rows = outcome == INGEST_DONE ? chunker_rows(k) : 0;
    chunker_free(k);
    return outcome;
}

static source_shape shape_of(const ingest *in)
{
    source_shape shape = {.rates = &in->format->rates,
                          .columns = in->n_columns,
                          .rows = in->most_rows,
                          .reader_bytes = in->reader_bytes};
    for (int j = 0; j < in->n_columns; j++) {
        const ingest_column *column = &in->columns[j];
        shape.packed += column->encoder != NULL;
        if (column->encoder)
            shape.packed_row_bytes += ingest_packed_bytes(column);
        else
            shape.texts += column->read == READ_TEXT;
    }
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
    if (in->format->read)
        return STINT_OK;
    in->threads = source_cost_threads(&shape, in->memory_bytes);
    /* alone, a chunk waits for us, not megabytes of them; a thread that runs ahead needs room to */
    snprintf(sql, sizeof sql, "SET threads=%d; SET streaming_buffer_size='%s'", in->threads,
             in->threads > 1 ? "8MiB" : "64KiB");
    return duck_run(&in->duck, sql);
}

/* Reads as far as the first rows, if bit strings are among their columns. */
static stint_status peek(ingest *in)
{
    ingest_outcome outcome = INGEST_AGAIN;
    in->peeks = ingest_lacks_widths(in);
    while (in->peeks && !in->peeked && outcome == INGEST_AGAIN) {
        chunker *k = chunker_new(in);
        outcome = k ? read_one(in, k, &in->files[0]) : INGEST_FAILED;
        chunker_free(k);
    }
    in->peeks = false;
    return outcome == INGEST_FAILED ? ctx_status(in->ctx) : STINT_OK;
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

/* --- messages -------------------------------------------------------------------------------- */

stint_status ingest_fail_cell(ingest *in, int64_t row, int column, const char *fmt, ...)
{
    char what[512];
    int64_t line;
    bool is_line;
    int i = in->begun - 1;
    va_list args;
    va_start(args, fmt);
    vsnprintf(what, sizeof what, fmt, args);
    va_end(args);
    while (i > 0 && in->files[i].first_row > row)
        i--;
    TRY(format_line(in->ctx, in->format, in->files[i].path, row - in->files[i].first_row,
                    in->n_columns, &line, &is_line));
    return fail(in->ctx, STINT_EDATA, "%s:%s%lld: column \"%s\": %s", in->files[i].path,
                is_line ? "" : "row ", (long long)line, in->columns[column].name, what);
}

/* --- the child ------------------------------------------------------------------------------- */

static stint_status reply_done(ingest *in, int64_t rows)
{
    str line;
    str_init(&line, in->ctx, TAG_MESSAGE);
    json_out j = emit_begin(&line, false);
    emit_object(&j, NULL);
    emit_object(&j, "done");
    emit_int(&j, "rows", rows);
    emit_int(&j, "rows_low", in->rows_high ? in->rows_low : rows);
    emit_int(&j, "rows_high", in->rows_high ? in->rows_high : rows);
    emit_int(&j, "most_rows", in->most_rows);
    emit_int(&j, "columns", in->n_columns);
    emit_int(&j, "texts", shape_of(in).texts);
    emit_int(&j, "packed", shape_of(in).packed);
    emit_int(&j, "packed_row_bytes", shape_of(in).packed_row_bytes);
    emit_int(&j, "reader", in->reader_bytes);
    emit_int(&j, "table_peak", budget_peak_tag(ctx_budget(in->ctx), TAG_TABLE));
    emit_object_end(&j);
    emit_object_end(&j);
    stint_status s = job_reply(in->ctx, in->fd, &line);
    str_deinit(&line);
    return s;
}

static stint_status open_duckdb(ingest *in, const json_t *request)
{
    const char *spill = json_string_value(json_object_get(request, "spill"));
    return duck_open(in->ctx,
                     &(duck_settings){.threads = 1,
                                      .memory_bytes = SOURCE_DUCKDB_BYTES,
                                      .spill_dir = spill ? spill : ""},
                     &in->duck);
}

static stint_status serve(ingest *in, const json_t *request, int64_t *rows)
{
    TRY(take_request(in, request));
    if (!in->format->read)
        TRY(open_duckdb(in, request));
    TRY(in->format->describe(in));
    TRY(ingest_apply_text(in));
    TRY(ingest_apply_encoders(in));
    TRY(ingest_choose(in));
    if (in->format->size)
        TRY(in->format->size(in));
    TRY(peek(in));
    if (in->out)
        return ingest_read(in, rows);
    *rows = in->rows_high ? in->rows : in->most_rows;
    return STINT_OK;
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
    if (in.format && in.reader && in.format->close)
        in.format->close(&in);
    if (in.duck.api)
        duck_leave(&in.duck);
    arena_deinit(&in.arena);
    json_decref(request);
    return s;
}
