#include "data/checks_impl.h"

#include "data/cache.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* One run: the columns are chosen; what is known of them comes from the cache; else the pass
 * looks at them, the verdicts are put there, and read back from it: so a result is the same
 * whether it was cached or not.
 *
 * The cached file is a column file.  Its extra:
 *
 *     {"rows": false, "rows_dropped": 0, "dropped": ["a"],
 *      "lines": [{"name": "types", "result": 0, "details": "…"}, …]}
 *
 * Without rows, which is the common case, it holds one row, which says nothing. */

enum { CHECKS_FORMAT = 1, LINES = 9 };

/* --- the key ------------------------------------------------------------------------------- */

static void hash_numbers(hasher *h, const checks_settings *s, const checks_input *in, unsigned only)
{
    const int32_t whole[] = {CHECKS_FORMAT,          COLFILE_FORMAT,
                             (int32_t)only,          (int32_t)in->kind,
                             (int32_t)s->types,      (int32_t)s->missing,
                             (int32_t)s->infinite,   (int32_t)s->outside,
                             (int32_t)s->duplicates, (int32_t)s->repeated_key,
                             (int32_t)s->constant,   (int32_t)s->outliers,
                             (int32_t)s->leakage};
    const double real[] = {s->constant_share, s->outlier_deviations, s->leakage_correlation};
    hash_add(h, whole, sizeof whole);
    hash_add(h, real, sizeof real);
}

/* Columns by name and role; candidates that are not looked at too, since some are left out. */
static stint_status checks_key(const checking *k, hash128 *out)
{
    hasher *h = hash_begin(k->ctx);
    if (!h)
        return STINT_ENOMEM;
    hash_add_text(h, k->in->fingerprint);
    hash_numbers(h, k->s, k->in, k->only);
    for (int i = 0; i < k->n_looks; i++) {
        const look *l = &k->looks[i];
        const unsigned char roles[] = {l->feature, l->target, l->key, l->category, l->ranged};
        hash_add_text(h, look_name(k, l));
        hash_add(h, roles, sizeof roles);
        hash_add(h, &l->low, sizeof l->low);
        hash_add(h, &l->high, sizeof l->high);
    }
    for (int i = 0; i < k->in->n_candidates; i++) {
        const unsigned char dropped = k->dropped[k->in->candidates[i]];
        hash_add_text(h, k->in->file->columns[k->in->candidates[i]].name);
        hash_add(h, &dropped, 1);
    }
    for (int i = 0; k->s->key && k->s->key[i]; i++)
        hash_add_text(h, k->s->key[i]);
    *out = hash_end(h);
    return STINT_OK;
}

/* --- out of the cache ---------------------------------------------------------------------- */

static stint_status take_lines(checks *out, const json_t *lines)
{
    size_t i;
    const json_t *line;
    out->n = (int)json_array_size(lines);
    out->at = arena_new(&out->arena, check, out->n + 1);
    json_array_foreach(lines, i, line)
    {
        const char *name = json_string_value(json_object_get(line, "name"));
        const char *details = json_string_value(json_object_get(line, "details"));
        if (!out->at)
            return STINT_ENOMEM;
        out->at[i] = (check){
            .name = arena_strdup(&out->arena, name ? name : ""),
            .result = (check_result)json_integer_value(json_object_get(line, "result")),
            .details = arena_strdup(&out->arena, details ? details : ""),
        };
        if (!out->at[i].name || !out->at[i].details)
            return STINT_ENOMEM;
    }
    return out->at ? STINT_OK : STINT_ENOMEM;
}

static stint_status take_dropped(checks *out, const json_t *dropped)
{
    size_t i;
    const json_t *name;
    out->n_dropped = (int)json_array_size(dropped);
    out->dropped = arena_new(&out->arena, const char *, out->n_dropped + 1);
    json_array_foreach(dropped, i, name)
    {
        const char *text = json_string_value(name);
        if (!out->dropped || !(out->dropped[i] = arena_strdup(&out->arena, text ? text : "")))
            return STINT_ENOMEM;
    }
    return out->dropped ? STINT_OK : STINT_ENOMEM;
}

