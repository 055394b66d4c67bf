#include "train/saved.h"

#include "base/hash.h"
#include "base/mem.h"
#include "base/os/os.h"
#include "train/flow.h"

#include <string.h>

/* Checkpoints, one safetensors file each, replaced whole.
 *
 *     last.safetensors   the net's weights and states by their names; "train.…": the position, the
 *                        sums, the optimiser, the scaler, what the schedule observed, the identity
 *     best.safetensors   weights and states of the best epoch; which it was
 *
 * The best is written first.  A crash between the two leaves a best of an epoch that the last does
 * not know yet: that epoch is trained again, to the same bytes.  So the best is never behind the
 * last, and nothing needs the two to agree.  "train.sum" and "train.facts_sum" tell damage.
 *
 * Epochs may be much shorter than a sync takes, and much longer than one wants to lose.  So, unless
 * asked for by number of batches, a checkpoint is made where a second's work would be lost, and
 * fifty times what the last one took: */

static const double least_seconds = 1, least_cost = 50;

static stint_status add_facts(stint_trainer *t, items *all, const str *flow_text)
{
    TRY(saved_add_host(t, all, "train.position", STINT_F64, &t->at, POSITION_NUMBERS));
    TRY(saved_add_host(t, all, "train.observed", STINT_F64, t->observed.at, t->observed.n));
    TRY(saved_add_host(t, all, "train.identity", STINT_U8, t->identity,
                       (int64_t)strlen(t->identity)));
    TRY(saved_add_host(t, all, "train.flow", STINT_U8, flow_text->at, (int64_t)flow_text->len));
    return saved_add_sum(t, all, SAVED_FACTS_SUM);
}

/* ---- writing ---- */

static stint_status put_sum(stint_trainer *t, safetensors_writer *w, int n, hasher **sum)
{
    char text[HASH_TEXT_SIZE];
    hash_text(text, hash_end(*sum));
    *sum = hash_begin(t->ctx);
    TRY(safetensors_put(w, n, text, HASH_TEXT_SIZE - 1));
    return *sum ? STINT_OK : STINT_ENOMEM;
}

static stint_status put(stint_trainer *t, safetensors_writer *w, int n, const item *i, hasher **sum)
{
    const void *at = i->at;
    safetensor header = saved_header(i);
    size_t bytes = (size_t)safetensor_bytes(&header);
    if (!i->tensor && !i->at && i->count > 0)
        return put_sum(t, w, n, sum);
    if (i->tensor && !i->at) {
        TRY(stint_read(i->tensor, t->scratch, bytes));
        at = t->scratch;
    }
    hash_add_text(*sum, i->name);
    hash_add(*sum, at, bytes);
    return safetensors_put(w, n, at, i->tensor ? stint_tensor_count(i->tensor) : i->count);
}

static stint_status make_scratch(stint_trainer *t, const items *all)
{
    int64_t most = 1;
    for (int64_t i = 0; i < all->n; i++) {
        int64_t bytes = plan_tensor_bytes(all->at[i].tensor);
        most = bytes > most ? bytes : most;
    }
    if (t->scratch && mem_bytes(t->scratch) >= most)
        return STINT_OK;
    mem_free(t->scratch);
    t->scratch = mem_alloc(t->ctx, TAG_MODEL, (size_t)most);
    return t->scratch ? STINT_OK : STINT_ENOMEM;
}

static stint_status write_items(stint_trainer *t, const char *path, const items *all,
                                const safetensor *headers)
{
    safetensors_writer *w;
    TRY(make_scratch(t, all));
    hasher *sum = hash_begin(t->ctx);
    if (!sum)
        return STINT_ENOMEM;
    stint_status s = safetensors_begin(t->ctx, path, headers, (int)all->n, &w);
    bool begun = s == STINT_OK;
    for (int64_t i = 0; i < all->n && s == STINT_OK; i++)
        s = put(t, w, (int)i, &all->at[i], &sum);
    if (sum)
        (void)hash_end(sum);
    if (s == STINT_OK)
        return safetensors_end(w);
    if (begun)
        safetensors_abandon(w);
    return s;
}

static stint_status write_file(stint_trainer *t, const char *name, const items *all)
{
    char path[512];
    saved_path(t, name, path);
    safetensor *headers = mem_new(t->ctx, TAG_MODEL, safetensor, all->n);
    if (!headers)
        return STINT_ENOMEM;
    for (int64_t i = 0; i < all->n; i++)
        headers[i] = saved_header(&all->at[i]);
    stint_status s = write_items(t, path, all, headers);
    mem_free(headers);
    return s;
}

stint_status checkpoint_write_last(stint_trainer *t)
{
    items all = {0};
    str flow_text;
    if (!t->given.dir)
        return STINT_OK;
    double began = clock_seconds();
    TRY(sums_read(t));
    if (t->best_unsaved)
        TRY(checkpoint_write_best(t));
    TRY(logs_sync(t));
    str_init(&flow_text, t->ctx, TAG_MODEL);
    json_out j = emit_begin(&flow_text, false);
    if (t->flow)
        flow_emit(t->flow, &j);
    stint_status s = str_status(&flow_text);
    if (s == STINT_OK)
        s = saved_add_net(t, &all);
    if (s == STINT_OK)
        s = saved_add_steps(t, &all);
    if (s == STINT_OK)
        s = saved_add_sum(t, &all, SAVED_SUM);
    if (s == STINT_OK)
        s = add_facts(t, &all, &flow_text);
    if (s == STINT_OK)
        s = write_file(t, "last.safetensors", &all);
    vec_free(&all);
    str_deinit(&flow_text);
    t->saved_at = clock_seconds();
    t->save_seconds = t->saved_at - began;
    return s;
}

bool checkpoint_is_due(const stint_trainer *t)
{
    double worth = least_cost * t->save_seconds;
    return t->set.checkpoint_every == 0 &&
           clock_seconds() - t->saved_at >= (worth > least_seconds ? worth : least_seconds);
}

/* The net's names and shapes, with values that were set aside. */
static stint_status add_kept(stint_trainer *t, items *all)
{
    char *at = t->best_kept.at;
    TRY(saved_add_net(t, all));
    for (int64_t i = 0; at && i < all->n; i++) {
        all->at[i].at = at;
        at += plan_tensor_bytes(all->at[i].tensor);
    }
    return STINT_OK;
}

stint_status checkpoint_write_best(stint_trainer *t)
{
    items all = {0};
    if (!t->given.dir)
        return STINT_OK;
    stint_status s = add_kept(t, &all);
    if (s == STINT_OK)
        s = saved_add_sum(t, &all, SAVED_SUM);
    if (s == STINT_OK)
        s = saved_add_host(t, &all, "train.best", STINT_F64, &t->at.best, sizeof t->at.best / 8);
    if (s == STINT_OK)
        s = saved_add_host(t, &all, "train.identity", STINT_U8, t->identity,
                           (int64_t)strlen(t->identity));
    if (s == STINT_OK)
        s = write_file(t, "best.safetensors", &all);
    vec_free(&all);
    t->best_unsaved = false;
    return s;
}
