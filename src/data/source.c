#include "base/progress.h"
#include "data/cache.h"
#include "data/dialect.h"
#include "data/job.h"
#include "data/records.h"
#include "data/source.h"
#include "data/source_cost.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The parent's side: which files, what they hash to, whether the cache has them, and the
 * child that reads them if not.
 *
 * The fingerprint hashes content and reading rules; the cache's key adds the paths, since
 * the column file's `extra` names them for messages. */

#define KIND "columns"

/* A file whose hash is not known is hashed for a look only when that is quick. */
#define LOOK_BYTES (INT64_C(64) << 20)

typedef struct source_files {
    arena arena;
    int n;
    char **paths;   /* [n] as the user wrote them, sorted */
    int64_t *bytes; /* [n] */
    int64_t total;
    bool parquet;
} source_files;

/* --- the files --------------------------------------------------------------------------------- */

static bool ends_in(const char *path, const char *end)
{
    size_t n = strlen(path), m = strlen(end);
    return n > m && strcasecmp(path + n - m, end) == 0;
}

static stint_status check_file(ctx *c, source_files *f, int i)
{
    struct stat st;
    const char *path = f->paths[i];
    char magic[4] = "";
    if (stat(path, &st) != 0)
        return fail(c, STINT_EDATA, "%s: %s: check data.source, which is relative to the config",
                    path, errno == ENOENT ? "there is no such file" : strerror(errno));
    if (S_ISDIR(st.st_mode))
        return fail(c, STINT_EDATA, "%s: is a directory: name its files, for example %s/*.csv",
                    path, path);
    if (!S_ISREG(st.st_mode))
        return fail(c, STINT_EDATA, "%s: is not a regular file", path);
    if (st.st_size == 0)
        return fail(c, STINT_EDATA,
                    "%s: the file is empty: a line of column names and rows are needed", path);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fail_errno(c, "open", path);
    ssize_t n = pread(fd, magic, sizeof magic, 0);
    close(fd);
    bool parquet = (n == 4 && memcmp(magic, "PAR1", 4) == 0) || ends_in(path, ".parquet");
    if (i > 0 && parquet != f->parquet)
        return fail(c, STINT_EDATA, "%s: %s Parquet, unlike %s: all files need one format", path,
                    parquet ? "is" : "is not", f->paths[0]);
    f->parquet = parquet;
    f->bytes[i] = st.st_size;
    f->total += st.st_size;
    return STINT_OK;
}

