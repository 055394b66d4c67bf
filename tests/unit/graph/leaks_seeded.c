/* Leaks, a function each, for their names: every one is suspected, of that function alone. */
#include "unit/graph/leak_cases.h"

#include "stint/derivatives.h"

#define LEAK static __attribute__((noinline)) stint_status

LEAK leak_kept_loss(world *w, int step)
{
    stint_tensor *loss = world_loss(w);
    world_put(w, loss);
    return isfinite(stint_item(loss)) ? STINT_OK : STINT_EFAIL + step;
}

LEAK leak_metric_list(world *w, int step)
{
    stint_tensor *best = stint_argmax(world_logits(w, w->in[0]), -1, false);
    world_put(w, stint_mean(stint_cast(stint_equal(best, w->in[1]), STINT_F32), 0, false));
    return step < 0;
}

/* Two objects that count each other: neither goes. */
LEAK leak_hook_cycle(world *w, int step)
{
    stint_tensor *module = stint_relu(w->in[0]);
    stint_tensor *hook = stint_alias(module);
    world_put(w, module);
    world_put(w, hook);
    return step < 0;
}

LEAK leak_retained_graph(world *w, int step)
{
    stint_tensor *state = stint_tanh(stint_add_number(w->running, step));
    stint_drop(w->running);
    w->running = stint_keep(state);
    return STINT_OK;
}

LEAK leak_double_backward(world *w, int step)
{
    stint_tensor *loss, *gradient[MLP_WEIGHTS], *product[MLP_WEIGHTS];
    (void)step;
    TRY(world_gradients(w, &loss, gradient));
    TRY(stint_hessian_vector(loss, MLP_WEIGHTS, w->net.w, w->net.w, product));
    for (int i = 0; i < MLP_WEIGHTS; i++)
        world_put(w, product[i]);
    return stint_realise(MLP_WEIGHTS, product);
}

LEAK leak_tape_not_cleared(world *w, int step)
{
    (void)step;
    stint_tape_watch(w->tape, w->in[0]);
    return isfinite(stint_item(world_loss(w))) ? STINT_OK : STINT_EFAIL;
}

LEAK leak_optimiser_each_step(world *w, int step)
{
    (void)step;
    w->optimisers[w->optimisers_held] = stint_optimiser_new(w->ctx, "adam", 0, NULL);
    return world_train(w, w->optimisers[w->optimisers_held++]);
}

LEAK leak_scope_left_open(world *w, int step)
{
    stint_scope *s = stint_scope_open(w->ctx);
    return s && step >= 0 ? STINT_OK : STINT_ENOMEM;
}

LEAK leak_aliases(world *w, int step)
{
    world_put(w, stint_alias(w->net.w[0]));
    return step < 0;
}

LEAK leak_in_place_unread(world *w, int step)
{
    stint_add_(w->running, stint_scalar(w->ctx, STINT_F32, step));
    return STINT_OK;
}

LEAK leak_running_mean(world *w, int step)
{
    (void)step;
    stint_tensor *mean = stint_mean(w->in[0], STINT_ALL_AXES, false);
    stint_tensor *old = stint_mul_number(w->running, 0.9);
    stint_assign(w->running, stint_add(old, stint_mul_number(mean, 0.1)));
    return STINT_OK;
}

LEAK leak_fn_each_step(world *w, int step)
{
    stint_tensor *loss;
    w->fns[w->fns_held] = stint_fn_new(w->ctx, mlp_step, &w->net, 2, 1);
    return stint_fn_call(w->fns[w->fns_held++], w->in, &loss) + (step < 0);
}

LEAK leak_new_shapes(world *w, int step)
{
    int64_t rows[TABLE] = {0};
    stint_tensor *in[2] = {stint_slice(w->table, 0, 0, step + 1, 1),
                           stint_tensor_new(w->ctx, STINT_I64, STINT_SHAPE(step + 1), rows)};
    stint_tensor *loss;
    return stint_fn_call(w->fn, in, &loss);
}

LEAK leak_draws_pending(world *w, int step)
{
    stint_uniform(w->net.generator, STINT_F32, STINT_SHAPE(4, step % 2 + 1), 0, 1);
    return STINT_OK;
}

LEAK leak_wraps(world *w, int step)
{
    world_put(w, stint_wrap(w->ctx, STINT_F32, STINT_SHAPE(MLP_IN), NULL, w->data[step % TABLE]));
    return STINT_OK;
}

