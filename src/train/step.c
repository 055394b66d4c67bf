#include "train/trainer.h"

#include "graph/graph.h"
#include "train/flow.h"

#include <math.h>

/* The graphs of a step, traced once for each shape of a batch.
 *
 *     update   forward, loss, gradients, unscaled, checked, clipped, the optimiser, the sums
 *     add      forward, loss, gradients into the accumulator       for several batches an update
 *     apply    gradients from the accumulator, and on as in update
 *     loss     forward without training, the loss into sums of its own
 *
 * Whether there is an update is a number in the graph, 0 or NaN: each gradient's Σ g - g, or, where
 * clipping computes their common norm, the norm less itself; so the check is one reduction for each
 * gradient or none at all.  Without an update the weights, the optimiser and the states that a
 * forward part changes are what they were. */

static stint_tensor *copy_of(stint_tensor *x)
{
    return graph_tensor(x, build_unary(OP_COPY, graph_node(x)));
}

/* ---- forward ---- */

/* Targets of as many values as the output's, in the shape that the loss takes. */
static stint_tensor *target_like(const stint_trainer *t, stint_tensor *target,
                                 const stint_tensor *output)
{
    int64_t shape[STINT_AXES];
    int axes = stint_tensor_axes(output) - (t->loss->labels ? 1 : 0);
    for (int i = 0; output && i < axes; i++)
        shape[i] = stint_tensor_size(output, i);
    return output ? stint_reshape(target, axes, shape) : NULL;
}

static stint_tensor *loss_of(stint_trainer *t, stint_tensor *const *in, bool training)
{
    stint_tensor *output = t->flow && training
                               ? net_apply_seen(t->net, in[0], true, flow_saw, t->flow)
                               : stint_net_apply(t->net, in[0], training);
    stint_tensor *target = target_like(t, in[1], output);
    return output && target ? t->loss->apply(t->loss_self, output, target) : NULL;
}

static stint_status gradients_of(stint_trainer *t, stint_tensor *loss)
{
    if (t->scaler)
        loss = stint_scaler_scale(t->scaler, loss);
    if (!loss)
        return ctx_status(t->ctx) ? ctx_status(t->ctx) : STINT_EFAIL;
    return stint_gradients(1, &loss, NULL, t->weights, t->weight, t->gradient);
}

/* ---- what the forward part changes: running statistics ---- */

static stint_status copy_states(stint_trainer *t)
{
    for (int i = 0; i < t->states; i++)
        if (t->state_moves[i] && !(t->state_copy[i] = copy_of(t->state[i])))
            return ctx_status(t->ctx);
    return STINT_OK;
}

static void restore_states(stint_trainer *t, stint_tensor *go, stint_tensor *const *copy)
{
    for (int i = 0; i < t->states; i++)
        if (t->state_moves[i])
            stint_assign(t->state[i], stint_where(go, t->state[i], copy[i]));
}

/* The first batch of a group notes how the states began. */
static void note_states(stint_trainer *t)
{
    stint_tensor *zero = stint_scalar(t->ctx, STINT_F64, 0);
    stint_tensor *first = stint_equal(sums_slice(t, SUM_GROUP_ROWS), zero);
    for (int i = 0; i < t->states; i++)
        if (t->state_moves[i]) {
            stint_tensor *is_first = stint_squeeze_axis(first, 0);
            stint_assign(t->state_began[i], stint_where(is_first, t->state[i], t->state_began[i]));
        }
}

/* ---- checking, clipping ---- */

static stint_tensor *less_itself(stint_tensor *x)
{
    return stint_cast(stint_sub(x, x), STINT_F32);
}

/* Σ over gradients and elements g - g */
static stint_tensor *gradients_check(stint_trainer *t, stint_tensor *sum)
{
    for (int i = 0; i < t->weights; i++)
        if (t->gradient[i]) {
            stint_tensor *g = t->gradient[i];
            stint_tensor *none = stint_sum(stint_sub(g, g), STINT_ALL_AXES, false);
            sum = stint_add(sum, stint_cast(none, STINT_F32));
        }
    return sum;
}

static stint_status clip(stint_trainer *t, stint_tensor **norm)
{
    enum { WARM_UP = 20 };
    *norm = NULL;
    if (t->set.clip == CLIP_NORM)
        return stint_clip_by_norm(t->weights, t->gradient, t->set.clip_at, norm);
    if (t->set.clip == CLIP_ADAPTIVE)
        return stint_clip_adaptive(t->weights, t->gradient, t->clip_history, WARM_UP, norm);
    return STINT_OK;
}

/* f64 0 where gradients of a finite loss overflow while their scale can still fall: that is how a
 * scale is found, and no sign of harm; else 1. */
