#include "unit/graph/leak_cases.h"

void world_put(world *w, stint_tensor *t)
{
    assert_non_null(t);
    assert_true(w->held < BAG);
    w->bag[w->held++] = stint_keep(t);
}

void world_empty_bag(world *w)
{
    while (w->held > 0)
        stint_drop(w->bag[--w->held]);
}

void world_open(ctx *c, world *w)
{
    *w = (world){.ctx = c};
    assert_true(mlp_init(&w->net, c));
    w->running = stint_keep(stint_zeros(c, STINT_F32, STINT_SCALAR));
    w->table = stint_keep(stint_tensor_new(c, STINT_F32, STINT_SHAPE(TABLE, MLP_IN), w->data));
    w->tape = stint_tape_open(c);
    w->fn = stint_fn_new(c, mlp_step, &w->net, 2, 1);
    w->optimiser = stint_optimiser_new(c, "adam", 0, NULL);
}

void world_close(world *w, stint_scope *outer)
{
    stint_clear(w->ctx);
    stint_tape_close(w->tape);
    world_empty_bag(w);
    while (w->fns_held > 0)
        stint_fn_free(w->fns[--w->fns_held]);
    while (w->optimisers_held > 0)
        stint_optimiser_free(w->optimisers[--w->optimisers_held]);
    while (w->accumulators_held > 0)
        stint_accumulator_free(w->accumulators[--w->accumulators_held]);
    while (w->scalers_held > 0)
        stint_scaler_free(w->scalers[--w->scalers_held]);
    stint_fn_free(w->fn);
    stint_optimiser_free(w->optimiser);
    stint_drop(w->running);
    stint_drop(w->table);
    mlp_deinit(&w->net);
    assert_int_equal(stint_scope_close(outer), STINT_OK);
}

stint_tensor *world_logits(const world *w, stint_tensor *x)
{
    stint_tensor *const *v = w->net.w;
    return stint_linear(stint_tanh(stint_linear(x, v[0], v[1])), v[2], v[3]);
}

stint_tensor *world_loss(const world *w)
{
    return stint_cross_entropy(world_logits(w, w->in[0]), w->in[1], STINT_REDUCE_MEAN);
}

stint_status world_gradients(world *w, stint_tensor **loss, stint_tensor **gradient)
{
    *loss = world_loss(w);
    return stint_gradients(1, loss, NULL, MLP_WEIGHTS, w->net.w, gradient);
}

stint_status world_train(world *w, stint_optimiser *o)
{
    stint_tensor *loss, *gradient[MLP_WEIGHTS];
    TRY(world_gradients(w, &loss, gradient));
    TRY(stint_optimiser_update(o, MLP_WEIGHTS, w->net.w, gradient));
    TRY(stint_realise(MLP_WEIGHTS, w->net.w));
    return isfinite(stint_item(loss)) ? STINT_OK : STINT_EFAIL;
}
