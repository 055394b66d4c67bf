/* Loops that leak nothing, of which none is suspected. */
#include "unit/graph/leak_cases.h"

#include "stint/derivatives.h"

static stint_status traced(world *w, int step)
{
    stint_tensor *loss;
    return stint_fn_call(w->fn, w->in, &loss) + (step < 0);
}

static stint_status eager(world *w, int step)
{
    stint_tensor *loss;
    TRY(mlp_step(&w->net, w->in, &loss));
    TRY(stint_realise(MLP_WEIGHTS, w->net.w));
    return isfinite(stint_item(loss)) ? STINT_OK : STINT_EFAIL + step;
}

static stint_status with_adam(world *w, int step)
{
    return world_train(w, w->optimiser) + (step < 0);
}

/* Those that do not use the count of updates, all the same */
static stint_status with(world *w, int step, const char *name)
{
    if (step == 0)
        w->optimisers[w->optimisers_held++] = stint_optimiser_new(w->ctx, name, 0, NULL);
    return world_train(w, w->optimisers[0]);
}

static stint_status with_sgd(world *w, int step)
{
    return with(w, step, "sgd");
}

static stint_status with_rmsprop(world *w, int step)
{
    return with(w, step, "rmsprop");
}

/* The generator is not read, nor is what the clipping remembers. */
static stint_status with_curvature(world *w, int step)
{
    stint_tensor *loss, *gradient[MLP_WEIGHTS], *diagonal[MLP_WEIGHTS], *norm;
    if (step == 0) {
        w->optimisers[w->optimisers_held++] = stint_optimiser_new(w->ctx, "diagonal", 0, NULL);
        world_put(w, stint_zeros(w->ctx, STINT_F32, STINT_SHAPE(3)));
    }
    TRY(world_gradients(w, &loss, gradient));
    TRY(stint_hessian_diagonal_estimate(loss, MLP_WEIGHTS, w->net.w, w->net.generator, 1,
                                        diagonal));
    TRY(stint_clip_adaptive(MLP_WEIGHTS, gradient, w->bag[0], 3, &norm));
    TRY(stint_optimiser_update_curvature(w->optimisers[0], MLP_WEIGHTS, w->net.w, gradient,
                                         diagonal));
    return stint_realise(MLP_WEIGHTS, w->net.w);
}

/* Nothing reads the running statistics till the training is over. */
static stint_status normed(world *w, int step)
{
    if (step == 0)
        for (int i = 0; i < 2; i++)
            world_put(w, stint_zeros(w->ctx, STINT_F32, STINT_SHAPE(MLP_HIDDEN)));
    stint_batch_norm_state how = {
        .running_mean = w->bag[0], .running_variance = w->bag[1], .training = true};
    stint_tensor *const *v = w->net.w, *gradient;
    stint_tensor *y = stint_batch_norm(stint_linear(w->in[0], v[0], v[1]), NULL, NULL, &how);
    TRY(stint_gradients(1, &y, NULL, 1, v, &gradient));
    return stint_realise(1, &gradient);
}

static stint_status taped(world *w, int step)
{
    stint_tensor *gradient[MLP_WEIGHTS];
    for (int i = 0; i < MLP_WEIGHTS; i++)
        stint_tape_watch(w->tape, w->net.w[i]);
    stint_tensor *loss = world_loss(w);
    (void)stint_item(loss);
    TRY(stint_tape_gradient(w->tape, loss, MLP_WEIGHTS, w->net.w, gradient));
    TRY(stint_realise(MLP_WEIGHTS, gradient));
    stint_tape_clear(w->tape);
    return step < 0;
}

static stint_status tape_each_step(world *w, int step)
{
    stint_tape *tape = stint_tape_open(w->ctx);
    stint_tape_watch(tape, w->net.w[0]);
    double loss = stint_item(world_loss(w));
    stint_tape_close(tape);
    return isfinite(loss) ? STINT_OK : STINT_EFAIL + step;
}

static stint_status evaluation(world *w, int step)
{
    stint_no_grad_open(w->ctx);
    stint_tensor *best = stint_argmax(world_logits(w, w->in[0]), -1, false);
    int64_t out[MLP_ROWS];
    stint_status s = stint_read(best, out, sizeof out);
    stint_no_grad_close(w->ctx);
    return s + (step < 0);
}

static stint_status two_shapes(world *w, int step)
{
    int64_t rows = step % EPOCH == EPOCH - 1 ? 5 : MLP_ROWS;
    stint_tensor *in[2] = {stint_slice(w->in[0], 0, 0, rows, 1),
                           stint_slice(w->in[1], 0, 0, rows, 1)},
                 *loss;
    return stint_fn_call(w->fn, in, &loss);
}

