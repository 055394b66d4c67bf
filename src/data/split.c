#include "data/split_impl.h"

#include "data/cache.h"

#include <string.h>
#include <unistd.h>

/* Opening a split: from the cache by the hash of all it depends on, else made, checked and put
 * there.  What the parts mean stands in the column file's extra:
 *
 *     {"kind":"time","folds":4,"parts":5,"notes":""} */

static const char *const kinds[] = {
    [SPLIT_RANDOM] = "random", [SPLIT_TIME] = "time", [SPLIT_COLUMN] = "column"};

enum { KINDS = sizeof kinds / sizeof kinds[0] };

/* --- memory --------------------------------------------------------------------------------- */

/* The most that is held at once is held with as many groups as rows: of each row its part,
 * stratum and place among its group's rows, of each group its start, and its random number while
 * the groups are put in order (1 + 4 + 4 + 4 + 8 + 4).  Then the levels of a column of classes,
 * and a chunk's buffers. */
int64_t split_bytes(int64_t rows)
{
    int64_t levels = rows < SPLIT_LEVELS ? rows : SPLIT_LEVELS;
    return rows * 25 + levels * 96 + COLFILE_CHUNK_ROWS * 32 + ((int64_t)1 << 18);
}

/* --- making --------------------------------------------------------------------------------- */

static bool given(const char *name)
{
    return name && name[0];
}

static stint_status parts_make(split_job *j)
{
    const split_settings *set = j->settings;
    bool random = set->kind == SPLIT_RANDOM;
    int64_t kept = 0;
    if (!random && set->stratify && set->stratify[0])
        return fail(j->ctx, STINT_EUSAGE,
                    "split.stratify.columns: parts by %s are not stratified; leave it out, or "
                    "set split.by: random",
                    set->kind == SPLIT_TIME ? "time" : "a column");
    TRY(split_rows_begin(j));
    for (int64_t i = 0; i < j->n; i++)
        kept += j->part[i] != SPLIT_NONE;
    if (kept == 0)
        return fail(j->ctx, STINT_EDATA, "no row is left to be split");
    if (given(set->group))
        TRY(split_groups_open(j));
    if (set->kind == SPLIT_TIME)
        TRY(split_by_time(j));
    else if (set->kind == SPLIT_COLUMN)
        TRY(split_by_column(j));
    else
        TRY(given(set->group) ? split_by_groups(j) : split_deal(j));
    mem_free(j->stratum);
    j->stratum = NULL;
    return split_check(j);
}

stint_status split_parts(split_job *j)
{
    ctx *c = j->ctx;
    const split_settings *set = j->settings;
    j->n = j->in->file->rows;
    j->strata = 1;
    j->folds = set->folds;
    j->parts = set->kind == SPLIT_TIME ? set->folds + 1 : set->folds;
    if (j->n >= UINT32_MAX)
        return fail(c, STINT_EDATA, "%lld rows are more than a split can hold", (long long)j->n);
    j->part = mem_new(c, TAG_SPLIT, uint8_t, j->n);
    j->values = mem_new(c, TAG_SPLIT, double, COLFILE_CHUNK_ROWS);
    j->cells = mem_new(c, TAG_SPLIT, uint64_t, COLFILE_CHUNK_ROWS);
    stint_status s = j->part && j->values && j->cells ? parts_make(j) : STINT_ENOMEM;
    mem_free(j->values);
    mem_free(j->cells);
    mem_free(j->stratum);
    mem_free(j->class_of);
    mem_free(j->group);
    if (s == STINT_OK)
        return s;
    mem_free(j->part);
    j->part = NULL;
    return s;
}

static stint_status parts_write(const split_job *j, const char *path)
{
    column_spec column = {.name = "part", .kind = COLUMN_NUMBER};
    int64_t *numbers = mem_new(j->ctx, TAG_SPLIT, int64_t, COLFILE_CHUNK_ROWS);
    colfile_writer *w = numbers ? colfile_create(j->ctx, path, &column, 1, j->n) : NULL;
    stint_status s = w ? STINT_OK : ctx_status(j->ctx);
    for (int64_t from = 0; s == STINT_OK && from < j->n; from += COLFILE_CHUNK_ROWS) {
        int64_t n = j->n - from < COLFILE_CHUNK_ROWS ? j->n - from : COLFILE_CHUNK_ROWS;
        for (int64_t i = 0; i < n; i++)
            numbers[i] = j->part[from + i];
        s = colfile_put(w, &(column_chunk){.integers = numbers}, n);
    }
    mem_free(numbers);
    str extra;
    str_init(&extra, j->ctx, TAG_SPLIT);
    json_out out = emit_begin(&extra, false);
    emit_object(&out, NULL);
    emit_string(&out, "kind", kinds[j->settings->kind]);
    emit_int(&out, "folds", j->folds);
    emit_int(&out, "parts", j->parts);
    emit_string(&out, "notes", j->notes);
    emit_object_end(&out);
    s = s == STINT_OK ? str_status(&extra) : s;
    if (s == STINT_OK)
        s = colfile_finish(w, extra.at);
    else if (w)
        colfile_abandon(w);
    str_deinit(&extra);
    return s;
}

static stint_status split_make(ctx *c, const split_input *in, const split_settings *set,
                               hash128 key, char *path, size_t size, int *held)
{
    char tmp[4096];
    split_job j = {.ctx = c, .in = in, .settings = set};
    TRY(cache_tmp(c, "split", key, tmp, sizeof tmp));
    TRY(split_parts(&j));
    stint_status s = parts_write(&j, tmp);
    mem_free(j.part);
    TRY(s);
    s = cache_put(c, "split", key, tmp, path, size, held);
    if (s != STINT_OK)
        unlink(tmp);
    return s;
}

