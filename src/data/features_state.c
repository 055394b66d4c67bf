#include "data/cache.h"
#include "data/features_impl.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* States as a file of the cache:
 *
 *     [ magic | plan's key | sets | doubles in a state ]  64 bytes
 *     [ sets ][ doubles ]                                 doubles */

typedef struct states_head {
    char magic[16];
    hash128 plan;
    int64_t sets, stride;
    int64_t reserved[2];
} states_head;

static const char states_magic[16] = "stint features1";

static states_head head_of(const features *f, int sets)
{
    states_head head = {.plan = f->key, .sets = sets, .stride = features_state_doubles(f)};
    memcpy(head.magic, states_magic, sizeof head.magic);
    return head;
}

static stint_status states_key(ctx *c, const features *f, hash128 key, bool standard, hash128 *out)
{
    hasher *h = hash_begin(c);
    uint8_t wanted = standard && f->scale == SCALE_STANDARD;
    if (!h)
        return STINT_ENOMEM;
    hash_add_text(h, states_magic);
    hash_add(h, &f->key, sizeof f->key);
    hash_add(h, &key, sizeof key);
    hash_add(h, &wanted, sizeof wanted);
    *out = hash_end(h);
    return STINT_OK;
}

/* --- making --------------------------------------------------------------------------------- */

static stint_status states_write(ctx *c, const char *path, const features *f, int sets,
                                 const double *states)
{
    states_head head = head_of(f, sets);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0)
        return fail_errno(c, "create", path);
    stint_status s = file_pwrite(c, fd, path, &head, sizeof head, 0);
    if (s == STINT_OK)
        s = file_pwrite(c, fd, path, states, (size_t)(head.sets * head.stride) * sizeof *states,
                        sizeof head);
    if (s == STINT_OK)
        s = file_sync(c, fd, path);
    close(fd);
    return s;
}

static stint_status states_make(ctx *c, const features *f, const split *s, hash128 key,
                                bool standard, pool *p, char *path, size_t size, int *held)
{
    char tmp[4096];
    int sets = s->folds + 1;
    TRY(cache_tmp(c, "features", key, tmp, sizeof tmp));
    double *states = mem_new(c, TAG_TABLE, double, sets *features_state_doubles(f) + 1);
    stint_status status = states ? features_fit(c, f, s, standard, p, states) : STINT_ENOMEM;
    if (status == STINT_OK)
        status = states_write(c, tmp, f, sets, states);
    mem_free(states);
    if (status == STINT_OK)
        status = cache_put(c, "features", key, tmp, path, size, held);
    if (status != STINT_OK)
        unlink(tmp);
    return status;
}

/* --- opening --------------------------------------------------------------------------------- */

stint_status features_states_open(ctx *c, const features *f, const split *s, hash128 key,
                                  bool standard, pool *p, features_states *out)
{
    char path[4096] = "";
    hash128 own;
    int held = -1;
    *out = (features_states){.lock = -1};
    if (features_need_fit(f, standard)) {
        TRY(states_key(c, f, key, standard, &own));
        TRY(cache_find(c, "features", own, path, sizeof path, &held));
        if (held < 0)
            TRY(states_make(c, f, s, own, standard, p, path, sizeof path, &held));
    }
    stint_status status = features_states_open_file(c, path, f, s->folds, out);
    lock_drop(held);
    return status;
}

stint_status features_states_open_file(ctx *c, const char *path, const features *f, int folds,
                                       features_states *out)
{
    *out = (features_states){.lock = -1};
    if (!path[0])
        return STINT_OK;
    states_head head = head_of(f, folds + 1);
    snprintf(out->path, sizeof out->path, "%s", path);
    TRY(lock_share(c, path, &out->lock));
    stint_status s = map_open(c, path, &out->map);
    if (s == STINT_OK && (out->map.size != (int64_t)sizeof head + head.sets * head.stride * 8 ||
                          memcmp(out->map.at, &head, sizeof head) != 0))
        s = fail(c, STINT_EDATA, "%s: not the states of these features in %d folds", path, folds);
    if (s != STINT_OK) {
        features_states_close(out);
        return s;
    }
    out->stride = head.stride;
    out->at = (const double *)(out->map.at + sizeof head);
    return STINT_OK;
}

void features_states_close(features_states *s)
{
    map_close(&s->map);
    lock_drop(s->lock);
    *s = (features_states){.lock = -1};
}