/* Eight shapes, as they come; then they are known. */
static stint_status buckets(world *w, int step)
{
    int64_t rows = (int64_t)(step * 7 % 11) % 5 + 1;
    stint_tensor *in[2] = {stint_slice(w->in[0], 0, 0, rows, 1),
                           stint_slice(w->in[1], 0, 0, rows, 1)},
                 *loss;
    return stint_fn_call(w->fn, in, &loss);
}

static stint_status cleared_list(world *w, int step)
{
    if (step % EPOCH == 0)
        world_empty_bag(w);
    stint_tensor *loss = world_loss(w);
    world_put(w, loss);
    return stint_realise(1, &loss);
}

static stint_status window(world *w, int step)
{
    enum { WINDOW = 5 };
    stint_tensor *loss = stint_keep(world_loss(w));
    stint_drop(w->bag[step % WINDOW]);
    w->bag[step % WINDOW] = loss;
    w->held = WINDOW;
    return stint_realise(1, &loss);
}

static stint_status best_state(world *w, int step)
{
    if (step % 2 == 0 || step < 9)
        world_empty_bag(w);
    for (int i = 0; i < MLP_WEIGHTS && w->held < MLP_WEIGHTS; i++) {
        stint_tensor *copy = stint_mul_number(w->net.w[i], 2);
        world_put(w, copy);
        TRY(stint_realise(1, &copy));
    }
    return STINT_OK;
}

static stint_status read_mean(world *w, int step)
{
    (void)step;
    stint_tensor *mean = stint_mean(w->in[0], STINT_ALL_AXES, false);
    stint_assign(w->running, stint_add(stint_mul_number(w->running, 0.9), mean));
    return isfinite(stint_item(w->running)) ? STINT_OK : STINT_EFAIL;
}

/* Read now and then, as a log does. */
static stint_status logged_mean(world *w, int step)
{
    stint_add_(w->running, stint_mean(w->in[0], STINT_ALL_AXES, false));
    return step % EPOCH || isfinite(stint_item(w->running)) ? STINT_OK : STINT_EFAIL;
}

static stint_status curvature(world *w, int step)
{
    stint_tensor *loss = world_loss(w), *product[MLP_WEIGHTS];
    (void)step;
    TRY(stint_hessian_vector(loss, MLP_WEIGHTS, w->net.w, w->net.w, product));
    return stint_realise(MLP_WEIGHTS, product);
}

static stint_status diagonal(world *w, int step)
{
    stint_tensor *loss = world_loss(w), *out[MLP_WEIGHTS];
    (void)step;
    TRY(stint_hessian_diagonal_estimate(loss, MLP_WEIGHTS, w->net.w, w->net.generator, 2, out));
    TRY(stint_realise(MLP_WEIGHTS, out));
    return stint_realise(1, &w->net.generator);
}

static stint_tensor *whole_loss(void *self)
{
    return world_loss(self);
}

static stint_status minimised(world *w, int step)
{
    int iterations;
    stint_optimiser *o = stint_optimiser_new(w->ctx, step % 2 ? "lbfgs" : "newton_cg", 1,
                                             &(stint_setting){"max_iter", "2"});
    stint_status s = stint_optimiser_minimise(o, whole_loss, w, MLP_WEIGHTS, w->net.w, &iterations);
    stint_optimiser_free(o);
    return s;
}

static stint_status fn_freed(world *w, int step)
{
    stint_tensor *loss;
    stint_fn *f = stint_fn_new(w->ctx, mlp_step, &w->net, 2, 1);
    stint_status s = stint_fn_call(f, w->in, &loss);
    stint_fn_free(f);
    return s + (step < 0);
}

static stint_status optimiser_freed(world *w, int step)
{
    stint_optimiser *o = stint_optimiser_new(w->ctx, step % 2 ? "rmsprop" : "adamw", 0, NULL);
    stint_status s = world_train(w, o);
    stint_optimiser_free(o);
    return s;
}

static stint_status nested_scopes(world *w, int step)
{
    stint_scope *outer = stint_scope_open(w->ctx);
    for (int i = 0; i < step % 5; i++)
        if (!stint_scope_open(w->ctx) || !stint_relu(w->in[0]))
            return STINT_ENOMEM;
    return stint_scope_close(outer);
}

static stint_status views(world *w, int step)
{
    stint_tensor *row = stint_slice(w->table, 0, step % TABLE, step % TABLE + 1, 1);
    stint_tensor *again = stint_alias(stint_transpose(row, 0, 1));
    return stint_tensor_count(again) == MLP_IN ? STINT_OK : STINT_EFAIL;
}

