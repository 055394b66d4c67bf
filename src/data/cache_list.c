#include "base/json.h"
#include "data/cache.h"
#include "data/cache_files.h"
#include "data/cache_record.h"
#include "stint/data.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the cache holds, as text or JSON: a group for each kind, the least recently used first. */

typedef struct inventory {
    char dir[PATH_MAX];
    int64_t limit;
    cache_listing list; /* by kind */
} inventory;

static int by_kind(const void *a, const void *b)
{
    const cached *x = a, *y = b;
    int order = strcmp(x->kind, y->kind);
    if (order)
        return order;
    if (x->used_ns != y->used_ns)
        return x->used_ns < y->used_ns ? -1 : 1;
    return strcmp(x->path, y->path);
}

/* The words of stint_cache_list. */
static const char *record_state(const cached *f)
{
    char path[PATH_MAX];
    cache_record r;
    file_stat now;
    if (strcmp(f->kind, CACHE_SOURCES) == 0 && !f->has_file)
        return "source";
    if (!f->has_file)
        return "orphan";
    if (snprintf(path, sizeof path, "%s.ok", f->path) >= (int)sizeof path || !record_read(path, &r))
        return "missing";
    bool stands = file_stat_try(f->path, &now) && record_holds(&r, &now);
    return stands ? "stands" : "unconfirmed";
}

/* The end of the group of entries of one kind that begins at `from`, and their bytes. */
static int64_t group_end(const cache_listing *l, int64_t from, int64_t *bytes)
{
    int64_t to = from;
    *bytes = 0;
    while (to < l->files.n && strcmp(l->files.at[to].kind, l->files.at[from].kind) == 0)
        *bytes += l->files.at[to++].bytes;
    return to;
}

static void last_use(char out[32], const cached *f)
{
    clock_text_at(out, f->used_ns / 1000000000);
}

/* --- text ---------------------------------------------------------------------------------- */

static void entry_text(const cached *f, str *out)
{
    char size[STR_SIZE_SIZE], when[32];
    last_use(when, f);
    str_addf(out, "  %s  %10s  %s  %s%s\n", cached_key(f), str_format_bytes(size, f->bytes), when,
             record_state(f), cached_is_in_use(f) ? ", in use" : "");
}

static void list_text(const inventory *v, str *out)
{
    char size[STR_SIZE_SIZE], limit[STR_SIZE_SIZE];
    int64_t bytes;
    str_format_bytes(limit, v->limit);
    if (!v->list.files.n)
        str_addf(out, "%s is empty; it may hold %s\n", v->dir, limit);
    else
        str_addf(out, "%s holds %s of %s\n", v->dir, str_format_bytes(size, v->list.bytes), limit);
    for (int64_t i = 0, end; i < v->list.files.n; i = end) {
        end = group_end(&v->list, i, &bytes);
        str_addf(out, "\n%s: %lld file%s, %s\n", v->list.files.at[i].kind, (long long)(end - i),
                 end - i == 1 ? "" : "s", str_format_bytes(size, bytes));
        str_addf(out, "  %-32s  %10s  %-20s  %s\n", "key", "size", "last use", "record");
        for (int64_t k = i; k < end; k++)
            entry_text(&v->list.files.at[k], out);
    }
}

/* --- JSON ---------------------------------------------------------------------------------- */

static void entry_json(const cached *f, json_out *j)
{
    char when[32];
    last_use(when, f);
    emit_object(j, NULL);
    emit_string(j, "key", cached_key(f));
    emit_int(j, "bytes", f->bytes);
    emit_string(j, "last_use", when);
    emit_bool(j, "in_use", cached_is_in_use(f));
    emit_string(j, "record", record_state(f));
    emit_object_end(j);
}

static void group_json(const inventory *v, int64_t from, int64_t to, int64_t bytes, json_out *j)
{
    emit_object(j, NULL);
    emit_string(j, "kind", v->list.files.at[from].kind);
    emit_int(j, "files", to - from);
    emit_int(j, "bytes", bytes);
    emit_array(j, "entries");
    for (int64_t i = from; i < to; i++)
        entry_json(&v->list.files.at[i], j);
    emit_array_end(j);
    emit_object_end(j);
}

static void list_json(const inventory *v, str *out)
{
    int64_t bytes;
    json_out j = emit_begin(out, true);
    emit_object(&j, NULL);
    emit_string(&j, "dir", v->dir);
    emit_int(&j, "files", v->list.files.n);
    emit_int(&j, "bytes", v->list.bytes);
    emit_int(&j, "limit_bytes", v->limit);
    emit_array(&j, "kinds");
    for (int64_t i = 0, end; i < v->list.files.n; i = end) {
        end = group_end(&v->list, i, &bytes);
        group_json(v, i, end, bytes, &j);
    }
    emit_array_end(&j);
    emit_object_end(&j);
    str_add(out, "\n");
}

stint_status stint_cache_list(stint_context *c, bool json, stint_text *out)
{
    inventory v = {.limit = cache_limit(c)};
    str text;
    *out = (stint_text){0};
    TRY(cache_root(c, v.dir, sizeof v.dir));
    stint_status s = cache_listing_read(c, v.dir, &v.list);
    str_init(&text, c, TAG_CACHE);
    if (s == STINT_OK) {
        if (v.list.files.n)
            qsort(v.list.files.at, (size_t)v.list.files.n, sizeof *v.list.files.at, by_kind);
        (json ? list_json : list_text)(&v, &text);
        s = text_take(&text, out);
    }
    str_deinit(&text);
    cache_listing_free(&v.list);
    return s;
}
