#include "base/pattern.h"
#include "base/progress.h"
#include "data/cache.h"
#include "data/dialect.h"
#include "data/job.h"
#include "data/records.h"
#include "data/source_cost.h"
#include "data/source_files.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* The parent's side: whether the cache has the table, and the child that reads it if not. */

#define KIND "columns"

/* --- the child ----------------------------------------------------------------------------------- */

typedef struct request {
    int64_t memory_bytes, disk_bytes;
    const char *out; /* NULL = only look */
} request;

static void emit_list(json_out *j, const char *key, const char *const *list)
{
    emit_array(j, key);
    for (; list && *list; list++)
        emit_string(j, NULL, *list);
    emit_array_end(j);
}

/* The key goes through the socket alone. */
static void emit_encoders(json_out *j, const source *s)
{
    emit_array(j, "encoders");
    for (int i = 0; i < s->n_encoders; i++)
        bits_emit_secret(j, &s->encoders[i]);
    emit_array_end(j);
}

static stint_status start(ctx *c, const source *s, const source_files *f, const request *r,
                          child *ch)
{
    char spill[4096];
    str text;
    TRY(cache_dir(c, spill, sizeof spill));
    str_init(&text, c, TAG_MESSAGE);
    json_out j = emit_begin(&text, false);
    emit_object(&j, NULL);
    emit_string(&j, "format", f->format->name);
    if (r->out)
        emit_string(&j, "out", r->out);
    emit_string(&j, "spill", spill);
    emit_int(&j, "memory", r->memory_bytes);
    emit_int(&j, "disk", r->disk_bytes);
    if (s->dataset && *s->dataset)
        emit_string(&j, "dataset", s->dataset);
    if (s->sheet && *s->sheet)
        emit_string(&j, "sheet", s->sheet);
    emit_list(&j, "text", s->text);
    emit_list(&j, "keep", s->want.keep);
    emit_list(&j, "drop", s->want.drop);
    emit_list(&j, "always", s->want.always);
    emit_encoders(&j, s);
    emit_array(&j, "files");
    for (int i = 0; i < f->n; i++) {
        emit_object(&j, NULL);
        emit_string(&j, "path", f->paths[i]);
        emit_int(&j, "bytes", f->bytes[i]);
        emit_object_end(&j);
    }
    emit_array_end(&j);
    emit_object_end(&j);
    stint_status status = job_start(c, "ingest", &text, ch);
    str_deinit(&text);
    return status;
}

/* --- looking ------------------------------------------------------------------------------------- */

enum { LOOKS = 8, LOOK_PIECE = 1 << 16 };

/* Rows of one file of lines by the mean line length of pieces spread over it. */
static stint_status look_at_rows(ctx *c, const char *path, int64_t bytes, source_facts *out)
{
    double shortest = 1e300, longest = 0, sum = 0;
    int looks = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    char *piece = fd >= 0 ? mem_alloc(c, TAG_BASE, LOOK_PIECE) : NULL;
    for (int i = 0; piece && i < LOOKS; i++) {
        int64_t lines = 0, at = (bytes - LOOK_PIECE) / LOOKS * i;
        ssize_t n = pread(fd, piece, LOOK_PIECE, at > 0 ? at : 0);
        for (ssize_t k = 0; k < n; k++)
            lines += piece[k] == '\n';
        if (lines == 0)
            continue;
        double mean = (double)n / (double)lines;
        shortest = mean < shortest ? mean : shortest;
        longest = mean > longest ? mean : longest;
        sum += mean;
        looks++;
    }
    mem_free(piece);
    if (fd >= 0)
        close(fd);
    if (fd < 0 || !piece)
        return fd < 0 ? fail_errno(c, "open", path) : STINT_ENOMEM;
    double mean = looks ? sum / looks : (double)bytes;
    out->rows += (int64_t)((double)bytes / mean);
    out->rows_low += looks ? (int64_t)(0.8 * (double)bytes / longest) : 0;
    out->rows_high += looks ? (int64_t)(1.25 * (double)bytes / shortest) + 64 : bytes;
    return STINT_OK;
}

static stint_status look_at_all_rows(ctx *c, const source_files *f, source_facts *out)
{
    for (int i = 0; i < f->n; i++)
        TRY(look_at_rows(c, f->paths[i], f->bytes[i], out));
    return STINT_OK;
}

static const bits_encoder *encoder_of(const source *s, const char *column)
{
    for (int i = 0; i < s->n_encoders; i++)
        if (pattern_match(s->encoders[i].column, column))
            return &s->encoders[i];
    return NULL;
}

/* The first record behind the header: [*at, the end that is returned). */
static const char *first_record(const file_map *m, int64_t from, const char **at)
{
    int64_t lines;
    const char *end = (const char *)m->at + m->size;
    *at = (const char *)m->at + from;
    int64_t n = record_bytes(*at, end, true, &lines);
    while (n > 0 && record_blank(*at, n)) {
        *at += n;
        n = record_bytes(*at, end, true, &lines);
    }
    return *at + n;
}

