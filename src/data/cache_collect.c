#include "base/json.h"
#include "data/cache.h"
#include "data/cache_files.h"
#include "data/cache_room.h"
#include "stint/data.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

/* Collecting what the cache need not hold: temporaries of the dead, records without a file, then
 * the least recently used.  What was done is read from the fates in the listing. */

typedef struct collection {
    ctx *ctx;
    char dir[PATH_MAX];
    int64_t limit;
    cache_sum temporaries, orphans;
    cache_listing list;
} collection;

static void add_sum(cache_sum *to, cache_sum more)
{
    to->files += more.files;
    to->bytes += more.bytes;
}

static stint_status sweep_kind(void *self, const char *name, bool is_dir)
{
    collection *g = self;
    char dir[PATH_MAX];
    if (is_dir && snprintf(dir, sizeof dir, "%s/%s", g->dir, name) < (int)sizeof dir)
        add_sum(&g->temporaries, cache_sweep(dir));
    return STINT_OK;
}

static bool has_fate(const cached *f, cached_fate fate)
{
    return f->fate == fate && !(fate == CACHED_REMOVED && cached_is_orphan(f));
}

static cache_sum sum_of(const collection *g, cached_fate fate)
{
    cache_sum sum = {0};
    for (int64_t i = 0; i < g->list.files.n; i++)
        if (has_fate(&g->list.files.at[i], fate))
            add_sum(&sum, (cache_sum){1, g->list.files.at[i].bytes});
    return sum;
}

static int64_t files_left(const collection *g)
{
    return g->list.files.n - sum_of(g, CACHED_REMOVED).files - g->orphans.files;
}

static stint_status collect(collection *g)
{
    if (file_exists(g->dir))
        TRY(dir_list(g->ctx, g->dir, sweep_kind, g));
    TRY(cache_listing_read(g->ctx, g->dir, &g->list));
    for (int64_t i = 0; i < g->list.files.n; i++) {
        cached *f = &g->list.files.at[i];
        if (!cached_is_orphan(f))
            continue;
        cache_remove(&g->list, f);
        if (f->fate == CACHED_REMOVED)
            add_sum(&g->orphans, (cache_sum){1, f->bytes});
    }
    cache_trim(&g->list, g->limit);
    return STINT_OK;
}

/* --- text and JSON ------------------------------------------------------------------------- */

typedef struct fate_row {
    cached_fate fate;
    const char *title, *ending, *key;
} fate_row;

static const fate_row fates[] = {
    {CACHED_REMOVED, "removed", "", "removed"},
    {CACHED_IN_USE, "in use", ", stays", "in_use"},
    {CACHED_STUCK, "stuck", ", cannot be removed: check the permissions", "stuck"},
};
enum { FATES = sizeof fates / sizeof *fates };

static void sum_text(str *out, const char *title, cache_sum sum, const char *what,
                     const char *ending)
{
    char size[STR_SIZE_SIZE];
    str_addf(out, "%-8s %lld %s%s, %s%s\n", title, (long long)sum.files, what,
             sum.files == 1 ? "" : "s", str_format_bytes(size, sum.bytes), ending);
}

static void fate_text(const collection *g, const fate_row *row, str *out)
{
    char size[STR_SIZE_SIZE], when[32];
    cache_sum sum = sum_of(g, row->fate);
    if (sum.files || row->fate == CACHED_REMOVED)
        sum_text(out, row->title, sum, "file", row->ending);
    for (int64_t i = 0; i < g->list.files.n; i++) {
        const cached *f = &g->list.files.at[i];
        if (!has_fate(f, row->fate))
            continue;
        clock_text_at(when, f->used_ns / 1000000000);
        str_addf(out, "  %-8s %s  %10s  last used %s\n", f->kind, cached_key(f),
                 str_format_bytes(size, f->bytes), when);
    }
}

static void collect_text(const collection *g, str *out)
{
    char size[STR_SIZE_SIZE];
    for (int i = 0; i < FATES; i++)
        fate_text(g, &fates[i], out);
    if (g->temporaries.files)
        sum_text(out, "swept", g->temporaries, "temporary file", ", of dead processes");
    if (g->orphans.files)
        sum_text(out, "swept", g->orphans, "record", ", without a file");
    sum_text(out, "left", (cache_sum){files_left(g), g->list.bytes}, "file", "");
    str_addf(out, "limit    %s, of %s\n", str_format_bytes(size, g->limit), g->dir);
}

static void sum_json(json_out *j, const char *key, cache_sum sum)
{
    emit_object(j, key);
    emit_int(j, "files", sum.files);
    emit_int(j, "bytes", sum.bytes);
    emit_object_end(j);
}

static void fate_json(const collection *g, const fate_row *row, json_out *j)
{
    char when[32];
    emit_array(j, row->key);
    for (int64_t i = 0; i < g->list.files.n; i++) {
        const cached *f = &g->list.files.at[i];
        if (!has_fate(f, row->fate))
            continue;
        clock_text_at(when, f->used_ns / 1000000000);
        emit_object(j, NULL);
        emit_string(j, "kind", f->kind);
        emit_string(j, "key", cached_key(f));
        emit_int(j, "bytes", f->bytes);
        emit_string(j, "last_use", when);
        emit_object_end(j);
    }
    emit_array_end(j);
}

static void collect_json(const collection *g, str *out)
{
    json_out j = emit_begin(out, true);
    emit_object(&j, NULL);
    emit_string(&j, "dir", g->dir);
    emit_int(&j, "limit_bytes", g->limit);
    for (int i = 0; i < FATES; i++)
        fate_json(g, &fates[i], &j);
    sum_json(&j, "temporaries", g->temporaries);
    sum_json(&j, "orphan_records", g->orphans);
    sum_json(&j, "left", (cache_sum){files_left(g), g->list.bytes});
    emit_object_end(&j);
    str_add(out, "\n");
}

stint_status stint_cache_collect(stint_context *c, const char *limit, bool json, stint_text *out)
{
    collection g = {.ctx = c, .limit = cache_limit(c)};
    str text;
    *out = (stint_text){0};
    if (limit && !str_parse_bytes(limit, &g.limit))
        return fail(c, STINT_EUSAGE,
                    "the cache's limit: \"%s\" is not a size; write for example 2GiB", limit);
    TRY(cache_root(c, g.dir, sizeof g.dir));
    stint_status s = collect(&g);
    str_init(&text, c, TAG_CACHE);
    if (s == STINT_OK) {
        (json ? collect_json : collect_text)(&g, &text);
        s = text_take(&text, out);
    }
    int64_t stuck = sum_of(&g, CACHED_STUCK).files;
    if (s == STINT_OK && stuck)
        s = fail(
            c, STINT_EIO,
            "%s: %lld of its files cannot be removed: check the permissions of its directories",
            g.dir, (long long)stuck);
    str_deinit(&text);
    cache_listing_free(&g.list);
    return s;
}
