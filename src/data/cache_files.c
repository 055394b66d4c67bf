#include "base/hash.h"
#include "base/os/os.h"
#include "data/cache_files.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KEY_DIGITS ((size_t)HASH_TEXT_SIZE - 1)

const char *cached_key(const cached *f)
{
    return path_name(f->path);
}

/* --- listing ------------------------------------------------------------------------------- */

typedef struct visit {
    ctx *ctx;
    cache_listing *list;
    const char *root, *kind;
    char making[HASH_TEXT_SIZE]; /* the last key with a temporary: its name comes before the
                                    record's, since names come sorted */
} visit;

/* Whatever does not begin with a key is not ours to remove. */
static bool begins_with_key(const char *name)
{
    return strspn(name, "0123456789abcdef") == KEY_DIGITS;
}

static void note_temporary(visit *v, const char *name)
{
    size_t n = strlen(name);
    if (n > 4 && strcmp(name + n - 4, ".tmp") == 0) {
        memcpy(v->making, name, KEY_DIGITS);
        v->making[KEY_DIGITS] = '\0';
    }
}

/* What of KEY and KEY.ok is there; false when both have just gone.  The record tells the time of
 * use. */
static bool look_at(const char *path, cached *out)
{
    char record[PATH_MAX];
    file_stat file, beside;
    out->has_file = file_stat_try(path, &file);
    out->has_record = snprintf(record, sizeof record, "%s.ok", path) < (int)sizeof record &&
                      file_stat_try(record, &beside);
    if (out->has_file)
        out->bytes = file.size;
    if (out->has_record)
        out->bytes += beside.size;
    if (out->has_file || out->has_record)
        out->used_ns = out->has_record ? beside.mtime_ns : file.mtime_ns;
    return out->has_file || out->has_record;
}

static stint_status add_cached(visit *v, const char *key)
{
    cached f = {.kind = v->kind, .is_being_made = strcmp(key, v->making) == 0};
    f.path = arena_printf(&v->list->names, "%s/%s/%s", v->root, v->kind, key);
    if (!f.path)
        return STINT_ENOMEM;
    if (strlen(f.path) + sizeof ".ok" > PATH_MAX || !look_at(f.path, &f))
        return STINT_OK;
    v->list->bytes += f.bytes;
    return vec_push(v->ctx, TAG_CACHE, &v->list->files, f);
}

/* KEY comes before KEY.ok: the record is listed alone only when there was no file. */
static stint_status visit_file(void *self, const char *name, bool is_dir)
{
    visit *v = self;
    char key[HASH_TEXT_SIZE];
    if (is_dir || !begins_with_key(name))
        return STINT_OK;
    memcpy(key, name, KEY_DIGITS);
    key[KEY_DIGITS] = '\0';
    bool is_record = strcmp(name + KEY_DIGITS, ".ok") == 0;
    const cached *last = v->list->files.n ? &v->list->files.at[v->list->files.n - 1] : NULL;
    bool is_listed = last && last->kind == v->kind && strcmp(cached_key(last), key) == 0;
    if ((!name[KEY_DIGITS] || is_record) && !is_listed)
        return add_cached(v, key);
    note_temporary(v, name);
    return STINT_OK;
}

static stint_status visit_kind(void *self, const char *name, bool is_dir)
{
    visit *v = self;
    char dir[PATH_MAX];
    if (!is_dir || snprintf(dir, sizeof dir, "%s/%s", v->root, name) >= (int)sizeof dir)
        return STINT_OK;
    v->kind = arena_strdup(&v->list->names, name);
    v->making[0] = '\0';
    return v->kind ? dir_list(v->ctx, dir, visit_file, v) : STINT_ENOMEM;
}

static int by_use(const void *a, const void *b)
{
    const cached *x = a, *y = b;
    if (x->used_ns != y->used_ns)
        return x->used_ns < y->used_ns ? -1 : 1;
    return strcmp(x->path, y->path);
}

stint_status cache_listing_read(ctx *c, const char *root, cache_listing *out)
{
    visit v = {.ctx = c, .list = out, .root = root};
    *out = (cache_listing){0};
    arena_init(&out->names, c, TAG_CACHE);
    if (!file_exists(root))
        return STINT_OK;
    TRY(dir_list(c, root, visit_kind, &v));
    if (out->files.n)
        qsort(out->files.at, (size_t)out->files.n, sizeof *out->files.at, by_use);
    return STINT_OK;
}

void cache_listing_free(cache_listing *l)
{
    vec_free(&l->files);
    arena_deinit(&l->names);
}

bool cached_is_in_use(const cached *f)
{
    return f->has_file && lock_is_held(f->path);
}

bool cached_is_orphan(const cached *f)
{
    return !f->has_file && !f->is_being_made && strcmp(f->kind, CACHE_SOURCES) != 0;
}

/* --- removing ------------------------------------------------------------------------------ */

/* No one can find the file while it is held alone, and a crash between the two leaves the
 * smaller one. */
static cached_fate remove_both(const cached *f)
{
    char record[PATH_MAX];
    int held = -1;
    if (file_exists(f->path) && !lock_alone(f->path, &held))
        return lock_is_held(f->path) ? CACHED_IN_USE : CACHED_STUCK;
    unlink(f->path);
    snprintf(record, sizeof record, "%s.ok", f->path);
    unlink(record);
    bool is_left = file_exists(f->path) || file_exists(record);
    lock_drop(held);
    return is_left ? CACHED_STUCK : CACHED_REMOVED;
}

void cache_remove(cache_listing *l, cached *f)
{
    f->fate = remove_both(f);
    if (f->fate == CACHED_REMOVED)
        l->bytes -= f->bytes;
}

void cache_trim(cache_listing *l, int64_t limit)
{
    for (int64_t i = 0; i < l->files.n && l->bytes > limit; i++)
        if (l->files.at[i].fate == CACHED_KEPT)
            cache_remove(l, &l->files.at[i]);
}