/* Columns of text, and of bits, where a string has as many as in the first row. */
static stint_status look_at_texts(ctx *c, const source *s, const char *path, const dialect *d,
                                  source_shape *shape)
{
    file_map m;
    TRY(map_open(c, path, &m));
    const char *at, *cell, *end = first_record(&m, d->header_bytes, &at);
    for (int j = 0; j < d->n_columns; j++) {
        int64_t len = 0;
        const bits_encoder *e = encoder_of(s, d->names[j]);
        if (at == end || !record_cell(&at, end, d->delimiter, &cell, &len))
            len = 0;
        int64_t width = !e || e->width ? 0 : len < BITS_WIDTH_MOST ? len : BITS_WIDTH_MOST;
        shape->packed += e != NULL;
        shape->packed_row_bytes += e ? ((e->width ? e->width : width) + 7) / 8 : 0;
        shape->texts += !e && d->types[j] == CELL_TEXT;
    }
    map_close(&m);
    return STINT_OK;
}

static stint_status look_at_csv(ctx *c, const source *s, const source_files *f, source_facts *out,
                                source_shape *shape)
{
    arena a;
    dialect d;
    arena_init(&a, c, TAG_BASE);
    stint_status status = dialect_read(c, &a, f->paths[0], &d);
    out->columns = status == STINT_OK ? d.n_columns : 0;
    if (status == STINT_OK)
        status = look_at_all_rows(c, f, out);
    if (status == STINT_OK)
        status = look_at_texts(c, s, f->paths[0], &d, shape);
    arena_deinit(&a);
    for (const char *const *text = s->text; text && *text; text++)
        shape->texts++;
    shape->rows = 2 * out->rows_high + 4096; /* no less than ingest expects */
    return status;
}

