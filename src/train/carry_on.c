#include "train/saved.h"

#include "base/hash.h"
#include "base/mem.h"
#include "base/os/os.h"
#include "train/flow.h"

#include <string.h>

/* Checkpoints read: first whose the directory is and where it stands, which decides how steps are
 * traced, then, into what the warm-up has made, the tensors. */

static bool alike(const safetensor *a, const safetensor *b)
{
    return a->dtype == b->dtype && a->axes == b->axes &&
           memcmp(a->shape, b->shape, sizeof a->shape[0] * (size_t)a->axes) == 0;
}

/* Is the last of n tensors the sum of the others? */
static stint_status check_sum(stint_trainer *t, const char *path, const safetensor *got, int64_t n)
{
    const safetensor *sum = &got[n - 1];
    char text[HASH_TEXT_SIZE];
    hasher *h = hash_begin(t->ctx);
    if (!h)
        return STINT_ENOMEM;
    for (int64_t i = 0; i < n - 1; i++) {
        hash_add_text(h, got[i].name);
        hash_add(h, got[i].at, (size_t)safetensor_bytes(&got[i]));
    }
    hash_text(text, hash_end(h));
    if (sum->dtype == STINT_U8 && sum->axes == 1 && sum->shape[0] == HASH_TEXT_SIZE - 1 &&
        memcmp(sum->at, text, HASH_TEXT_SIZE - 1) == 0)
        return STINT_OK;
    return fail(t->ctx, STINT_EDATA, "%s: is damaged: its values are not those that were written",
                path);
}

static stint_status take(stint_trainer *t, const char *path, const item *i, const safetensor *got)
{
    safetensor want = saved_header(i);
    if (!alike(&want, got))
        return fail(t->ctx, STINT_EDATA, "%s: \"%s\" has not the shape and dtype of this training",
                    path, i->name);
    if (i->tensor)
        return stint_write(i->tensor, got->at, (size_t)plan_tensor_bytes(i->tensor));
    memcpy(i->at, got->at, (size_t)safetensor_bytes(got));
    return STINT_OK;
}

static stint_status take_all(stint_trainer *t, const char *path, const items *all)
{
    file_map map;
    safetensor *got = mem_new(t->ctx, TAG_MODEL, safetensor, all->n + 1);
    if (!got)
        return STINT_ENOMEM;
    for (int64_t i = 0; i < all->n; i++)
        got[i].name = all->at[i].name;
    got[all->n].name = SAVED_SUM;
    stint_status s = safetensors_map(t->ctx, path, got, (int)all->n + 1, &map);
    if (s == STINT_OK) {
        s = check_sum(t, path, got, all->n + 1);
        for (int64_t i = 0; i < all->n && s == STINT_OK; i++)
            s = take(t, path, &all->at[i], &got[i]);
        map_close(&map);
    }
    mem_free(got);
    return s;
}

static stint_status take_flow(stint_trainer *t, const char *path, const safetensor *saved)
{
    if (!t->flow || saved->shape[0] == 0)
        return STINT_OK;
    json_t *j = json_parse(t->ctx, path, saved->at, (size_t)saved->shape[0]);
    if (!j)
        return ctx_status(t->ctx);
    stint_status s = flow_restore(t->flow, j);
    json_decref(j);
    return s;
}

static stint_status take_observed(stint_trainer *t, const safetensor *saved)
{
    for (int64_t i = 0; i < saved->shape[0]; i++) {
        double x;
        memcpy(&x, (const char *)saved->at + i * (int64_t)sizeof x, sizeof x);
        TRY(vec_push(t->ctx, TAG_MODEL, &t->observed, x));
        stint_schedule_observe(t->schedule, x);
    }
    return STINT_OK;
}

enum { FACT_POSITION, FACT_OBSERVED, FACT_IDENTITY, FACT_FLOW, FACT_SUM, FACTS };

static stint_status take_facts(stint_trainer *t, const char *path, const safetensor *facts)
{
    const safetensor *id = &facts[FACT_IDENTITY], *position = &facts[FACT_POSITION];
    static const stint_dtype dtypes[FACTS] = {STINT_F64, STINT_F64, STINT_U8, STINT_U8, STINT_U8};
    TRY(check_sum(t, path, facts, FACTS));
    for (int i = 0; i < FACTS; i++)
        if (facts[i].dtype != dtypes[i] || facts[i].axes != 1)
            return fail(t->ctx, STINT_EDATA, "%s: is no checkpoint of a trainer", path);
    TRY(identity_check(t, path, id->at, (size_t)id->shape[0]));
    if (position->shape[0] != POSITION_NUMBERS)
        return fail(t->ctx, STINT_EDATA, "%s: is of another version of this program", path);
    memcpy(&t->at, position->at, sizeof t->at);
    TRY(take_observed(t, &facts[FACT_OBSERVED]));
    return take_flow(t, path, &facts[FACT_FLOW]);
}

static stint_status read_facts(stint_trainer *t, const char *path)
{
    safetensor facts[FACTS] = {{.name = "train.position"},
                               {.name = "train.observed"},
                               {.name = "train.identity"},
                               {.name = "train.flow"},
                               {.name = SAVED_FACTS_SUM}};
    file_map map;
    TRY(safetensors_map(t->ctx, path, facts, FACTS, &map));
    stint_status s = take_facts(t, path, facts);
    map_close(&map);
    return s;
}

/* What was set aside, by way of the net's own tensors. */
static stint_status read_best(stint_trainer *t)
{
    char path[512];
    items all = {0};
    if (!t->best_kept.at || t->at.best.epoch < 0)
        return STINT_OK;
    saved_path(t, "best.safetensors", path);
    stint_status s = saved_add_net(t, &all);
    if (s == STINT_OK)
        s = take_all(t, path, &all);
    if (s == STINT_OK)
        s = kept_take(t, &t->best_kept);
    vec_free(&all);
    return s;
}

static stint_status read_steps(stint_trainer *t, const char *path)
{
    items all = {0};
    stint_status s = saved_add_net(t, &all);
    if (s == STINT_OK)
        s = saved_add_steps(t, &all);
    if (s == STINT_OK)
        s = take_all(t, path, &all);
    vec_free(&all);
    return s ? s : sums_read(t);
}

/* What is damaged stays where it is; what to do about it is the user's. */
static stint_status advise(stint_trainer *t, stint_status s)
{
    char said[1024];
    if (s != STINT_EDATA)
        return s;
    str_print(said, sizeof said, "%s", stint_message(t->ctx));
    stint_clear(t->ctx);
    return fail(t->ctx, s, "%s; put back a copy of it, or remove %s to train from the beginning",
                said, t->given.dir);
}

stint_status checkpoint_identify(stint_trainer *t, bool *found)
{
    char path[512];
    saved_path(t, "last.safetensors", path);
    *found = file_exists(path);
    return *found ? advise(t, read_facts(t, path)) : STINT_OK;
}

stint_status checkpoint_read(stint_trainer *t)
{
    char path[512];
    saved_path(t, "last.safetensors", path);
    stint_status s = read_best(t);
    return advise(t, s == STINT_OK ? read_steps(t, path) : s);
}
