#include "data/split.h"

#include "base/rng.h"
#include "data/cache.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Rows are numbered within their stratum in random order, and dealt to the parts so that
 * each part's share of every stratum is right to within one row:
 *
 *     rows of a stratum, shuffled:   t t f f f f f f f f     (test share 0.2)
 *     the f's, counted on over all strata, go to folds 0 1 2 … in turn
 *
 * Counting on over strata keeps the parts' sizes within one row of each other in all. */

typedef struct assignment {
    ctx *ctx;
    const colfile *file;
    const split_settings *settings;
    rng random;
    uint64_t *keys; /* [n] stratum, 22 random bits, row: 10 + 22 + 32 bits */
    uint8_t *parts; /* [n] */
    int64_t n;
} assignment;

/* A double's bits in an order that compares as unsigned numbers. */
static uint64_t ordered_bits(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits >> 63 ? ~bits : bits | (uint64_t)1 << 63;
}

static int by_number(const void *a, const void *b)
{
    uint64_t p = *(const uint64_t *)a, q = *(const uint64_t *)b;
    return (p > q) - (p < q);
}

/* By stratum, then by the row's whole random number. */
static int by_key(const void *a, const void *b, void *self)
{
    const assignment *as = self;
    uint64_t p = *(const uint64_t *)a, q = *(const uint64_t *)b;
    if (p >> 32 != q >> 32)
        return p < q ? -1 : 1;
    uint64_t x = rng_u64(as->random, p & UINT32_MAX), y = rng_u64(as->random, q & UINT32_MAX);
    return x != y ? (x > y) - (x < y) : (p > q) - (p < q);
}

/* Call with each chunk's targets as ordered numbers: out [n], in row order. */
static void target_numbers(const assignment *a, int target, int64_t chunk, double *values,
                           uint64_t *out)
{
    int64_t n = colfile_chunk_rows(a->file, chunk);
    colfile_read(a->file, target, chunk, 0, n, values, 1);
    for (int64_t i = 0; i < n; i++)
        out[i] = ordered_bits(values[i] == 0 ? 0 : values[i]);
}

/* Bin i starts at the value of rank n i / bins; equal values are in one bin: the last that
 * starts at or below them. */