static int64_t int_of(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

/* What the format's own description of the files tells, found in the child. */
static stint_status look_in_child(ctx *c, const source *s, const source_files *f, source_facts *out,
                                  source_shape *shape)
{
    child ch;
    json_t *done = NULL;
    TRY(start(c, s, f, &(request){.memory_bytes = memory_total_bytes() / 2}, &ch));
    stint_status status = job_wait(c, "ingest", &ch, NULL, NULL, &done, NULL);
    out->columns = (int)int_of(done, "columns");
    out->rows = int_of(done, "rows");
    out->rows_low = int_of(done, "rows_low");
    out->rows_high = int_of(done, "rows_high");
    shape->texts = (int)int_of(done, "texts");
    shape->packed = (int)int_of(done, "packed");
    shape->packed_row_bytes = int_of(done, "packed_row_bytes");
    shape->reader_bytes = int_of(done, "reader");
    shape->rows = int_of(done, "most_rows");
    json_decref(done);
    if (status != STINT_OK || !f->format->lines_tell_rows)
        return status;
    out->rows = out->rows_low = out->rows_high = 0;
    TRY(look_at_all_rows(c, f, out));
    if (shape->rows < 2 * out->rows_high + 4096)
        shape->rows = 2 * out->rows_high + 4096;
    return STINT_OK;
}

static stint_status fingerprint_all(ctx *c, const colfile *f, char out[HASH_TEXT_SIZE])
{
    int *all = mem_new(c, TAG_BASE, int, f->n_columns);
    for (int j = 0; all && j < f->n_columns; j++)
        all[j] = j;
    stint_status s = all ? colfile_fingerprint(c, f, all, f->n_columns, out) : STINT_ENOMEM;
    mem_free(all);
    return s;
}

static stint_status exact_facts(ctx *c, const char *path, source_facts *out)
{
    colfile f;
    TRY(colfile_open(c, path, &f));
    out->exact = true;
    out->columns = f.n_columns;
    out->rows = out->rows_low = out->rows_high = f.rows;
    out->colfile_bytes = f.map.size;
    stint_status s = fingerprint_all(c, &f, out->fingerprint);
    colfile_close(&f);
    return s;
}

/* 8 bytes a cell, a dictionary of at most 4 MiB or, where it is as long in the file, the text
 * itself, the header's entries. */
static int64_t colfile_bound(const source_files *f, const source_facts *facts,
                             const source_shape *shape)
{
    int64_t chunks = facts->rows_high / COLFILE_CHUNK_ROWS + 2;
    int64_t any = (int64_t)facts->columns << 22, known = (int64_t)shape->texts << 22;
    if (f->format->lines_tell_rows)
        known = any < facts->bytes ? any : facts->bytes;
    known += facts->rows_high * shape->packed_row_bytes + shape->packed * 4096;
    return facts->rows_high * facts->columns * 8 + known + chunks * facts->columns * 320 + 4096;
}

static stint_status sample_files(ctx *c, const source *s, const source_files *f, source_facts *out)
{
    char path[4096];
    hash128 key;
    bool known;
    int held = -1;
    out->files = f->n;
    out->bytes = f->total;
    TRY(files_key(c, s, f, true, &key, &known));
    if (known)
        TRY(cache_find(c, KIND, key, path, sizeof path, &held));
    if (held >= 0) {
        stint_status status = exact_facts(c, path, out);
        lock_drop(held);
        return status;
    }
    const source_rates *rates = &f->format->rates;
    source_shape shape = {.rates = rates, .bytes = f->total};
    TRY(f->format == &format_csv ? look_at_csv(c, s, f, out, &shape)
                                 : look_in_child(c, s, f, out, &shape));
    shape.columns = out->columns;
    out->ingest_seconds = source_cost_seconds(rates, f->total, f->n);
    out->ingest_bytes = source_cost_bytes(&shape, 1);
    out->ingest_most_bytes = source_cost_bytes(&shape, source_cost_threads(&shape, INT64_MAX));
    out->colfile_bytes = colfile_bound(f, out, &shape);
    return STINT_OK;
}

stint_status source_sample(ctx *c, const source *s, source_facts *out)
{
    source_files f;
    *out = (source_facts){0};
    stint_status status = files_open(c, s, &f);
    if (status == STINT_OK)
        status = sample_files(c, s, &f, out);
    arena_deinit(&f.arena);
    return status;
}

/* --- ingesting ----------------------------------------------------------------------------------- */

static void show_rows(void *self, int64_t rows)
{
    progress_at(self, rows);
}

static stint_status run_child(ctx *c, const source *s, const source_files *f, const request *r,
                              ingest_result *out)
{
    child ch;
    json_t *done = NULL;
    progress bar;
    TRY(start(c, s, f, r, &ch));
    progress_begin(&bar, c, "reading the data", 0);
    stint_status status =
        job_wait(c, "ingest", &ch, show_rows, &bar, &done, &out->private_peak_bytes);
    progress_end(&bar);
    out->table_peak_bytes = json_integer_value(json_object_get(done, "table_peak"));
    json_decref(done);
    return status;
}

/* Files still as they were hashed cost a look at their records. */
static stint_status check_unchanged(ctx *c, const source *s, const source_files *f, hash128 key)
{
    hash128 now;
    bool known;
    TRY(files_key(c, s, f, false, &now, &known));
    return hash_equal(now, key)
               ? STINT_OK
               : fail(c, STINT_EDATA, "%s: the data changed while it was read; run again", s->path);
}

/* A key that nothing is found by again. */
static hash128 lone_key(hash128 key)
{
    double now = clock_seconds();
    pid_t self = getpid();
    uint64_t parts[4] = {key.low, key.high, (uint64_t)self, 0};
    memcpy(&parts[3], &now, sizeof now);
    return hash_bytes(parts, sizeof parts);
}

/* *held keeps the column file in the cache until lock_drop. */
static stint_status ingest_files(ctx *c, const source *s, const source_files *f, request *r,
                                 ingest_result *out, int *held)
{
    char tmp[4096];
    hash128 key, name;
    bool known;
    TRY(files_key(c, s, f, false, &key, &known));
    name = known ? key : lone_key(key);
    TRY(cache_find(c, KIND, name, out->path, sizeof out->path, held));
    out->cached = *held >= 0;
    if (out->cached)
        return STINT_OK;
    TRY(cache_tmp(c, KIND, name, tmp, sizeof tmp));
    r->out = tmp;
    stint_status status = run_child(c, s, f, r, out);
    if (status == STINT_OK)
        status = check_unchanged(c, s, f, key);
    if (status == STINT_OK)
        status = cache_put(c, KIND, name, tmp, out->path, sizeof out->path, held);
    if (status != STINT_OK)
        unlink(tmp);
    r->out = NULL;
    return status;
}

stint_status source_open(ctx *c, const source *s, int64_t memory_bytes, int64_t disk_bytes,
                         ingest_result *out, colfile *file)
{
    source_files f;
    int held = -1; /* in the cache until the column file, once open, holds itself */
    double started = clock_seconds();
    *out = (ingest_result){0};
    stint_status status = files_open(c, s, &f);
    request r = {.memory_bytes = memory_bytes > 0 ? memory_bytes : memory_total_bytes() / 2,
                 .disk_bytes = disk_bytes};
    if (status == STINT_OK)
        status = ingest_files(c, s, &f, &r, out, &held);
    arena_deinit(&f.arena);
    out->seconds = clock_seconds() - started;
    if (status == STINT_OK)
        status = colfile_open(c, out->path, file);
    lock_drop(held);
    if (status != STINT_OK)
        return status;
    status = fingerprint_all(c, file, out->fingerprint);
    if (status != STINT_OK)
        colfile_close(file);
    return status;
}
