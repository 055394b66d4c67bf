#include "data/export.h"
#include "data/source.h"
#include "stint/data.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

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
    str_addf(out, "%lld rows, %d columns, %s %s\n%s\n", (long long)f->rows, f->n_columns,
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
        emit_object_end(&j);
    }
    emit_array_end(&j);
    emit_object_end(&j);
    str_add(out, "\n");
}

/* A copy that appears under its name whole: written beside it, synced, renamed. */
static stint_status copy_file(ctx *c, const char *from, const char *to)
{
    char tmp[4096], dir[4096];
    file_map map;
    TRY(map_open(c, from, &map));
    snprintf(tmp, sizeof tmp, "%s.tmp", to);
    int fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    stint_status s = fd < 0 ? fail_errno(c, "create", tmp) : STINT_OK;
    if (s == STINT_OK)
        s = file_pwrite(c, fd, tmp, map.at, (size_t)map.size, 0);
    if (s == STINT_OK)
        s = file_sync(c, fd, tmp);
    if (fd >= 0)
        close(fd);
    map_close(&map);
    path_dir(to, dir, sizeof dir);
    if (s == STINT_OK && rename(tmp, to) != 0)
        s = fail_errno(c, "rename", tmp);
    if (s != STINT_OK) {
        unlink(tmp);
        return s;
    }
    return file_sync_path(c, dir);
}

stint_status stint_ingest(stint_context *c, const char *source_path, const char *to,
                          const char *memory, bool json, stint_text *out)
{
    int64_t bytes = 0;
    ingest_result r;
    colfile f;
    str text;
    source s = {.path = source_path};
    if (memory && !str_parse_bytes(memory, &bytes))
        return fail(c, STINT_EUSAGE, "--memory: \"%s\" is not a size; write for example 512MiB",
                    memory);
    TRY(source_open(c, &s, bytes, 0, &r, &f));
    str_init(&text, c, TAG_REPORT);
    (json ? ingest_json : ingest_text)(&f, &r, &text);
    stint_status status = to ? copy_file(c, r.path, to) : STINT_OK;
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

stint_status stint_export(stint_context *c, const char *column_file, const char *to)
{
    char tmp[4096], dir[4096];
    child exporter;
    if (!file_exists(column_file))
        return fail(c, STINT_EUSAGE, "%s: there is no such file", column_file);
    snprintf(tmp, sizeof tmp, "%s.tmp", to);
    TRY(export_begin(c, &(export_item){column_file, tmp}, 1, 0, &exporter));
    stint_status s = export_end(c, &exporter);
    if (s == STINT_OK && rename(tmp, to) != 0)
        s = fail_errno(c, "rename", tmp);
    if (s != STINT_OK) {
        unlink(tmp);
        return s;
    }
    path_dir(to, dir, sizeof dir);
    return file_sync_path(c, dir);
}

stint_status stint_export_child(stint_context *c, int fd)
{
    return export_child(c, fd);
}
