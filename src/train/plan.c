#include "train/trainer.h"

#include "base/mem.h"
#include "graph/fn_impl.h"
#include "graph/graph.h"
#include "stint/fn.h"

/* What training holds besides batches: the tensors that change, and the traced steps with the slab
 * that they share. */

int64_t plan_tensor_bytes(const stint_tensor *x)
{
    return x ? stint_tensor_count(x) * (int64_t)stint_dtype_bytes(stint_tensor_dtype(x)) : 0;
}

/* ---- tensors that change ---- */

static stint_status note_tensors(stint_trainer *t)
{
    char name[64];
    if (t->state_moves)
        return STINT_OK;
    t->weights = stint_net_weights(t->net);
    t->states = stint_net_states(t->net);
    t->weight = arena_new(&t->arena, stint_tensor *, t->weights + 1);
    t->gradient = arena_new(&t->arena, stint_tensor *, t->weights + 1);
    t->state = arena_new(&t->arena, stint_tensor *, t->states + 1);
    t->state_copy = arena_new(&t->arena, stint_tensor *, t->states + 1);
    t->state_began = arena_new(&t->arena, stint_tensor *, t->states + 1);
    t->state_moves = arena_new(&t->arena, bool, t->states + 1);
    if (!t->weight || !t->gradient || !t->state || !t->state_copy || !t->state_began ||
        !t->state_moves)
        return STINT_ENOMEM;
    for (int i = 0; i < t->weights; i++)
        t->weight[i] = stint_net_weight(t->net, i, name, sizeof name);
    for (int i = 0; i < t->states; i++) {
        t->state[i] = stint_net_state(t->net, i, name, sizeof name);
        /* a generator moves on, whatever becomes of an update */
        t->state_moves[i] = stint_tensor_dtype(t->state[i]) != STINT_I64;
    }
    return STINT_OK;
}

static stint_tensor *zeros_like(stint_trainer *t, const stint_tensor *x)
{
    int64_t shape[STINT_AXES];
    for (int i = 0; i < stint_tensor_axes(x); i++)
        shape[i] = stint_tensor_size(x, i);
    return stint_keep(stint_zeros(t->ctx, stint_tensor_dtype(x), stint_tensor_axes(x), shape));
}

static stint_status make_accumulator(stint_trainer *t)
{
    for (int i = 0; i < t->states; i++)
        if (t->state_moves[i] && !t->state_began[i]) {
            t->state_began[i] = zeros_like(t, t->state[i]);
            graph_own(t->state_began[i], "state of a trainer");
            if (!t->state_began[i])
                return ctx_status(t->ctx);
        }
    t->accumulator = stint_accumulator_new(t->ctx, t->weights, t->weight);
    return t->accumulator ? STINT_OK : ctx_status(t->ctx);
}

/* May be called again, after a failure too. */
stint_status plan_state(stint_trainer *t)
{
    TRY(note_tensors(t));
    TRY(sums_new(t));
    if (t->set.accumulate > 1 && !t->accumulator)
        TRY(make_accumulator(t));
    if (t->set.clip != CLIP_ADAPTIVE || t->clip_history)
        return STINT_OK;
    t->clip_history = stint_keep(stint_zeros(t->ctx, STINT_F32, STINT_SHAPE(3)));
    graph_own(t->clip_history, "state of a trainer");
    return t->clip_history ? STINT_OK : ctx_status(t->ctx);
}

/* ---- traced steps ---- */

typedef struct plan_row {
    int fn;
    const stint_samples *samples; /* NULL = the step has no inputs */
    int64_t rows;
} plan_row;

enum { PLAN_ROWS = 5 };

static int rows_of(plan_row *out, int fn, const stint_samples *s, int64_t batch, bool drop_last)
{
    int n = 0;
    int64_t full = s->n < batch ? s->n : batch, last = s->n % batch;
    if (s->n >= batch || !drop_last)
        out[n++] = (plan_row){fn, s, full};
    if (last && last != full && !drop_last)
        out[n++] = (plan_row){fn, s, last};
    return n;
}

/* Steps of training with such batches, and of validation. */
static int training_rows(const stint_trainer *t, int64_t batch, plan_row *out)
{
    int fn = t->set.accumulate > 1 ? STEP_ADD : STEP_UPDATE;
    int n = rows_of(out, fn, t->train.samples, batch, wants(t->set.drop_last));
    if (fn == STEP_ADD)
        out[n++] = (plan_row){.fn = STEP_APPLY};
    return n;
}

static int validation_rows(const stint_trainer *t, plan_row *out)
{
    return t->valid.samples
               ? rows_of(out, STEP_LOSS, t->valid.samples, (int64_t)t->set.batch_size, false)
               : 0;
}

static stint_status make_fn(stint_trainer *t, int which)
{
    static stint_fn_body *const bodies[STEP_FNS] = {step_update, step_add, step_apply, step_loss};
    static const stint_dtype storages[] = {STINT_F32, STINT_BF16, STINT_F16};
    if (t->fn[which])
        return STINT_OK;
    stint_fn *f = stint_fn_new(t->ctx, bodies[which], t, which == STEP_APPLY ? 0 : 2, 0);
    t->fn[which] = f;
    if (!f)
        return ctx_status(t->ctx);
    fn_share_slab(f, &t->slab);
    if (which != STEP_UPDATE && which != STEP_ADD)
        return STINT_OK;
    TRY(stint_fn_recompute(f, (stint_recompute)t->set.recompute, (int64_t)t->set.recompute_value));
    return stint_fn_storage(f, storages[(int)t->set.precision]);
}

/* Warm a step up, or, with `planned`, make it as large as the slab would be. */
static stint_status plan_one(stint_trainer *t, const plan_row *p, int64_t *planned)
{
    stint_tensor *in[2] = {NULL, NULL};
    int64_t bytes = 0;
    TRY(make_fn(t, p->fn));
    stint_scope *scope = stint_scope_open(t->ctx);
    if (!scope)
        return ctx_status(t->ctx);
    stint_status s = p->samples ? feed_like(t, p->samples, p->rows, in) : STINT_OK;
    if (s == STINT_OK)
        s = planned ? fn_plan(t->fn[p->fn], in, &bytes) : stint_fn_warm_up(t->fn[p->fn], in);
    stint_status closed = stint_scope_close(scope);
    if (planned && bytes > *planned)
        *planned = bytes;
    return s ? s : closed;
}

static stint_status warm_up(stint_trainer *t, int n, const plan_row *rows)
{
    for (int i = 0; i < n; i++)
        TRY(plan_one(t, &rows[i], NULL));
    return STINT_OK;
}

stint_status plan_steps(stint_trainer *t)
{
    plan_row rows[PLAN_ROWS];
    TRY(warm_up(t, training_rows(t, (int64_t)t->at.batch_size, rows), rows));
    return warm_up(t, validation_rows(t, rows), rows);
}

stint_status plan_loss(stint_trainer *t)
{
    return make_fn(t, STEP_LOSS);
}

void plan_forget(stint_trainer *t)
{
    for (int i = 0; i < STEP_FNS; i++) {
        stint_fn_free(t->fn[i]);
        t->fn[i] = NULL;
    }
    mem_free(t->slab.at);
    t->slab = (fn_slab){.at = NULL};
}

stint_status plan_slab(stint_trainer *t, int64_t batch, int64_t *bytes)
{
    plan_row rows[PLAN_ROWS];
    int n = training_rows(t, batch, rows);
    n += validation_rows(t, rows + n);
    *bytes = 0;
    for (int i = 0; i < n; i++)
        TRY(plan_one(t, &rows[i], bytes));
    return STINT_OK;
}