static stint_status written(world *w, int step)
{
    w->data[0][0] = (float)step;
    return stint_write(w->table, w->data, sizeof w->data);
}

static stint_status drawn(world *w, int step)
{
    float out[8];
    (void)step;
    return stint_read(stint_normal(w->net.generator, STINT_F32, STINT_SHAPE(8), 0, 1), out,
                      sizeof out);
}

/* Some that a program keeps at its beginning. */
static stint_status warm_up(world *w, int step)
{
    if (step < 5)
        world_put(w, stint_relu(w->in[0]));
    return world_train(w, w->optimiser);
}

static stint_status carried(world *w, int step)
{
    stint_tensor *state = stint_tanh(stint_add_number(w->running, 0.5 + (step < 0)));
    stint_drop(w->running);
    w->running = stint_keep(state);
    return stint_realise(1, &w->running);
}

static stint_status errors_cleared(world *w, int step)
{
    if (stint_matmul(w->in[0], w->in[0]) || step < 0)
        return STINT_EFAIL;
    stint_clear(w->ctx);
    return STINT_OK;
}

static stint_status wrapped(world *w, int step)
{
    stint_tensor *x =
        stint_wrap(w->ctx, STINT_F32, STINT_SHAPE(MLP_IN), NULL, w->data[step % TABLE]);
    return isfinite(stint_item(stint_sum(x, 0, false))) ? STINT_OK : STINT_EFAIL;
}

/* By micro-batches, in an accumulator of its own each time */
static stint_status accumulated(world *w, int step)
{
    stint_tensor *loss, *gradient[MLP_WEIGHTS];
    stint_accumulator *a = stint_accumulator_new(w->ctx, MLP_WEIGHTS, w->net.w);
    stint_status s = world_gradients(w, &loss, gradient);
    s = s ? s : stint_accumulator_add(a, MLP_ROWS, gradient);
    s = s ? s : stint_accumulator_take(a, gradient);
    s = s ? s : stint_clip_by_norm(MLP_WEIGHTS, gradient, 1, NULL);
    s = s ? s : stint_optimiser_update(w->optimiser, MLP_WEIGHTS, w->net.w, gradient);
    s = s ? s : stint_realise(MLP_WEIGHTS, w->net.w);
    stint_accumulator_free(a);
    return s + (step < 0);
}

static stint_status scaled(world *w, int step)
{
    stint_tensor *gradient[MLP_WEIGHTS], *finite;
    if (step == 0)
        w->scalers[w->scalers_held++] = stint_scaler_new(w->ctx, 0, NULL);
    stint_scaler *scaler = w->scalers[0];
    stint_tensor *loss = stint_scaler_scale(scaler, world_loss(w));
    TRY(stint_gradients(1, &loss, NULL, MLP_WEIGHTS, w->net.w, gradient));
    TRY(stint_scaler_unscale(scaler, MLP_WEIGHTS, gradient, &finite));
    TRY(stint_optimiser_update_if(w->optimiser, finite, MLP_WEIGHTS, w->net.w, gradient));
    TRY(stint_scaler_update(scaler, finite));
    TRY(stint_realise(MLP_WEIGHTS, w->net.w));
    return step % EPOCH ? STINT_OK : stint_scaler_check(scaler);
}

/* The state goes from batch to batch as a value. */
static stint_status hidden_state(world *w, int step)
{
    stint_tensor *x = stint_reshape(w->in[0], STINT_SHAPE(1, MLP_ROWS, MLP_IN)), *last;
    stint_tensor *weights = stint_slice(w->net.w[0], 1, 0, 6, 1);
    stint_sequence s = {.h0 = step ? w->bag[0] : NULL, .last_h = &last};
    stint_gru(x, weights, stint_slice(weights, 0, 0, 2, 1), NULL, NULL, &s);
    TRY(stint_realise(1, &last));
    stint_drop(step ? w->bag[0] : NULL);
    w->bag[0] = stint_keep(last);
    w->held = 1;
    return STINT_OK;
}

static stint_status images(world *w, int step)
{
    stint_tensor *x = stint_reshape(w->in[0], STINT_SHAPE(MLP_ROWS, 1, 2, MLP_IN / 2)), *gradient;
    stint_tensor *kernel = stint_reshape(w->net.w[1], STINT_SHAPE(4, 1, 2, 2));
    stint_tensor *y = stint_relu(stint_conv2d(x, kernel, NULL, NULL));
    y = stint_max_pool2d(y, &(stint_pooling){.kernel = {1, 3}});
    TRY(stint_gradients(1, &y, NULL, 1, &kernel, &gradient));
    return stint_realise(1, &gradient) + (step < 0);
}

