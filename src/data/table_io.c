#include "data/export.h"
#include "data/format.h"
#include "data/source.h"
#include "data/table_write.h"
#include "stint/data.h"

/* The public way in and out of column files. */

/* --- reading ----------------------------------------------------------------------------- */

static void columns_text(const colfile *f, str *out)
{
    for (int i = 0; i < f->n_columns; i++)
        str_addf(out, "  %-24s %s\n", f->columns[i].name, column_kind_name(f->columns[i].kind));
}

static void ingest_text(const colfile *f, const ingest_result *r, str *out)
{
    char size[STR_SIZE_SIZE], time[STR_SIZE_SIZE];
    const char *format = json_string_value(json_object_get(f->extra, "format"));
    str_addf(out, "%lld rows, %d columns of %s, %s %s\n%s\n", (long long)f->rows, f->n_columns,
             format && format_named(format) ? format_named(format)->called : "a table",
             r->cached ? "from the cache in" : "read in", str_format_seconds(time, r->seconds),
             r->path);
    if (!r->cached)
        str_addf(out, "private memory %s at its peak\n",
                 str_format_bytes(size, r->private_peak_bytes));
    columns_text(f, out);
}

static void ingest_json(const colfile *f, const ingest_result *r, str *out)
{
    json_out j = emit_begin(out, true);
    emit_object(&j, NULL);
    emit_string(&j, "column_file", r->path);
    emit_string(&j, "fingerprint", r->fingerprint);
    emit_string(&j, "format", json_string_value(json_object_get(f->extra, "format")));
    emit_bool(&j, "cached", r->cached);
    emit_int(&j, "rows", f->rows);
    emit_double(&j, "seconds", r->seconds);
    emit_int(&j, "private_peak_bytes", r->private_peak_bytes);
    emit_int(&j, "table_peak_bytes", r->table_peak_bytes);
    emit_array(&j, "columns");
    for (int i = 0; i < f->n_columns; i++) {
        emit_object(&j, NULL);
        emit_string(&j, "name", f->columns[i].name);
        emit_string(&j, "kind", column_kind_name(f->columns[i].kind));
        emit_string(&j, "hash", f->columns[i].hash);
        emit_object_end(&j);
    }
    emit_array_end(&j);
    emit_object_end(&j);
    str_add(out, "\n");
}

stint_status stint_ingest(stint_context *c, const stint_ingest_request *q, stint_text *out)
{
    int64_t bytes = 0;
    ingest_result r;
    colfile f;
    str text;
    source s = {.path = q->source, .sheet = q->sheet, .dataset = q->dataset};
    if (q->memory && !str_parse_bytes(q->memory, &bytes))
        return fail(c, STINT_EUSAGE, "--memory: \"%s\" is not a size; write for example 512MiB",
                    q->memory);
    TRY(source_open(c, &s, bytes, 0, &r, &f));
    str_init(&text, c, TAG_REPORT);
    (q->json ? ingest_json : ingest_text)(&f, &r, &text);
    stint_status status = q->to ? table_write_copy(c, r.path, q->to) : STINT_OK;
    colfile_close(&f);
    if (status == STINT_OK)
        return text_take(&text, out);
    str_deinit(&text);
    return status;
}

stint_status stint_ingest_child(stint_context *c, int fd)
{
    return ingest_child(c, fd);
}

/* --- writing ----------------------------------------------------------------------------- */

#define WORKBOOK_THREADS_MOST 8

stint_status stint_export(stint_context *c, const char *column_file, const char *to)
{
    int threads = cpu_count();
    TRY(table_write_check(c, to));
    if (!file_exists(column_file))
        return fail(c, STINT_EUSAGE, "%s: there is no such file", column_file);
    return table_write(
        c, column_file, to,
        &(table_write_settings){
            .sheet = "Table",
            .threads = threads < WORKBOOK_THREADS_MOST ? threads : WORKBOOK_THREADS_MOST,
        });
}

stint_status stint_export_child(stint_context *c, int fd)
{
    return export_child(c, fd);
}