static int stratum_of(const uint64_t *starts, int bins, uint64_t number)
{
    int low = 0, high = bins;
    while (high - low > 1) {
        int middle = (low + high) / 2;
        if (starts[middle] <= number)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static stint_status strata(assignment *a, int target)
{
    int bins = a->settings->bins;
    double *values = mem_new(a->ctx, TAG_SPLIT, double, COLFILE_CHUNK_ROWS);
    uint64_t *numbers = mem_new(a->ctx, TAG_SPLIT, uint64_t, COLFILE_CHUNK_ROWS);
    uint64_t *starts = mem_new(a->ctx, TAG_SPLIT, uint64_t, bins);
    bool whole = values && numbers && starts;
    for (int64_t chunk = 0; whole && chunk < a->file->chunks; chunk++)
        target_numbers(a, target, chunk, values, a->keys + chunk * COLFILE_CHUNK_ROWS);
    if (whole)
        qsort(a->keys, (size_t)a->n, sizeof *a->keys, by_number);
    for (int i = 0; whole && i < bins; i++)
        starts[i] = a->keys[a->n * i / bins];
    for (int64_t chunk = 0; whole && chunk < a->file->chunks; chunk++) {
        target_numbers(a, target, chunk, values, numbers);
        for (int64_t i = 0; i < colfile_chunk_rows(a->file, chunk); i++)
            a->keys[chunk * COLFILE_CHUNK_ROWS + i] = (uint64_t)stratum_of(starts, bins, numbers[i])
                                                      << 54;
    }
    mem_free(values);
    mem_free(numbers);
    mem_free(starts);
    return whole ? STINT_OK : STINT_ENOMEM;
}

/* How many test rows there are among the first i, rounded to nearest. */
static int64_t test_upto(double share, int64_t i)
{
    return (int64_t)((double)i * share + 0.5);
}

static void deal(assignment *a)
{
    int64_t in_folds = 0;
    double share = a->settings->test;
    for (int64_t i = 0; i < a->n; i++) {
        bool test = test_upto(share, i + 1) > test_upto(share, i);
        int part = test ? a->settings->folds : (int)(in_folds++ % a->settings->folds);
        a->parts[a->keys[i] & UINT32_MAX] = (uint8_t)part;
    }
}

static stint_status assign(assignment *a, int target)
{
    if (a->settings->bins > 0)
        TRY(strata(a, target));
    for (int64_t i = 0; i < a->n; i++)
        a->keys[i] |= rng_u64(a->random, (uint64_t)i) >> 42 << 32 | (uint64_t)i;
    qsort_r(a->keys, (size_t)a->n, sizeof *a->keys, by_key, a);
    deal(a);
    return STINT_OK;
}

static stint_status parts_write(assignment *a, const char *path)
{
    column_spec column = {.name = "part", .kind = COLUMN_NUMBER};
    int64_t *numbers = mem_new(a->ctx, TAG_SPLIT, int64_t, COLFILE_CHUNK_ROWS);
    colfile_writer *w = numbers ? colfile_create(a->ctx, path, &column, 1, a->n) : NULL;
    stint_status s = w ? STINT_OK : ctx_status(a->ctx);
    for (int64_t from = 0; s == STINT_OK && from < a->n; from += COLFILE_CHUNK_ROWS) {
        int64_t n = a->n - from < COLFILE_CHUNK_ROWS ? a->n - from : COLFILE_CHUNK_ROWS;
        for (int64_t i = 0; i < n; i++)
            numbers[i] = a->parts[from + i];
        s = colfile_put(w, &(column_chunk){.integers = numbers}, n);
    }
    mem_free(numbers);
    if (s == STINT_OK)
        return colfile_finish(w, NULL);
    if (w)
        colfile_abandon(w);
    return s;
}

/* Keys, as much again for the sort, parts, and a chunk's buffers. */
int64_t split_bytes(int64_t rows)
{
    return rows * 17 + COLFILE_CHUNK_ROWS * 32 + ((int64_t)1 << 16);
}

static stint_status split_make(ctx *c, const colfile *f, int target, const split_settings *settings,
                               hash128 key, char *path, size_t size, int *held)
{
    char tmp[4096];
    assignment a = {.ctx = c,
                    .file = f,
                    .settings = settings,
                    .n = f->rows,
                    .random = {settings->seed, RNG_SPLIT}};
    if (f->rows > UINT32_MAX)
        return fail(c, STINT_EDATA, "%lld rows are more than a split can hold", (long long)f->rows);
    a.keys = mem_new(c, TAG_SPLIT, uint64_t, f->rows);
    a.parts = mem_new(c, TAG_SPLIT, uint8_t, f->rows);
    stint_status s = a.keys && a.parts ? assign(&a, target) : STINT_ENOMEM;
    mem_free(a.keys);
    if (s == STINT_OK)
        s = cache_tmp(c, "split", key, tmp, sizeof tmp);
    if (s == STINT_OK)
        s = parts_write(&a, tmp);
    mem_free(a.parts);
    if (s != STINT_OK)
        return s;
    s = cache_put(c, "split", key, tmp, path, size, held);
    if (s != STINT_OK)
        unlink(tmp);
    return s;
}

static stint_status split_count(ctx *c, split *s, const split_settings *settings)
{
    for (int64_t chunk = 0; chunk < s->file.chunks; chunk++) {
        const uint8_t *parts = split_chunk(s, chunk);
        for (int64_t i = 0; i < colfile_chunk_rows(&s->file, chunk); i++) {
            if (parts[i] > s->folds)
                return fail(c, STINT_EDATA, "the cached split names part %d of %d", parts[i],
                            s->folds);
            s->part_rows[parts[i]]++;
        }
    }
    for (int part = 0; part < s->folds; part++)
        if (s->part_rows[part] == 0)
            return fail(
                c, STINT_EDATA,
                "split.folds: %d folds of %lld rows, %g of them for the test, leave fold %d empty; ask for fewer folds",
                s->folds, (long long)s->file.rows, settings->test, part);
    if (s->part_rows[s->folds] < 2)
        return fail(
            c, STINT_EDATA,
            "split.test: a share of %g of %lld rows leaves %lld for the test; it needs at least 2",
            settings->test, (long long)s->file.rows, (long long)s->part_rows[s->folds]);
    return STINT_OK;
}

static stint_status split_key(ctx *c, const char *fingerprint, const char *target,
                              const split_settings *s, hash128 *key)
{
    char text[256];
    hasher *h = hash_begin(c);
    if (!h)
        return STINT_ENOMEM;
    str_print(text, sizeof text, "split 1 %a %d %d %llu", s->test, s->folds, s->bins,
              (unsigned long long)s->seed);
    hash_add_text(h, text);
    hash_add_text(h, fingerprint);
    hash_add_text(h, s->bins > 0 ? target : "");
    *key = hash_end(h);
    return STINT_OK;
}

stint_status split_open(ctx *c, const colfile *f, const char *fingerprint, int target,
                        const split_settings *s, split *out)
{
    char path[4096];
    hash128 key;
    int held;
    TRY(split_key(c, fingerprint, f->columns[target].name, s, &key));
    TRY(cache_find(c, "split", key, path, sizeof path, &held));
    if (held < 0)
        TRY(split_make(c, f, target, s, key, path, sizeof path, &held));
    stint_status status = split_open_file(c, path, f->rows, s, out);
    lock_drop(held);
    return status;
}

stint_status split_open_file(ctx *c, const char *path, int64_t rows, const split_settings *s,
                             split *out)
{
    *out = (split){.folds = s->folds};
    TRY(colfile_open(c, path, &out->file));
    snprintf(out->path, sizeof out->path, "%s", path);
    stint_status status = STINT_OK;
    if (out->file.rows != rows || out->file.n_columns != 1)
        status = fail(c, STINT_EDATA, "%s: not a split of %lld rows", path, (long long)rows);
    for (int64_t chunk = 0; status == STINT_OK && chunk < out->file.chunks; chunk++)
        if (out->file.blocks[chunk].type != TYPE_U8)
            status = fail(c, STINT_EDATA, "%s: parts are not small numbers", path);
    if (status == STINT_OK)
        status = split_count(c, out, s);
    if (status != STINT_OK)
        split_close(out);
    return status;
}

void split_close(split *s)
{
    colfile_close(&s->file);
}

const uint8_t *split_chunk(const split *s, int64_t chunk)
{
    return s->file.blocks[chunk].at;
}