static stint_status take_paths(ctx *c, source_files *f, char *const *paths, size_t n)
{
    f->n = (int)n;
    f->paths = arena_new(&f->arena, char *, n);
    f->bytes = arena_new(&f->arena, int64_t, n);
    if (!f->paths || !f->bytes)
        return STINT_ENOMEM;
    for (size_t i = 0; i < n; i++)
        if (!(f->paths[i] = arena_strdup(&f->arena, paths[i])))
            return STINT_ENOMEM;
    for (int i = 0; i < f->n; i++)
        TRY(check_file(c, f, i));
    return STINT_OK;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* A name with wildcards is a pattern unless a file is called just so. */
static stint_status files_open(ctx *c, const source *s, source_files *f)
{
    *f = (source_files){0};
    arena_init(&f->arena, c, TAG_BASE);
    if (!s->path || !*s->path)
        return fail(c, STINT_EUSAGE, "data.source: a file or a pattern is needed");
    if (file_exists(s->path) || !strpbrk(s->path, "*?["))
        return take_paths(c, f, (char *const[]){(char *)s->path}, 1);
    glob_t found;
    int result = glob(s->path, GLOB_NOSORT, NULL, &found);
    if (result == GLOB_NOMATCH)
        return fail(c, STINT_EDATA, "%s: no file matches: check data.source", s->path);
    if (result != 0)
        return fail(c, STINT_EIO, "%s: the pattern cannot be searched: %s", s->path,
                    result == GLOB_NOSPACE ? "out of memory" : "a directory cannot be read");
    qsort(found.gl_pathv, found.gl_pathc, sizeof *found.gl_pathv, by_name);
    stint_status status = take_paths(c, f, found.gl_pathv, found.gl_pathc);
    globfree(&found);
    return status;
}

/* --- what they hash to --------------------------------------------------------------------------- */

typedef struct source_key {
    hash128 fingerprint, key;
} source_key;

static void add_rules(hasher *h, const source *s, const source_files *f)
{
    const int64_t rules[] = {COLFILE_FORMAT, COLFILE_CHUNK_ROWS, f->parquet, f->n};
    hash_add(h, rules, sizeof rules);
    for (const char *const *text = s->text; text && *text; text++)
        hash_add_text(h, *text);
}

/* When `known_only`, big files are not read: *known tells whether all hashes were there. */
static stint_status key_of(ctx *c, const source *s, const source_files *f, bool known_only,
                           source_key *out, bool *known)
{
    hasher *content = hash_begin(c), *paths = content ? hash_begin(c) : NULL;
    stint_status status = paths ? STINT_OK : STINT_ENOMEM;
    *known = true;
    if (paths)
        add_rules(content, s, f);
    for (int i = 0; status == STINT_OK && i < f->n; i++) {
        hash128 h;
        if (known_only && f->total > LOOK_BYTES)
            *known = cache_file_hash_known(c, f->paths[i], &h);
        else
            status = cache_file_hash(c, f->paths[i], &h);
        if (status != STINT_OK || !*known)
            break;
        hash_add(content, &h, sizeof h);
        hash_add_text(paths, f->paths[i]);
    }
    if (content)
        out->fingerprint = hash_end(content);
    if (paths) {
        hash_add(paths, &out->fingerprint, sizeof out->fingerprint);
        out->key = hash_end(paths);
    }
    return status;
}

/* --- the child ----------------------------------------------------------------------------------- */

typedef struct request {
    int64_t memory_bytes, disk_bytes;
    const char *out; /* NULL = only look */
} request;

static stint_status start(ctx *c, const source *s, const source_files *f, const request *r,
                          child *ch)
{
    char spill[4096];
    str text;
    TRY(cache_dir(c, spill, sizeof spill));
    str_init(&text, c, TAG_MESSAGE);
    json_out j = emit_begin(&text, false);
    emit_object(&j, NULL);
    emit_string(&j, "format", f->parquet ? "parquet" : "csv");
    if (r->out)
        emit_string(&j, "out", r->out);
    emit_string(&j, "spill", spill);
    emit_int(&j, "memory", r->memory_bytes);
    emit_int(&j, "disk", r->disk_bytes);
    emit_array(&j, "text");
    for (const char *const *name = s->text; name && *name; name++)
        emit_string(&j, NULL, *name);
    emit_array_end(&j);
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

/* Rows of one CSV file by the mean line length of pieces spread over it. */
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

static stint_status look_at_csv(ctx *c, const source_files *f, source_facts *out, int *texts)
{
    arena a;
    dialect d;
    arena_init(&a, c, TAG_BASE);
    stint_status s = dialect_read(c, &a, f->paths[0], &d);
    out->columns = s == STINT_OK ? d.n_columns : 0;
    for (int j = 0; j < out->columns; j++)
        *texts += d.types[j] == CELL_TEXT;
    arena_deinit(&a);
    for (int i = 0; s == STINT_OK && i < f->n; i++)
        s = look_at_rows(c, f->paths[i], f->bytes[i], out);
    return s;
}

static stint_status look_at_parquet(ctx *c, const source *s, const source_files *f,
                                    source_facts *out, int *texts)
{
    child ch;
    json_t *done = NULL;
    TRY(start(c, s, f, &(request){.memory_bytes = memory_total_bytes() / 2}, &ch));
    stint_status status = job_wait(c, "ingest", &ch, NULL, NULL, &done, NULL);
    out->columns = (int)json_integer_value(json_object_get(done, "columns"));
    *texts = (int)json_integer_value(json_object_get(done, "texts"));
    out->rows = out->rows_low = out->rows_high = json_integer_value(json_object_get(done, "rows"));
    json_decref(done);
    return status;
}

static stint_status exact_facts(ctx *c, const char *path, hash128 fingerprint, source_facts *out)
{
    colfile f;
    TRY(colfile_open(c, path, &f));
    out->exact = true;
    out->columns = f.n_columns;
    out->rows = out->rows_low = out->rows_high = f.rows;
    out->colfile_bytes = f.map.size;
    hash_text(out->fingerprint, fingerprint);
    colfile_close(&f);
    return STINT_OK;
}

/* 8 bytes a cell, a dictionary of at most 4 MiB or the text itself, the header's entries. */
static int64_t colfile_bound(const source_facts *facts)
{
    int64_t chunks = facts->rows_high / COLFILE_CHUNK_ROWS + 2;
    int64_t texts = (int64_t)facts->columns << 22;
    return facts->rows_high * facts->columns * 8 + (texts < facts->bytes ? texts : facts->bytes) +
           chunks * facts->columns * 320 + 4096;
}

static stint_status sample_files(ctx *c, const source *s, const source_files *f, source_facts *out)
{
    char path[4096];
    source_key key;
    bool known;
    int held = -1;
    out->files = f->n;
    out->bytes = f->total;
    TRY(key_of(c, s, f, true, &key, &known));
    if (known)
        TRY(cache_find(c, KIND, key.key, path, sizeof path, &held));
    if (held >= 0) {
        stint_status status = exact_facts(c, path, key.fingerprint, out);
        lock_drop(held);
        return status;
    }
    source_shape shape = {.parquet = f->parquet, .bytes = f->total};
    TRY(f->parquet ? look_at_parquet(c, s, f, out, &shape.texts)
                   : look_at_csv(c, f, out, &shape.texts));
    shape.columns = out->columns;
    shape.rows =
        f->parquet ? out->rows : 2 * out->rows_high + 4096; /* no less than ingest expects */
    for (const char *const *text = s->text; text && *text; text++)
        shape.texts++;
    out->ingest_seconds = source_cost_seconds(f->total, f->n, f->parquet);
    out->ingest_bytes = source_cost_bytes(&shape, 1);
    out->ingest_most_bytes = source_cost_bytes(&shape, source_cost_threads(&shape, INT64_MAX));
    out->colfile_bytes = colfile_bound(out);
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
static stint_status check_unchanged(ctx *c, const source *s, const source_files *f,
                                    const source_key *key)
{
    source_key now;
    bool known;
    TRY(key_of(c, s, f, false, &now, &known));
    return hash_equal(now.key, key->key)
               ? STINT_OK
               : fail(c, STINT_EDATA, "%s: the data changed while it was read; run again", s->path);
}

/* *held keeps the column file in the cache until lock_drop. */
static stint_status ingest_files(ctx *c, const source *s, const source_files *f, request *r,
                                 ingest_result *out, int *held)
{
    char tmp[4096];
    source_key key;
    bool known;
    TRY(key_of(c, s, f, false, &key, &known));
    hash_text(out->fingerprint, key.fingerprint);
    TRY(cache_find(c, KIND, key.key, out->path, sizeof out->path, held));
    out->cached = *held >= 0;
    if (out->cached)
        return STINT_OK;
    TRY(cache_tmp(c, KIND, key.key, tmp, sizeof tmp));
    r->out = tmp;
    stint_status status = run_child(c, s, f, r, out);
    if (status == STINT_OK)
        status = check_unchanged(c, s, f, &key);
    if (status == STINT_OK)
        status = cache_put(c, KIND, key.key, tmp, out->path, sizeof out->path, held);
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
    return status;
}