/* --- what it depends on ---------------------------------------------------------------------- */

static bool looks_at_targets(const split_input *in, const split_settings *s)
{
    bool listed = s->stratify && s->stratify[0];
    return in->kind == TARGET_CLASS ||
           (in->kind != TARGET_LABELS && s->kind == SPLIT_RANDOM && s->bins > 0 && !listed);
}

static stint_status split_key(ctx *c, const split_input *in, const split_settings *s, hash128 *key)
{
    char text[256];
    hasher *h = hash_begin(c);
    if (!h)
        return STINT_ENOMEM;
    str_print(text, sizeof text, "split 2 %d %d %a %d %d %llu %d %d %d", COLFILE_FORMAT, s->kind,
              s->test, s->folds, s->bins, (unsigned long long)s->seed, s->duplicates,
              s->missing_class, in->rows != NULL);
    hash_add_text(h, text);
    hash_add_text(h, in->fingerprint);
    hash_add_text(h, s->group ? s->group : "");
    hash_add_text(h, s->column ? s->column : "");
    for (int i = 0; s->stratify && s->stratify[i]; i++)
        hash_add_text(h, s->stratify[i]);
    hash_add_text(h, "");
    if (looks_at_targets(in, s)) {
        str_print(text, sizeof text, "%d %a", in->kind, in->period);
        hash_add_text(h, text);
        for (int i = 0; i < in->n_targets; i++)
            hash_add_text(h, in->file->columns[in->targets[i]].name);
    }
    *key = hash_end(h);
    return STINT_OK;
}

/* --- opening -------------------------------------------------------------------------------- */

stint_status split_open(ctx *c, const split_input *in, const split_settings *s, split *out)
{
    char path[4096];
    hash128 key;
    int held;
    TRY(split_key(c, in, s, &key));
    TRY(cache_find(c, "split", key, path, sizeof path, &held));
    if (held < 0)
        TRY(split_make(c, in, s, key, path, sizeof path, &held));
    stint_status status = split_open_file(c, path, in->file->rows, out);
    lock_drop(held);
    return status;
}

/* What the parts mean; false when that is not as split.c writes it. */
static bool read_extra(split *s)
{
    const json_t *extra = s->file.extra;
    const char *kind = json_string_value(json_object_get(extra, "kind"));
    const char *notes = json_string_value(json_object_get(extra, "notes"));
    json_int_t folds = json_integer_value(json_object_get(extra, "folds"));
    json_int_t parts = json_integer_value(json_object_get(extra, "parts"));
    int k = 0;
    while (kind && k < KINDS && strcmp(kind, kinds[k]) != 0)
        k++;
    if (!kind || !notes || k == KINDS || folds < 1 || folds > SPLIT_FOLDS_MOST ||
        parts != folds + (k == SPLIT_TIME))
        return false;
    s->kind = (split_kind)k;
    s->folds = (int)folds;
    s->parts = (int)parts;
    str_print(s->notes, sizeof s->notes, "%s", notes);
    return true;
}

static stint_status count(ctx *c, split *s)
{
    for (int64_t chunk = 0; chunk < s->file.chunks; chunk++) {
        const uint8_t *parts = split_chunk(s, chunk);
        for (int64_t i = 0; i < colfile_chunk_rows(&s->file, chunk); i++) {
            if (parts[i] == SPLIT_NONE)
                continue;
            if (parts[i] > s->parts)
                return fail(c, STINT_EDATA, "%s: part %d of %d", s->path, parts[i], s->parts);
            s->part_rows[parts[i]]++;
            s->rows++;
        }
    }
    return STINT_OK;
}

stint_status split_open_file(ctx *c, const char *path, int64_t rows, split *out)
{
    *out = (split){0};
    TRY(colfile_open(c, path, &out->file));
    str_print(out->path, sizeof out->path, "%s", path);
    stint_status status = STINT_OK;
    if (out->file.rows != rows || out->file.n_columns != 1 || !read_extra(out))
        status = fail(c, STINT_EDATA, "%s: not a split of %lld rows", path, (long long)rows);
    for (int64_t chunk = 0; status == STINT_OK && chunk < out->file.chunks; chunk++)
        if (out->file.blocks[chunk].type != TYPE_U8)
            status = fail(c, STINT_EDATA, "%s: parts are not small numbers", path);
    if (status == STINT_OK)
        status = count(c, out);
    if (status != STINT_OK)
        split_close(out);
    return status;
}

void split_close(split *s)
{
    colfile_close(&s->file);
}

/* --- reading -------------------------------------------------------------------------------- */

const uint8_t *split_chunk(const split *s, int64_t chunk)
{
    return s->file.blocks[chunk].at;
}

int split_held_out(const split *s, int fold)
{
    return s->kind == SPLIT_TIME ? fold + 1 : fold;
}

bool split_trains(const split *s, int set, int part)
{
    if (part < 0 || part >= s->parts)
        return false;
    if (set == s->folds)
        return true;
    return s->kind == SPLIT_TIME ? part <= set : part != set;
}

int64_t split_train_rows(const split *s, int set)
{
    int64_t rows = 0;
    for (int part = 0; part < s->parts; part++)
        rows += split_trains(s, set, part) ? s->part_rows[part] : 0;
    return rows;
}
