#include "data/derive.h"

#include "data/cache.h"
#include "data/derive_columns.h"
#include "data/derive_write.h"
#include "data/filter.h"
#include "data/resample.h"
#include "data/series_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Two steps, each from a column file to a column file of the cache: put on the clock, then
 * columns.  The first alone is the whole where there are no formulas, and stays useful when only
 * formulas change. */

bool derive_is_needed(const derive_settings *s)
{
    return s->every > 0 || s->n_columns > 0;
}

stint_status derive_check(ctx *c, const colfile *in, const derive_settings *s)
{
    series_rows rows;
    TRY(series_rows_open(c, in, s->group, s->time, false, &rows));
    series_rows_close(&rows);
    return STINT_OK;
}

/* --- what it takes ------------------------------------------------------------------------------- */

/* The rows that a formula's windows hold: no more than the numbers that are written in it. */
static int64_t window_rows(const char *formula)
{
    double sum = 0;
    for (const char *s = formula; *s;) {
        char *end = (char *)s + 1;
        if (*s >= '0' && *s <= '9')
            sum += strtod(s, &end); /* 1e5 is one too */
        s = end;
    }
    return sum < 4 * FORMULA_WINDOW_MOST ? (int64_t)sum : 4 * FORMULA_WINDOW_MOST;
}

/* A run of a formula: its buffers, of which a level takes at most two, and states; and what a filter
 * of whole series works in. */
static int64_t formula_bytes(const char *formula)
{
    int64_t buffers = (2 * FORMULA_DEPTH_MOST + 2) * (int64_t)FORMULA_BLOCK * 9;
    int64_t nodes = FORMULA_NODES_MOST * (int64_t)(sizeof(formula_node) + sizeof(formula_column));
    int64_t work = strstr(formula, "savgol") ? savgol_work(SAVGOL_WINDOW_MOST) * 8 : 0;
    int64_t texts = COLFILE_CHUNK_ROWS * 8; /* of a column read as time */
    return buffers + nodes + work + texts + window_rows(formula) * 16 + 65536;
}

int64_t derive_bytes(const derive_settings *s, int columns, int threads)
{
    int64_t most = 0, parsed = 0;
    for (int k = 0; k < s->n_columns; k++) {
        int64_t bytes = formula_bytes(s->columns[k].formula);
        most = bytes > most ? bytes : most;
        parsed += (int64_t)strlen(s->columns[k].formula) * 160 + 4096;
    }
    int64_t writing = derived_write_bytes(columns + s->n_columns);
    int64_t making = most * (threads > 0 ? threads : 1) + series_rows_bytes();
    return parsed + (writing > making ? writing : making) + ((int64_t)1 << 18);
}

/* Columns are copied at about a gigabyte a second; an operation of a formula takes some
 * nanoseconds a row, and about every third byte of its text is one. */
double derive_seconds(const derive_settings *s, int columns, int64_t rows)
{
    double operations = 0, copies = (columns + s->n_columns) * (s->every > 0 ? 3 : 1);
    for (int k = 0; k < s->n_columns; k++)
        operations += 2 + (double)strlen(s->columns[k].formula) / 3;
    return 0.003 + (double)rows * (copies * 8e-9 + operations * 5e-9);
}

int64_t derive_disk_bytes(const derive_settings *s, int columns, int64_t rows)
{
    int64_t resampled = s->every > 0 ? 2 * columns + 2 : 0;
    int64_t made = s->n_columns > 0 ? columns + 3 * s->n_columns + 2 : 0;
    return rows * 8 * (resampled + made) + (columns + s->n_columns) * INT64_C(1024) + 65536;
}

/* --- keys ------------------------------------------------------------------------------------------- */

static stint_status resample_key(ctx *c, const char *fingerprint, const char *extra,
                                 const derive_settings *s, hash128 *out)
{
    char text[64];
    hasher *h = hash_begin(c);
    if (!h)
        return STINT_ENOMEM;
    str_print(text, sizeof text, "resample 1 %d %a %d %d", COLFILE_FORMAT, s->every, s->by,
              s->fill);
    hash_add_text(h, text);
    hash_add_text(h, fingerprint);
    hash_add_text(h, extra);
    hash_add_text(h, s->group);
    hash_add_text(h, s->time);
    *out = hash_end(h);
    return STINT_OK;
}

static stint_status columns_key(ctx *c, const char *fingerprint, const char *extra, bool resampled,
                                const derive_settings *s, hash128 *out)
{
    char text[64];
    hasher *h = hash_begin(c);
    if (!h)
        return STINT_ENOMEM;
    str_print(text, sizeof text, "columns 1 %d %d %llu", COLFILE_FORMAT, resampled,
              (unsigned long long)s->seed);
    hash_add_text(h, text);
    hash_add_text(h, fingerprint);
    hash_add_text(h, extra);
    hash_add_text(h, s->group);
    hash_add_text(h, s->time);
    for (int k = 0; k < s->n_columns; k++) {
        hash_add_text(h, s->columns[k].name);
        hash_add_text(h, s->columns[k].formula);
    }
    *out = hash_end(h);
    return STINT_OK;
}

