#include "data/source_files.h"
#include "data/cache.h"
#include "data/cache_record.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The key hashes what decides the column file's bytes: content and reading rules, and the
 * paths, since the column file's `extra` names them for messages. */

/* A file whose hash is not known is hashed for a look only when that is quick. */
#define LOOK_BYTES (INT64_C(64) << 20)

/* --- the files --------------------------------------------------------------------------------- */

static stint_status check_file(ctx *c, source_files *f, int i)
{
    struct stat st;
    const char *path = f->paths[i];
    uint8_t head[FORMAT_HEAD_BYTES];
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
    ssize_t n = pread(fd, head, sizeof head, 0);
    close(fd);
    const source_format *format = format_of(path, head, n > 0 ? n : 0);
    if (i > 0 && format != f->format)
        return fail(c, STINT_EDATA, "%s: is %s, where %s is %s: all files need one format", path,
                    format->called, f->paths[0], f->format->called);
    f->format = format;
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
stint_status files_open(ctx *c, const source *s, source_files *f)
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

/* --- what identifies them -------------------------------------------------------------------- */

static void add_list(hasher *h, const char *const *list)
{
    int64_t n = 0;
    while (list && list[n])
        n++;
    hash_add(h, &n, sizeof n);
    for (int64_t i = 0; i < n; i++)
        hash_add_text(h, list[i]);
}

/* What decides the bits; of a Bloom filter's key its digest alone. */
static void add_encoder(hasher *h, const bits_encoder *e)
{
    const int64_t numbers[] = {e->kind, e->width, e->hashes, e->strict};
    hash_add(h, numbers, sizeof numbers);
    hash_add_text(h, e->column);
    hash_add_text(h, e->digest ? e->digest : "");
    hash_add_text(h, e->alphabet ? e->alphabet : "");
}

static void add_rules(hasher *h, const source *s, const source_files *f)
{
    const int64_t rules[] = {COLFILE_FORMAT, COLFILE_CHUNK_ROWS, f->n};
    hash_add(h, rules, sizeof rules);
    hash_add_text(h, f->format->name);
    add_list(h, s->text);
    if (f->format->chooses) {
        add_list(h, s->want.keep);
        add_list(h, s->want.drop);
        add_list(h, s->want.always);
    }
    hash_add_text(h, s->dataset ? s->dataset : "");
    hash_add_text(h, s->sheet ? s->sheet : "");
    for (int i = 0; i < s->n_encoders; i++)
        add_encoder(h, &s->encoders[i]);
}

static stint_status add_content(ctx *c, hasher *h, const source_files *f, int i, bool known_only,
                                bool *known)
{
    hash128 content = {0};
    if (known_only && f->total > LOOK_BYTES)
        *known &= cache_file_hash_known(c, f->paths[i], &content);
    else
        TRY(cache_file_hash(c, f->paths[i], &content));
    hash_add(h, &content, sizeof content);
    return STINT_OK;
}

static stint_status add_stat(ctx *c, hasher *h, const source_files *f, int i, bool *known)
{
    char full[PATH_MAX];
    file_stat st;
    if (!realpath(f->paths[i], full))
        return fail_errno(c, "open", f->paths[i]);
    int64_t now = record_tick_ns();
    TRY(file_stat_of(c, f->paths[i], &st));
    *known &= record_is_settled(&st, now);
    const uint64_t facts[] = {st.device, st.inode, (uint64_t)st.size, (uint64_t)st.mtime_ns,
                              (uint64_t)st.ctime_ns};
    hash_add_text(h, full);
    hash_add(h, facts, sizeof facts);
    return STINT_OK;
}

stint_status files_key(ctx *c, const source *s, const source_files *f, bool known_only,
                       hash128 *key, bool *known)
{
    hasher *h = hash_begin(c);
    stint_status status = h ? STINT_OK : STINT_ENOMEM;
    *known = true;
    if (h)
        add_rules(h, s, f);
    for (int i = 0; status == STINT_OK && i < f->n; i++) {
        hash_add_text(h, f->paths[i]);
        status = f->format->lazy ? add_stat(c, h, f, i, known)
                                 : add_content(c, h, f, i, known_only, known);
    }
    *key = hash_end(h);
    return status;
}