LEAK leak_gradient_list(world *w, int step)
{
    stint_tensor *loss, *gradient[MLP_WEIGHTS];
    TRY(world_gradients(w, &loss, gradient));
    TRY(stint_realise(MLP_WEIGHTS, gradient));
    world_put(w, gradient[step % MLP_WEIGHTS]);
    return STINT_OK;
}

LEAK leak_views(world *w, int step)
{
    stint_tensor *big = stint_zeros(w->ctx, STINT_F32, STINT_SHAPE(256, 16));
    world_put(w, stint_slice(big, 0, step, step + 1, 1));
    return STINT_OK;
}

LEAK leak_states_each_epoch(world *w, int step)
{
    TRY(world_train(w, w->optimiser));
    if (step % EPOCH != EPOCH - 1)
        return STINT_OK;
    for (int i = 0; i < MLP_WEIGHTS; i++) {
        stint_tensor *copy = stint_mul_number(w->net.w[i], 2);
        world_put(w, copy);
        TRY(stint_realise(1, &copy));
    }
    return STINT_OK;
}

LEAK leak_error_path(world *w, int step)
{
    stint_tensor *x = stint_keep(stint_add_number(w->in[0], 1));
    if (step % 3 == 1) { /* the way out that forgets x */
        world_put(w, x);
        return STINT_OK;
    }
    stint_drop(x);
    return STINT_OK;
}

LEAK leak_plan_cache(world *w, int step)
{
    stint_tensor *part = stint_slice(w->table, 0, 0, step + 1, 1);
    return stint_item(stint_sum(part, STINT_ALL_AXES, false)) == 0 ? STINT_OK : STINT_EFAIL;
}

/* What it was made from stays, since the tape watches. */
LEAK leak_total_on_tape(world *w, int step)
{
    if (step == 0)
        stint_tape_watch(w->tape, w->net.w[0]);
    stint_tensor *total = stint_add(w->running, world_loss(w));
    stint_drop(w->running);
    w->running = stint_keep(total);
    return isfinite(stint_item(total)) ? STINT_OK : STINT_EFAIL;
}

/* Masks by the length of a batch, for ever. */
LEAK leak_masks_by_length(world *w, int step)
{
    int64_t n = step % 50 + 1;
    stint_tensor *at = stint_arange(w->ctx, STINT_F32, n);
    stint_tensor *mask = stint_less_equal(at, stint_expand_axis(at, 1));
    world_put(w, mask);
    return stint_realise(1, &mask);
}

LEAK leak_generators(world *w, int step)
{
    stint_tensor *generator = stint_generator(w->ctx, step);
    world_put(w, generator);
    stint_tensor *noise = stint_normal(generator, STINT_F32, STINT_SHAPE(4), 0, 1);
    return stint_realise(2, (stint_tensor *[]){noise, generator});
}

/* A layer is replaced, and so is its optimiser, but the old one's state stays. */
LEAK leak_states_of_dropped_weights(world *w, int step)
{
    (void)step;
    stint_tensor *layer = stint_zeros(w->ctx, STINT_F32, STINT_SHAPE(MLP_IN, MLP_IN)), *gradient;
    stint_tensor *loss = stint_sum(stint_matmul(w->in[0], layer), STINT_ALL_AXES, false);
    stint_optimiser *o = stint_optimiser_new(w->ctx, "adam", 0, NULL);
    w->optimisers[w->optimisers_held++] = o;
    TRY(stint_gradients(1, &loss, NULL, 1, &layer, &gradient));
    TRY(stint_optimiser_update(o, 1, &layer, &gradient));
    return stint_realise(1, &layer);
}

LEAK leak_accumulators(world *w, int step)
{
    stint_tensor *loss, *gradient[MLP_WEIGHTS];
    (void)step;
    stint_accumulator *a = stint_accumulator_new(w->ctx, MLP_WEIGHTS, w->net.w);
    w->accumulators[w->accumulators_held++] = a;
    TRY(world_gradients(w, &loss, gradient));
    TRY(stint_accumulator_add(a, MLP_ROWS, gradient));
    TRY(stint_accumulator_take(a, gradient));
    return stint_realise(MLP_WEIGHTS, gradient);
}

LEAK leak_scalers(world *w, int step)
{
    (void)step;
    stint_scaler *s = stint_scaler_new(w->ctx, 0, NULL);
    w->scalers[w->scalers_held++] = s;
    return isfinite(stint_item(stint_scaler_scale(s, world_loss(w)))) ? STINT_OK : STINT_EFAIL;
}