/* The cache keeps what the file says; only this program writes it. */
static stint_status take_file(checking *k, const char *path)
{
    checks *out = k->out;
    TRY(colfile_open(k->ctx, path, &out->rows));
    const json_t *extra = out->rows.extra;
    bool rows = json_is_true(json_object_get(extra, "rows"));
    stint_status s = STINT_OK;
    if (!extra || (rows && (out->rows.rows != k->in->file->rows || out->rows.n_columns != 2)))
        s = fail(k->ctx, STINT_EDATA, "%s: not a result of checks: remove it, and it is made again",
                 path);
    if (s == STINT_OK)
        s = take_lines(out, json_object_get(extra, "lines"));
    if (s == STINT_OK)
        s = take_dropped(out, json_object_get(extra, "dropped"));
    if (s == STINT_OK)
        out->rows_dropped = json_integer_value(json_object_get(extra, "rows_dropped"));
    if (s == STINT_OK && rows)
        snprintf(out->path, sizeof out->path, "%s", path);
    else
        colfile_close(&out->rows);
    return s;
}

/* --- into the cache ------------------------------------------------------------------------ */

static void extra_write(const checking *k, bool rows, str *to)
{
    const colfile *f = k->in->file;
    json_out j = emit_begin(to, false);
    emit_object(&j, NULL);
    emit_bool(&j, "rows", rows);
    emit_int(&j, "rows_dropped", rows_left_out(k));
    emit_array(&j, "dropped");
    for (int i = 0; i < f->n_columns; i++)
        if (k->dropped[i])
            emit_string(&j, NULL, f->columns[i].name);
    emit_array_end(&j);
    emit_array(&j, "lines");
    for (int i = 0; i < k->out->n; i++) {
        emit_object(&j, NULL);
        emit_string(&j, "name", k->out->at[i].name);
        emit_int(&j, "result", k->out->at[i].result);
        emit_string(&j, "details", k->out->at[i].details);
        emit_object_end(&j);
    }
    emit_array_end(&j);
    emit_object_end(&j);
}

static stint_status checks_put(checking *k, hash128 key, bool rows, char *path, size_t size,
                               int *held)
{
    char tmp[4096] = "";
    str extra;
    str_init(&extra, k->ctx, TAG_TABLE);
    extra_write(k, rows, &extra);
    stint_status s = str_status(&extra);
    if (s == STINT_OK)
        s = cache_tmp(k->ctx, "checks", key, tmp, sizeof tmp);
    if (s == STINT_OK)
        s = rows_write(k, tmp, rows, extra.at);
    str_deinit(&extra);
    if (s == STINT_OK)
        s = cache_put(k->ctx, "checks", key, tmp, path, size, held);
    if (s != STINT_OK && tmp[0])
        unlink(tmp);
    return s;
}

/* --- looking ------------------------------------------------------------------------------- */

static bool looking_init(checking *k)
{
    ctx *c = k->ctx;
    const checks_settings *s = k->s;
    int64_t n = k->n_looks, words = (k->in->file->rows + 63) / 64;
    bool leakage = k->only & CHECK_STATISTICS && s->leakage != POLICY_IGNORE;
    bool classes = leakage && k->in->kind == TARGET_CLASS;
    k->facts = mem_new(c, TAG_TABLE, column_facts, n);
    k->suspects = mem_new(c, TAG_TABLE, suspect, n);
    k->pairs = leakage ? mem_new(c, TAG_TABLE, pair_sums, n * CHECK_TARGETS) : NULL;
    k->maps = classes ? mem_new(c, TAG_TABLE, class_map, n) : NULL;
    k->kept = mem_new(c, TAG_TABLE, uint64_t, words);
    k->out->at = arena_new(&k->out->arena, check, LINES);
    if (!k->facts || !k->suspects || !k->kept || !k->out->at || (leakage && !k->pairs) ||
        (classes && !k->maps))
        return false;
    memset(k->kept, 0xff, (size_t)words * sizeof *k->kept);
    if (k->in->file->rows % 64)
        k->kept[words - 1] = ((uint64_t)1 << k->in->file->rows % 64) - 1;
    return true;
}

static void looking_deinit(checking *k)
{
    row_hashes_close(k->keys);
    row_hashes_close(k->rows);
    mem_free(k->kept);
    mem_free(k->maps);
    mem_free(k->pairs);
    mem_free(k->suspects);
    mem_free(k->facts);
}

/* Cells beyond doubt first: an outlier among them, or a row that stands twice, is of no interest
 * while a cell is wrong. */
