#include "data/pack.h"

#include "data/cache.h"
#include "data/features_impl.h"
#include "data/pack_impl.h"
#include "data/spread.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Packs in the cache: what decides their bytes, and making what is not there. */

static const char pack_kind[] = "packs";

static stint_status pack_key(ctx *c, const table *t, hash128 key, const pack_settings *s,
                             hash128 *out)
{
    hasher *h = hash_begin(c);
    hash128 features = features_settings_key(t->features);
    int64_t numbers[] = {
        PACK_FORMAT,  s->set,           s->standardise, t->kind,
        t->n_targets, table_outputs(t), t->n_classes,   features_scale(t->features)};
    if (!h)
        return STINT_ENOMEM;
    hash_add_text(h, pack_kind);
    hash_add(h, &key, sizeof key);
    hash_add(h, &features, sizeof features);
    hash_add(h, numbers, sizeof numbers);
    hash_add(h, &t->period, sizeof t->period);
    for (int i = 0; i < t->n_targets; i++)
        hash_add_text(h, table_target_name(t, i));
    for (int i = 0; i < t->n_classes; i++)
        hash_add_text(h, t->classes[i]);
    for (int i = 0; i < t->n_labels; i++)
        hash_add_text(h, t->labels[i]);
    hash_add_text(h, s->group ? s->group : "");
    *out = hash_end(h);
    return STINT_OK;
}

/* --- making --------------------------------------------------------------------------------- */

static void count_rows(const table *t, const pack_settings *s, pack *p)
{
    const split *parts = t->split;
    for (int part = 0; part <= parts->parts; part++) {
        int64_t n = parts->part_rows[part];
        p->rows += n;
        p->n_train += split_trains(parts, s->set, part) ? n : 0;
        p->n_held_out += s->set < parts->folds && part == split_held_out(parts, s->set) ? n : 0;
        p->n_test += part == parts->parts ? n : 0;
    }
}

/* Is the feature one bit of a column of packed bits, 0 or 1 as a model sees it? */
static bool is_bit(const table *t, int feature)
{
    const features *f = t->features;
    bool as_it_is = f->scale == SCALE_NONE || f->scale == SCALE_STANDARD;
    return as_it_is && feature < f->n_base && f->terms[f->term_of[feature]].op->packed;
}

/* Packed bits stand behind the rest, both in the table's order. */
int64_t pack_order(const table *t, int *order)
{
    int n = 0;
    for (int i = 0; i < t->n_features; i++)
        if (!is_bit(t, i))
            order[n++] = i;
    int64_t dense = n;
    for (int i = 0; i < t->n_features; i++)
        if (is_bit(t, i))
            order[n++] = i;
    return dense;
}

static stint_status pack_fill(ctx *c, const table *t, const double *state, const pack_settings *s,
                              pool *workers, pack_target to)
{
    pack p = {.kind = t->kind, .outputs = table_outputs(t)};
    pack_scaling k = {.order = mem_new(c, TAG_TABLE, int, t->n_features),
                      .shift = mem_new(c, TAG_TABLE, double, t->n_features),
                      .scale = mem_new(c, TAG_TABLE, double, t->n_features),
                      .y_shift = mem_new(c, TAG_TABLE, double, p.outputs),
                      .y_scale = mem_new(c, TAG_TABLE, double, p.outputs)};
    bool whole = k.order && k.shift && k.scale && k.y_shift && k.y_scale;
    stint_status status = whole ? STINT_OK : STINT_ENOMEM;
    if (whole) {
        count_rows(t, s, &p);
        p.features = pack_order(t, k.order);
        p.bits = t->n_features - p.features;
        p.bits_bytes = (p.bits + 7) / 8;
        for (int i = 0; i < t->n_features; i++)
            k.scale[i] = 1;
        for (int64_t i = 0; i < p.outputs; i++)
            k.y_scale[i] = 1;
        status = pack_scales(c, t, state, s, workers, &p, &k);
    }
    if (status == STINT_OK)
        status = pack_write(c, t, state, s, workers, &p, &k, to);
    mem_free(k.order);
    mem_free(k.shift);
    mem_free(k.scale);
    mem_free(k.y_shift);
    mem_free(k.y_scale);
    return status;
}

static stint_status pack_make(ctx *c, const table *t, const double *state, const pack_settings *s,
                              pool *workers, const char *tmp)
{
    int fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0)
        return fail_errno(c, "create", tmp);
    stint_status status = pack_fill(c, t, state, s, workers, (pack_target){fd, tmp});
    if (status == STINT_OK)
        status = file_sync(c, fd, tmp);
    close(fd);
    return status;
}

/* Two threads of one process that make one pack at once write the same bytes under names of their
 * own, as two processes do. */
static stint_status pack_put(ctx *c, const table *t, const double *state, const pack_settings *s,
                             pool *workers, hash128 key, char *path, size_t size, int *held)
{
    char tmp[4096], own[4200], end[32];
    TRY(cache_tmp(c, pack_kind, key, tmp, sizeof tmp));
    int n = snprintf(end, sizeof end, ".%d.tmp", (int)getpid());
    snprintf(own, sizeof own, "%.*s-%p%s", (int)strlen(tmp) - n, tmp, (void *)held, end);
    stint_status status = pack_make(c, t, state, s, workers, own);
    if (status == STINT_OK)
        status = cache_put(c, pack_kind, key, own, path, size, held);
    if (status != STINT_OK)
        unlink(own);
    return status;
}

stint_status pack_open(ctx *c, const table *t, const features_states *states, hash128 key,
                       const pack_settings *s, pool *workers, pack *out)
{
    pack_settings settled = *s;
    char path[4096] = "";
    hash128 own;
    int held = -1;
    const double *state = states && states->at ? states->at + s->set * states->stride : NULL;
    settled.standardise |= features_scale(t->features) == SCALE_STANDARD;
    *out = (pack){.lock = -1};
    TRY(pack_key(c, t, key, &settled, &own));
    TRY(cache_find(c, pack_kind, own, path, sizeof path, &held));
    if (held < 0)
        TRY(pack_put(c, t, state, &settled, workers, own, path, sizeof path, &held));
    stint_status status = pack_open_file(c, path, out);
    lock_drop(held);
    return status;
}

/* --- costs ------------------------------------------------------------------------------------ */

/* Making it, then reading it for the cache's hash. */
int64_t pack_bytes(int64_t features, int64_t outputs, int threads)
{
    int64_t columns = features + outputs, room = pack_room_rows(columns), hashing = 1 << 20;
    int64_t each = pack_room_bytes(features, outputs) + room * (columns * 5 + 20) + 2048 +
                   columns * (int64_t)sizeof(spread);
    int64_t making = threads * each + columns * (20 + (int64_t)sizeof(spread));
    return (making > hashing ? making : hashing) + 65536;
}

int64_t pack_disk_bytes(int64_t rows, int64_t features, int64_t outputs)
{
    return rows * (4 * (features + outputs) + 24) + 16 * (features + outputs) + 4096;
}