/* The state of a recurrent net goes from batch to batch, and with it all batches before. */
LEAK leak_hidden_state(world *w, int step)
{
    stint_tensor *x = stint_reshape(w->in[0], STINT_SHAPE(1, MLP_ROWS, MLP_IN)), *last;
    stint_tensor *input = stint_slice(w->table, 0, 0, MLP_IN, 1);
    stint_tensor *weights = stint_concat(2, (stint_tensor *[]){input, input}, 1);
    weights = stint_slice(weights, 1, 0, 6, 1);
    stint_sequence s = {.h0 = step ? w->bag[0] : NULL, .last_h = &last};
    stint_gru(x, weights, stint_slice(weights, 0, 0, 2, 1), NULL, NULL, &s);
    stint_drop(step ? w->bag[0] : NULL);
    w->bag[0] = stint_keep(last);
    w->held = 1;
    return last ? STINT_OK : STINT_EFAIL;
}

LEAK leak_replay_buffer(world *w, int step)
{
    world_put(w, stint_tensor_new(w->ctx, STINT_F32, STINT_SHAPE(MLP_IN), w->data[step % TABLE]));
    return world_train(w, w->optimiser) + (step < 0);
}

/* Averages of weights that nothing reads till the end. */
LEAK leak_average_of_weights(world *w, int step)
{
    stint_tensor *mean = stint_mean(w->net.w[0], STINT_ALL_AXES, false);
    stint_tensor *distance = stint_sub(mean, w->running);
    stint_add_(w->running, stint_mul_number(distance, 0.01));
    return world_train(w, w->optimiser) + (step < 0);
}

LEAK leak_curvature_history(world *w, int step)
{
    stint_tensor *out[MLP_WEIGHTS];
    (void)step;
    TRY(stint_hessian_diagonal_estimate(world_loss(w), MLP_WEIGHTS, w->net.w, w->net.generator, 1,
                                        out));
    TRY(stint_realise(MLP_WEIGHTS, out));
    TRY(stint_realise(1, &w->net.generator));
    for (int i = 0; i < MLP_WEIGHTS; i++)
        world_put(w, out[i]);
    return STINT_OK;
}

#define SEED(f, holder)                                                                            \
    {                                                                                              \
#f, f, holder                                                                              \
    }
const leak_case leaks_seeded[] = {
    SEED(leak_kept_loss, "a kept handle of"),
    SEED(leak_metric_list, "pending"),
    SEED(leak_hook_cycle, "a kept handle of"),
    SEED(leak_retained_graph, "a kept handle of tanh f32 [], pending ← "),
    SEED(leak_double_backward, "a kept handle of"),
    SEED(leak_tape_not_cleared, "a tape that was not cleared"),
    SEED(leak_optimiser_each_step, "state of an optimiser"),
    {"leak_scope_left_open", leak_scope_left_open, "a scope that was not closed", true},
    SEED(leak_aliases, "a kept handle of"),
    SEED(leak_in_place_unread, "a kept handle of add f32 [], pending ← add"),
    SEED(leak_running_mean, "pending ← "),
    SEED(leak_fn_each_step, "a stint_fn that was not freed"),
    SEED(leak_new_shapes, "every combination of input shapes"),
    SEED(leak_draws_pending, "a kept handle of add i64 [2], pending ← add"),
    SEED(leak_wraps, "a kept handle of"),
    SEED(leak_gradient_list, "a kept handle of"),
    SEED(leak_views, "a kept handle of slice f32 [1,16] ← "),
    SEED(leak_states_each_epoch, "a kept handle of mul f32"),
    SEED(leak_error_path, "a kept handle of add f32"),
    SEED(leak_plan_cache, "the cache of plans"),
    SEED(leak_total_on_tape, "a tape keeps what it was made from"),
    SEED(leak_masks_by_length, "a kept handle of less_equal bool ["),
    SEED(leak_generators, "a kept handle of"),
    SEED(leak_states_of_dropped_weights, "state of an optimiser"),
    SEED(leak_accumulators, "state of an accumulator"),
    SEED(leak_scalers, "state of a scaler"),
    SEED(leak_hidden_state, "← gru ← "),
    SEED(leak_replay_buffer, "a kept handle of"),
    SEED(leak_average_of_weights, "pending ← "),
    SEED(leak_curvature_history, "a kept handle of"),
    {.name = NULL},
};