static stint_status look_at_all(checking *k, const char *scratch, bool *repeated)
{
    int64_t rows = k->in->file->rows;
    bool duplicates = k->only & CHECK_DUPLICATES;
    if (duplicates && k->s->duplicates != POLICY_IGNORE)
        TRY(row_hashes_open(k->ctx, scratch, "row-hashes", rows, &k->rows));
    if (duplicates && k->s->key && *k->s->key)
        TRY(row_hashes_open(k->ctx, scratch, "key-hashes", rows, &k->keys));
    if (k->only != CHECK_TYPES)
        TRY(checks_pass(k));
    TRY(checks_exact(k));
    return checks_judge(k, repeated);
}

static stint_status look_and_put(checking *k, const char *scratch, hash128 key, char *path,
                                 size_t size, int *held)
{
    bool repeated = false;
    stint_status s = looking_init(k) ? STINT_OK : STINT_ENOMEM;
    if (s == STINT_OK)
        s = look_at_all(k, scratch, &repeated);
    if (s == STINT_OK)
        s = checks_put(k, key, repeated || rows_left_out(k) > 0, path, size, held);
    looking_deinit(k);
    return s;
}

static stint_status find_or_look(checking *k, const char *scratch)
{
    char path[4096];
    hash128 key;
    int held;
    TRY(checks_choose(k));
    TRY(checks_key(k, &key));
    TRY(cache_find(k->ctx, "checks", key, path, sizeof path, &held));
    bool cached = held >= 0;
    if (!cached)
        TRY(look_and_put(k, scratch, key, path, sizeof path, &held));
    stint_status s = take_file(k, path);
    k->out->cached = cached;
    lock_drop(held);
    return s;
}

stint_status checks_run(ctx *c, const checks_input *in, const checks_settings *s,
                        const char *scratch, pool *p, checks *out)
{
    checking k = {.ctx = c, .in = in, .s = s, .pool = p, .out = out};
    int n = in->n_targets + in->file->n_columns;
    memset(out, 0, sizeof *out);
    arena_init(&out->arena, c, TAG_TABLE);
    k.only = in->only ? in->only : CHECK_ALL;
    k.looks = mem_new(c, TAG_TABLE, look, n);
    k.dropped = mem_new(c, TAG_TABLE, bool, n);
    stint_status status = k.looks && k.dropped ? find_or_look(&k, scratch) : STINT_ENOMEM;
    mem_free(k.dropped);
    mem_free(k.looks);
    if (status != STINT_OK)
        checks_close(out);
    return status;
}

void checks_close(checks *k)
{
    if (k->path[0])
        colfile_close(&k->rows);
    arena_deinit(&k->arena);
    memset(k, 0, sizeof *k);
}

/* --- bounds -------------------------------------------------------------------------------- */

/* What a column holds: in the whole, in each chunk of a wave, and its line and name. */
static int64_t column_bytes(void)
{
    int64_t facts = sizeof(column_facts) + CHECK_TARGETS * sizeof(pair_sums) + sizeof(class_map);
    return (CHECK_WAVE + 1) * facts + (int64_t)(sizeof(look) + sizeof(suspect)) + 2048;
}

int64_t checks_bytes(int columns, int64_t rows, int threads)
{
    int64_t chunks = rows / COLFILE_CHUNK_ROWS + 1;
    int64_t chunk = rows < COLFILE_CHUNK_ROWS ? rows : COLFILE_CHUNK_ROWS;
    int64_t thread = (1 + CHECK_TARGETS) * 2 * CHECK_BLOCK * 8 + 2 * chunk * 8 + 1024;
    int64_t exact = columns * (int64_t)sizeof(column_facts) + CHECK_BLOCK * 8 + 1024;
    int64_t writing = chunks * 1024 + 4 * COLFILE_CHUNK_ROWS * 8;
    int64_t counting = row_hashes_bytes(rows, threads) + 2 * 16384;
    return columns * column_bytes() + rows / 8 + threads * (thread > exact ? thread : exact) +
           (writing > counting ? writing : counting) + 2 * (int64_t)sizeof(checking) + 65536;
}

int64_t checks_disk_bytes(int64_t rows)
{
    int64_t scratch = 4 * 8 * rows, result = 9 * rows + rows / COLFILE_CHUNK_ROWS * 1024 + 65536;
    return scratch + result;
}