/* --- where rows came from, for messages ---------------------------------------------------------- */

/* The input's, which has the same rows, and how many columns it has. */
static stint_status same_extra(ctx *c, const colfile *in, str *out)
{
    json_t *own = in->extra ? json_copy(in->extra) : json_object();
    bool made = own && (json_object_get(own, "columns") ||
                        json_object_set_new(own, "columns", json_integer(in->n_columns)) == 0);
    char *text = made ? json_dumps(own, JSON_COMPACT) : NULL;
    str_add(out, text ? text : "");
    free(text);
    json_decref(own);
    return text ? str_status(out)
                : fail(c, STINT_ENOMEM, "no memory for the columns' origin, %d of them",
                       in->n_columns);
}

/* --- steps --------------------------------------------------------------------------------------------- */

typedef struct step {
    ctx *ctx;
    const colfile *in;
    const derive_settings *settings;
    pool *pool;
    bool clock;     /* resample; else columns */
    bool resampled; /* `in` is */
    str extra;
    hash128 key;
} step;

static stint_status step_describe(step *t, const char *fingerprint)
{
    TRY(t->clock ? derived_extra(t->in, "resampled", &t->extra)
                 : same_extra(t->ctx, t->in, &t->extra));
    return t->clock
               ? resample_key(t->ctx, fingerprint, t->extra.at, t->settings, &t->key)
               : columns_key(t->ctx, fingerprint, t->extra.at, t->resampled, t->settings, &t->key);
}

static stint_status step_make(const step *t, char *path, size_t size, int *held)
{
    char tmp[4096];
    TRY(cache_tmp(t->ctx, "derived", t->key, tmp, sizeof tmp));
    TRY(t->clock ? resample_write(t->ctx, t->in, t->settings, tmp, t->extra.at, t->pool)
                 : derive_columns_write(t->ctx, t->in, t->settings, t->resampled, tmp, t->extra.at,
                                        t->pool));
    stint_status s = cache_put(t->ctx, "derived", t->key, tmp, path, size, held);
    if (s != STINT_OK)
        unlink(tmp);
    return s;
}

static stint_status step_find_or_make(const step *t, char *path, size_t size, colfile *out)
{
    int held;
    TRY(cache_find(t->ctx, "derived", t->key, path, size, &held));
    if (held < 0)
        TRY(step_make(t, path, size, &held));
    stint_status s = colfile_open(t->ctx, path, out);
    lock_drop(held);
    return s;
}

static stint_status all_columns(ctx *c, const colfile *f, char out[HASH_TEXT_SIZE])
{
    int *columns = mem_new(c, TAG_TABLE, int, f->n_columns);
    for (int i = 0; columns && i < f->n_columns; i++)
        columns[i] = i;
    stint_status s = columns ? colfile_fingerprint(c, f, columns, f->n_columns, out) : STINT_ENOMEM;
    mem_free(columns);
    return s;
}

static stint_status step_open(step *t, const char *fingerprint, char made[HASH_TEXT_SIZE],
                              char *path, size_t size, colfile *out)
{
    str_init(&t->extra, t->ctx, TAG_TABLE);
    stint_status s = step_describe(t, fingerprint);
    if (s == STINT_OK)
        s = step_find_or_make(t, path, size, out);
    str_deinit(&t->extra);
    TRY(s);
    s = all_columns(t->ctx, out, made);
    if (s != STINT_OK)
        colfile_close(out);
    return s;
}

stint_status derive_open(ctx *c, const colfile *in, const char *fingerprint,
                         const derive_settings *s, pool *p, char made[HASH_TEXT_SIZE], char *path,
                         size_t size, colfile *out)
{
    step first = {.ctx = c, .in = in, .settings = s, .pool = p, .clock = true};
    step second = {.ctx = c, .in = in, .settings = s, .pool = p};
    colfile clocked;
    if (s->every <= 0)
        return step_open(&second, fingerprint, made, path, size, out);
    if (s->n_columns == 0)
        return step_open(&first, fingerprint, made, path, size, out);
    TRY(step_open(&first, fingerprint, made, path, size, &clocked));
    second.in = &clocked;
    second.resampled = true;
    char between[HASH_TEXT_SIZE];
    memcpy(between, made, sizeof between);
    stint_status status = step_open(&second, between, made, path, size, out);
    colfile_close(&clocked);
    return status;
}