static stint_tensor *blame(stint_trainer *t, stint_tensor *loss, stint_tensor *finite)
{
    char name[32];
    stint_tensor *zero = stint_scalar(t->ctx, STINT_F64, 0),
                 *one = stint_scalar(t->ctx, STINT_F64, 1);
    stint_tensor *scale = stint_scaler_state(t->scaler, 0, name, sizeof name);
    stint_tensor *found = stint_where(stint_less(one, scale), zero, one);
    stint_tensor *whole = stint_equal(less_itself(loss), stint_scalar(t->ctx, STINT_F32, 0));
    return stint_where(finite, one, stint_where(whole, found, one));
}

/* Whether to go on with an update: */
typedef struct verdict {
    stint_tensor *go;    /* bool scalar */
    stint_tensor *blame; /* f64 scalar: what it adds to the skips in a row where it does not */
} verdict;

/* From gradients of the (scaled) loss to gradients ready for the update. */
static stint_status prepare(stint_trainer *t, stint_tensor *loss, verdict *out)
{
    stint_tensor *finite = NULL, *norm, *zero = stint_scalar(t->ctx, STINT_F32, 0);
    stint_tensor *check = stint_add(sums_frozen(t), less_itself(loss));
    out->blame = stint_scalar(t->ctx, STINT_F64, 1);
    if (t->scaler) {
        TRY(stint_scaler_unscale(t->scaler, t->weights, t->gradient, &finite));
        out->blame = blame(t, loss, finite);
        TRY(stint_scaler_update(t->scaler, finite));
        check = stint_where(finite, check, stint_scalar(t->ctx, STINT_F32, (double)NAN));
    }
    if (t->flow)
        TRY(flow_gradients(t->flow, t->weights, t->gradient));
    TRY(clip(t, &norm));
    if (norm)
        check = stint_add(check, less_itself(norm));
    else if (!finite)
        check = gradients_check(t, check);
    if (t->set.clip == CLIP_VALUE)
        TRY(stint_clip_by_value(t->weights, t->gradient, t->set.clip_at));
    out->go = stint_equal(check, zero);
    return ctx_status(t->ctx);
}

/* ---- the steps ---- */

stint_status step_update(void *self, stint_tensor *const *in, stint_tensor **out)
{
    stint_trainer *t = self;
    verdict v;
    double rows = (double)stint_tensor_size(in[0], 0);
    (void)out;
    TRY(copy_states(t));
    stint_tensor *loss = loss_of(t, in, true);
    TRY(gradients_of(t, loss));
    TRY(prepare(t, loss, &v));
    restore_states(t, v.go, t->state_copy);
    TRY(stint_optimiser_update_if(t->optimiser, v.go, t->weights, t->weight, t->gradient));
    stint_tensor *lost = stint_mul_number(stint_cast(loss, STINT_F64), rows);
    return sums_update(t, lost, stint_scalar(t->ctx, STINT_F64, rows), v.go, v.blame);
}

stint_status step_add(void *self, stint_tensor *const *in, stint_tensor **out)
{
    stint_trainer *t = self;
    int64_t rows = stint_tensor_size(in[0], 0);
    (void)out;
    note_states(t);
    stint_tensor *loss = loss_of(t, in, true);
    TRY(gradients_of(t, loss));
    TRY(stint_accumulator_add(t->accumulator, rows, t->gradient));
    return sums_add_group(t, loss, rows);
}

stint_status step_apply(void *self, stint_tensor *const *in, stint_tensor **out)
{
    stint_trainer *t = self;
    verdict v;
    (void)in, (void)out;
    stint_tensor *lost = sums_slice(t, SUM_GROUP_LOSS), *rows = sums_slice(t, SUM_GROUP_ROWS);
    TRY(stint_accumulator_take(t->accumulator, t->gradient));
    TRY(prepare(t, stint_squeeze_axis(lost, 0), &v));
    restore_states(t, v.go, t->state_began);
    TRY(stint_optimiser_update_if(t->optimiser, v.go, t->weights, t->weight, t->gradient));
    return sums_update(t, lost, rows, v.go, v.blame);
}

stint_status step_loss(void *self, stint_tensor *const *in, stint_tensor **out)
{
    stint_trainer *t = self;
    double rows = (double)stint_tensor_size(in[0], 0);
    (void)out;
    stint_tensor *loss = loss_of(t, in, false);
    if (!loss)
        return ctx_status(t->ctx) ? ctx_status(t->ctx) : STINT_EFAIL;
    stint_tensor *lost = stint_mul_number(stint_cast(loss, STINT_F64), rows);
    stint_tensor *pair[2] = {lost, stint_scalar(t->ctx, STINT_F64, rows)};
    stint_add_(t->valid_sums, stint_stack(2, pair, 0));
    return ctx_status(t->ctx);
}