static stint_status attended(world *w, int step)
{
    stint_tensor *y =
        stint_attention(w->in[0], w->in[0], w->in[0], NULL, &(stint_attention_how){.causal = true});
    return isfinite(stint_item(stint_sum(y, STINT_ALL_AXES, false))) ? STINT_OK
                                                                     : STINT_EFAIL + step;
}

static stint_status whole_hessian(world *w, int step)
{
    stint_tensor *out;
    TRY(stint_hessian(w->ctx, whole_loss, w, 1, &w->net.w[3], &out));
    return isfinite(stint_item(stint_sum(out, STINT_ALL_AXES, false))) ? STINT_OK
                                                                       : STINT_EFAIL + step;
}

static stint_status within_a_budget(world *w, int step)
{
    stint_tensor *loss;
    stint_fn *f = stint_fn_new(w->ctx, mlp_step, &w->net, 2, 1);
    stint_status s = stint_fn_recompute(f, STINT_RECOMPUTE_BUDGET, step % 3 * 1024);
    s = s ? s : stint_fn_storage(f, step % 2 ? STINT_BF16 : STINT_F32);
    s = s ? s : stint_fn_call(f, w->in, &loss);
    stint_fn_free(f);
    return s;
}

/* A mask for each of four lengths, made when it is first asked for */
static stint_status known_masks(world *w, int step)
{
    if (step < 4) {
        stint_tensor *at = stint_arange(w->ctx, STINT_F32, step + 1);
        stint_tensor *mask = stint_less_equal(at, stint_expand_axis(at, 1));
        world_put(w, mask);
        TRY(stint_realise(1, &mask));
    }
    stint_tensor *seen = stint_cast(w->bag[step % 4], STINT_F32);
    return isfinite(stint_item(stint_sum(seen, STINT_ALL_AXES, false))) ? STINT_OK : STINT_EFAIL;
}

/* The last so many, as a ring */
static stint_status replay_buffer(world *w, int step)
{
    enum { ROOM = 6 };
    int at = step % ROOM;
    if (step >= ROOM)
        stint_drop(w->bag[at]);
    w->bag[at] = stint_keep(w->in[0]);
    w->held = step < ROOM ? step + 1 : ROOM;
    return world_train(w, w->optimiser);
}

static stint_status failed_steps(world *w, int step)
{
    stint_tensor *out;
    if (step % 3)
        return world_train(w, w->optimiser);
    if (stint_fn_call(w->fn, (stint_tensor *[]){w->in[1], w->in[0]}, &out) == STINT_OK)
        return STINT_EFAIL;
    stint_clear(w->ctx);
    return STINT_OK;
}

static stint_status generator_each_step(world *w, int step)
{
    stint_tensor *generator = stint_generator(w->ctx, step);
    stint_tensor *y = stint_dropout(w->in[0], 0.5, generator);
    return isfinite(stint_item(stint_sum(y, STINT_ALL_AXES, false))) ? STINT_OK : STINT_EFAIL;
}

#define CLEAN(f)                                                                                   \
    {                                                                                              \
#f, f, NULL                                                                                \
    }
const leak_case leaks_none[] = {
    CLEAN(traced),
    CLEAN(eager),
    CLEAN(with_adam),
    CLEAN(taped),
    CLEAN(tape_each_step),
    CLEAN(evaluation),
    CLEAN(two_shapes),
    CLEAN(buckets),
    CLEAN(cleared_list),
    CLEAN(window),
    CLEAN(best_state),
    CLEAN(read_mean),
    CLEAN(logged_mean),
    CLEAN(curvature),
    CLEAN(diagonal),
    CLEAN(minimised),
    CLEAN(fn_freed),
    CLEAN(optimiser_freed),
    CLEAN(nested_scopes),
    CLEAN(views),
    CLEAN(written),
    CLEAN(drawn),
    CLEAN(warm_up),
    CLEAN(carried),
    CLEAN(errors_cleared),
    CLEAN(wrapped),
    CLEAN(accumulated),
    CLEAN(scaled),
    CLEAN(hidden_state),
    CLEAN(images),
    CLEAN(attended),
    CLEAN(whole_hessian),
    CLEAN(within_a_budget),
    CLEAN(known_masks),
    CLEAN(replay_buffer),
    CLEAN(failed_steps),
    CLEAN(generator_each_step),
    CLEAN(with_sgd),
    CLEAN(normed),
    CLEAN(with_rmsprop),
    CLEAN(with_curvature),
    {.name = NULL},
};
