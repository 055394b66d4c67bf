/* Leaks as they are reported of training programs, one function each: every one is suspected, of
 * that function alone.  And loops that leak nothing, of which none is suspected. */
#include "unit/fixture.h"
#include "unit/graph/mlp.h"

#include "stint/derivatives.h"
#include "stint/memory.h"
#include "stint/optim.h"

#include "base/fault.h"
#include "base/json.h"
#include "base/os/os.h"
#include "graph/graph_impl.h"

enum { BAG = 2048, EPOCH = 4, TABLE = 64 };

typedef struct world {
    ctx *ctx;
    mlp net;
    stint_tensor *in[2]; /* the step's batch */
    stint_tensor *bag[BAG], *running, *table;
    stint_fn *fns[BAG], *fn;
    stint_optimiser *optimisers[BAG], *optimiser;
    stint_tape *tape;
    int held, fns_held, optimisers_held;
    float data[TABLE][MLP_IN];
} world;

typedef stint_status loop(world *w, int step);

static void put(world *w, stint_tensor *t)
{
    assert_non_null(t);
    assert_true(w->held < BAG);
    w->bag[w->held++] = stint_keep(t);
}

static void empty_bag(world *w)
{
    while (w->held > 0)
        stint_drop(w->bag[--w->held]);
}

static void open_world(ctx *c, world *w)
{
    *w = (world){.ctx = c};
    assert_true(mlp_init(&w->net, c));
    w->running = stint_keep(stint_zeros(c, STINT_F32, STINT_SCALAR));
    w->table = stint_keep(stint_tensor_new(c, STINT_F32, STINT_SHAPE(TABLE, MLP_IN), w->data));
    w->tape = stint_tape_open(c);
    w->fn = stint_fn_new(c, mlp_step, &w->net, 2, 1);
    w->optimiser = stint_optimiser_new(c, "adam", 0, NULL);
}

static void close_world(world *w, stint_scope *outer)
{
    stint_clear(w->ctx);
    stint_tape_close(w->tape);
    empty_bag(w);
    while (w->fns_held > 0)
        stint_fn_free(w->fns[--w->fns_held]);
    while (w->optimisers_held > 0)
        stint_optimiser_free(w->optimisers[--w->optimisers_held]);
    stint_fn_free(w->fn);
    stint_optimiser_free(w->optimiser);
    stint_drop(w->running);
    stint_drop(w->table);
    mlp_deinit(&w->net);
    assert_int_equal(stint_scope_close(outer), STINT_OK);
}

/* ---- pieces of loops */

static stint_tensor *logits_of(const world *w, stint_tensor *x)
{
    stint_tensor *const *v = w->net.w;
    return stint_linear(stint_tanh(stint_linear(x, v[0], v[1])), v[2], v[3]);
}

static stint_tensor *loss_of(const world *w)
{
    return stint_cross_entropy(logits_of(w, w->in[0]), w->in[1], STINT_REDUCE_MEAN);
}

static stint_status gradients_of(world *w, stint_tensor **loss, stint_tensor **gradient)
{
    *loss = loss_of(w);
    return stint_gradients(1, loss, NULL, MLP_WEIGHTS, w->net.w, gradient);
}

static stint_status train(world *w, stint_optimiser *o)
{
    stint_tensor *loss, *gradient[MLP_WEIGHTS];
    TRY(gradients_of(w, &loss, gradient));
    TRY(stint_optimiser_update(o, MLP_WEIGHTS, w->net.w, gradient));
    TRY(stint_realise(MLP_WEIGHTS, w->net.w));
    return isfinite(stint_item(loss)) ? STINT_OK : STINT_EFAIL;
}

/* ---- leaks: functions of their own, for their names */

#define LEAK static __attribute__((noinline)) stint_status

LEAK leak_kept_loss(world *w, int step)
{
    stint_tensor *loss = loss_of(w);
    put(w, loss);
    return isfinite(stint_item(loss)) ? STINT_OK : STINT_EFAIL + step;
}

LEAK leak_metric_list(world *w, int step)
{
    stint_tensor *best = stint_argmax(logits_of(w, w->in[0]), -1, false);
    put(w, stint_mean(stint_cast(stint_equal(best, w->in[1]), STINT_F32), 0, false));
    return step < 0;
}

/* Two objects that count each other: neither goes. */
LEAK leak_hook_cycle(world *w, int step)
{
    stint_tensor *module = stint_relu(w->in[0]);
    stint_tensor *hook = stint_alias(module);
    put(w, module);
    put(w, hook);
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
    TRY(gradients_of(w, &loss, gradient));
    TRY(stint_hessian_vector(loss, MLP_WEIGHTS, w->net.w, w->net.w, product));
    for (int i = 0; i < MLP_WEIGHTS; i++)
        put(w, product[i]);
    return stint_realise(MLP_WEIGHTS, product);
}

LEAK leak_tape_not_cleared(world *w, int step)
{
    (void)step;
    stint_tape_watch(w->tape, w->in[0]);
    return isfinite(stint_item(loss_of(w))) ? STINT_OK : STINT_EFAIL;
}

LEAK leak_optimiser_each_step(world *w, int step)
{
    (void)step;
    w->optimisers[w->optimisers_held] = stint_optimiser_new(w->ctx, "adam", 0, NULL);
    return train(w, w->optimisers[w->optimisers_held++]);
}

LEAK leak_scope_left_open(world *w, int step)
{
    stint_scope *s = stint_scope_open(w->ctx);
    return s && step >= 0 ? STINT_OK : STINT_ENOMEM;
}

LEAK leak_aliases(world *w, int step)
{
    put(w, stint_alias(w->net.w[0]));
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
    put(w, stint_wrap(w->ctx, STINT_F32, STINT_SHAPE(MLP_IN), NULL, w->data[step % TABLE]));
    return STINT_OK;
}

LEAK leak_gradient_list(world *w, int step)
{
    stint_tensor *loss, *gradient[MLP_WEIGHTS];
    TRY(gradients_of(w, &loss, gradient));
    TRY(stint_realise(MLP_WEIGHTS, gradient));
    put(w, gradient[step % MLP_WEIGHTS]);
    return STINT_OK;
}

LEAK leak_views(world *w, int step)
{
    stint_tensor *big = stint_zeros(w->ctx, STINT_F32, STINT_SHAPE(256, 16));
    put(w, stint_slice(big, 0, step, step + 1, 1));
    return STINT_OK;
}

LEAK leak_states_each_epoch(world *w, int step)
{
    TRY(train(w, w->optimiser));
    if (step % EPOCH != EPOCH - 1)
        return STINT_OK;
    for (int i = 0; i < MLP_WEIGHTS; i++) {
        stint_tensor *copy = stint_mul_number(w->net.w[i], 2);
        put(w, copy);
        TRY(stint_realise(1, &copy));
    }
    return STINT_OK;
}

LEAK leak_error_path(world *w, int step)
{
    stint_tensor *x = stint_keep(stint_add_number(w->in[0], 1));
    if (step % 3 == 1) { /* the way out that forgets x */
        put(w, x);
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
    stint_tensor *total = stint_add(w->running, loss_of(w));
    stint_drop(w->running);
    w->running = stint_keep(total);
    return isfinite(stint_item(total)) ? STINT_OK : STINT_EFAIL;
}

typedef struct seeded {
    const char *name;
    loop *step;
    const char *holder; /* in its text */
} seeded;

#define SEED(f, holder)                                                                            \
    {                                                                                              \
#f, f, holder                                                                              \
    }
static const seeded leaks[] = {
    SEED(leak_kept_loss, "a kept handle of"),
    SEED(leak_metric_list, "pending"),
    SEED(leak_hook_cycle, "a kept handle of"),
    SEED(leak_retained_graph, "a kept handle of tanh f32 [], pending ← "),
    SEED(leak_double_backward, "a kept handle of"),
    SEED(leak_tape_not_cleared, "a tape that was not cleared"),
    SEED(leak_optimiser_each_step, "state of an optimiser"),
    SEED(leak_scope_left_open, "a scope that was not closed"),
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
};

/* ---- loops that leak nothing */

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
    return train(w, w->optimiser) + (step < 0);
}

static stint_status taped(world *w, int step)
{
    stint_tensor *gradient[MLP_WEIGHTS];
    for (int i = 0; i < MLP_WEIGHTS; i++)
        stint_tape_watch(w->tape, w->net.w[i]);
    stint_tensor *loss = loss_of(w);
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
    double loss = stint_item(loss_of(w));
    stint_tape_close(tape);
    return isfinite(loss) ? STINT_OK : STINT_EFAIL + step;
}

static stint_status evaluation(world *w, int step)
{
    stint_no_grad_open(w->ctx);
    stint_tensor *best = stint_argmax(logits_of(w, w->in[0]), -1, false);
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
        empty_bag(w);
    stint_tensor *loss = loss_of(w);
    put(w, loss);
    return stint_realise(1, &loss);
}

static stint_status window(world *w, int step)
{
    enum { WINDOW = 5 };
    stint_tensor *loss = stint_keep(loss_of(w));
    stint_drop(w->bag[step % WINDOW]);
    w->bag[step % WINDOW] = loss;
    w->held = WINDOW;
    return stint_realise(1, &loss);
}

static stint_status best_state(world *w, int step)
{
    if (step % 2 == 0 || step < 9)
        empty_bag(w);
    for (int i = 0; i < MLP_WEIGHTS && w->held < MLP_WEIGHTS; i++) {
        stint_tensor *copy = stint_mul_number(w->net.w[i], 2);
        put(w, copy);
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
    stint_tensor *loss = loss_of(w), *product[MLP_WEIGHTS];
    (void)step;
    TRY(stint_hessian_vector(loss, MLP_WEIGHTS, w->net.w, w->net.w, product));
    return stint_realise(MLP_WEIGHTS, product);
}

static stint_status diagonal(world *w, int step)
{
    stint_tensor *loss = loss_of(w), *out[MLP_WEIGHTS];
    (void)step;
    TRY(stint_hessian_diagonal_estimate(loss, MLP_WEIGHTS, w->net.w, w->net.generator, 2, out));
    TRY(stint_realise(MLP_WEIGHTS, out));
    return stint_realise(1, &w->net.generator);
}

static stint_tensor *whole_loss(void *self)
{
    return loss_of(self);
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
    stint_status s = train(w, o);
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
        put(w, stint_relu(w->in[0]));
    return train(w, w->optimiser);
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

#define CLEAN(f)                                                                                   \
    {                                                                                              \
#f, f, NULL                                                                                \
    }
static const seeded clean[] = {
    CLEAN(traced),         CLEAN(eager),           CLEAN(with_adam),     CLEAN(taped),
    CLEAN(tape_each_step), CLEAN(evaluation),      CLEAN(two_shapes),    CLEAN(buckets),
    CLEAN(cleared_list),   CLEAN(window),          CLEAN(best_state),    CLEAN(read_mean),
    CLEAN(logged_mean),    CLEAN(curvature),       CLEAN(diagonal),      CLEAN(minimised),
    CLEAN(fn_freed),       CLEAN(optimiser_freed), CLEAN(nested_scopes), CLEAN(views),
    CLEAN(written),        CLEAN(drawn),           CLEAN(warm_up),       CLEAN(carried),
    CLEAN(errors_cleared), CLEAN(wrapped),
};

/* ---- running them */

/* A scope a step, but where the scope is the leak. */
static void run(world *w, loop *step, int steps)
{
    for (int i = 0; i < steps; i++) {
        stint_scope *s = step == leak_scope_left_open ? NULL : stint_scope_open(w->ctx);
        mlp_batch(w->ctx, i, w->in);
        if (step(w, i) != STINT_OK)
            fail_msg("step %d: %s", i, stint_message(w->ctx));
        if (s)
            assert_int_equal(stint_scope_close(s), STINT_OK);
        assert_int_equal(stint_memory_checkpoint(w->ctx, "step"), STINT_OK);
        if (i % EPOCH == EPOCH - 1)
            assert_int_equal(stint_memory_checkpoint(w->ctx, "epoch"), STINT_OK);
    }
}

static bool is_of(const stint_memory_leak *leak, const char *function)
{
    return strncmp(leak->made_by, function, strlen(function)) == 0 &&
           leak->made_by[strlen(function)] == '+';
}

static bool holds_symbol(const stint_memory_leak *leak, const char *function)
{
    char name[128];
    for (int i = 0; i < leak->frames; i++)
        if (symbol_name(leak->frame[i], name, sizeof name) && strcmp(name, function) == 0)
            return true;
    return false;
}

static void seeded_leaks_are_found(void **state)
{
    fixture *t = *state;
    int bad = 0;
    for (size_t i = 0; i < sizeof leaks / sizeof leaks[0]; i++) {
        static world w;
        stint_scope *outer = stint_scope_open(t->ctx);
        open_world(t->ctx, &w);
        assert_int_equal(stint_memory_start(t->ctx), STINT_OK);
        run(&w, leaks[i].step, 40);
        int n = stint_memory_suspects(t->ctx);
        bool right = n > 0, held = false;
        for (int k = 0; k < n; k++) {
            stint_memory_leak leak;
            assert_int_equal(stint_memory_suspect(t->ctx, k, &leak), STINT_OK);
            right &= holds_symbol(&leak, leaks[i].name);
            held |= strstr(leak.holder, leaks[i].holder) != NULL;
            if (k == 0)
                right &= is_of(&leak, leaks[i].name) || strncmp(leak.made_by, "stint_", 6) != 0;
        }
        if (!right || !held) {
            stint_text report = {0};
            assert_int_equal(stint_memory_report(t->ctx, STINT_MEMORY_TEXT, &report), STINT_OK);
            print_error("%s: %s\n%s\n", leaks[i].name, right ? "the holder" : "the site",
                        report.at);
            stint_text_free(&report);
            bad++;
        }
        stint_memory_stop(t->ctx);
        close_world(&w, outer);
    }
    assert_int_equal(bad, 0);
}

static void clean_loops_are_not_suspected(void **state)
{
    fixture *t = *state;
    static const int steps[] = {13, 60};
    int bad = 0, runs = 0;
    for (size_t i = 0; i < 2 * sizeof clean / sizeof clean[0]; i++, runs++) {
        static world w;
        stint_scope *outer = stint_scope_open(t->ctx);
        open_world(t->ctx, &w);
        assert_int_equal(stint_memory_start(t->ctx), STINT_OK);
        run(&w, clean[i / 2].step, steps[i % 2]);
        if (stint_memory_suspects(t->ctx) != 0) {
            stint_text report = {0};
            assert_int_equal(stint_memory_report(t->ctx, STINT_MEMORY_TEXT, &report), STINT_OK);
            print_error("%s, %d steps:\n%s\n", clean[i / 2].name, steps[i % 2], report.at);
            stint_text_free(&report);
            bad++;
        }
        stint_memory_stop(t->ctx);
        close_world(&w, outer);
    }
    assert_true(runs >= 50);
    assert_int_equal(bad, 0);
}

/* ---- use, changes, reports */

static void changes_are_counted(void **state)
{
    fixture *t = *state;
    stint_memory_change change;
    assert_int_equal(stint_memory_checkpoint(t->ctx, "a"), STINT_EUSAGE);
    assert_message(t, "memory: the profiler is off: call stint_memory_start");
    assert_int_equal(stint_memory_start(t->ctx), STINT_OK);
    assert_int_equal(stint_memory_checkpoint(t->ctx, "a"), STINT_OK);
    stint_tensor *x = stint_keep(stint_zeros(t->ctx, STINT_F32, STINT_SHAPE(100)));
    assert_int_equal(stint_memory_checkpoint(t->ctx, "b"), STINT_OK);
    assert_int_equal(stint_memory_delta(t->ctx, "a", "b", &change), STINT_OK);
    assert_int_equal(change.tensors, 1);
    assert_int_equal(change.nodes, 1);
    assert_int_equal(change.values, 400);
    assert_true(change.bytes > 400);
    stint_drop(x);
    assert_int_equal(stint_memory_checkpoint(t->ctx, "b"), STINT_OK);
    assert_int_equal(stint_memory_delta(t->ctx, "b", "b", &change), STINT_OK);
    assert_true(change.tensors == -1 && change.nodes == -1 && change.values == -400);
    assert_int_equal(stint_memory_delta(t->ctx, "a", "c", &change), STINT_EUSAGE);
    assert_message(t, "there is no checkpoint \"c\"");
    bool found = false;
    for (int i = 0; i < stint_memory_tags(); i++) {
        stint_memory_use u = stint_memory_tag(t->ctx, i);
        assert_true(u.live >= 0 && u.peak >= u.live);
        found |= strcmp(u.tag, "tensor") == 0 && u.peak >= 400;
    }
    assert_true(found);
}

static void reports_say_the_same(void **state)
{
    fixture *t = *state;
    static world w;
    stint_text text = {0};
    assert_int_equal(stint_memory_report(t->ctx, STINT_MEMORY_TEXT, &text), STINT_OK);
    assert_non_null(strstr(text.at, "the profiler is off"));
    stint_text_free(&text);
    stint_scope *outer = stint_scope_open(t->ctx);
    open_world(t->ctx, &w);
    assert_int_equal(stint_memory_start(t->ctx), STINT_OK);
    run(&w, leak_kept_loss, 20);
    assert_int_equal(stint_memory_report(t->ctx, STINT_MEMORY_TEXT, &text), STINT_OK);
    assert_non_null(strstr(text.at, "suspected leaks: 1\n1. 20 tensors, 20 nodes, 80 bytes, more "
                                    "at 19 checkpoints \"step\"\n"));
    assert_non_null(strstr(text.at, "leak_kept_loss+0x"));
    stint_text_free(&text);
    assert_int_equal(stint_memory_report(t->ctx, STINT_MEMORY_JSON, &text), STINT_OK);
    json_t *all = json_parse(t->ctx, "report", text.at, text.len);
    assert_non_null(all);
    const json_t *one = json_array_get(json_object_get(all, "suspects"), 0);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(one, "live"), "tensors")),
                     20);
    assert_true(json_array_size(json_object_get(one, "stack")) > 2);
    assert_int_equal(json_array_size(json_object_get(all, "checkpoints")), 2);
    json_decref(all);
    stint_text_free(&text);
    close_world(&w, outer); /* the profiler is left on: it goes with the context */
}

#ifdef STINT_FAULTS
/* The nth allocation fails, for all n: nothing is left behind, and memory was short. */
static stint_status profiled_work(ctx *c)
{
    stint_text text = {0};
    TRY(stint_memory_start(c));
    for (int i = 0; i < 8; i++) {
        if (!stint_keep(stint_zeros(c, STINT_F32, STINT_SHAPE(3))))
            return ctx_status(c);
        TRY(stint_memory_checkpoint(c, "step"));
    }
    TRY(stint_memory_report(c, STINT_MEMORY_TEXT, &text));
    stint_text_free(&text);
    TRY(stint_memory_report(c, STINT_MEMORY_JSON, &text));
    stint_text_free(&text);
    return STINT_OK;
}

static bool fails_at(int n)
{
    char fault[32];
    ctx *c = stint_open(NULL);
    assert_non_null(c);
    snprintf(fault, sizeof fault, "*:alloc:%d", n);
    fault_arm(fault);
    stint_status s = profiled_work(c);
    fault_arm(NULL);
    assert_true(s == STINT_OK || s == STINT_ENOMEM);
    graph *g = ctx_attached(c);
    while (g && g->kept.handles)
        stint_drop(g->kept.handles);
    stint_memory_stop(c);
    stint_close(c);
    return s != STINT_OK;
}

static void shortages_are_survived(void **state)
{
    (void)state;
    int n = 1;
    while (fails_at(n))
        n++;
    assert_true(n > 30 && n < 10000);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(seeded_leaks_are_found),     FIXTURE_TEST(clean_loops_are_not_suspected),
        FIXTURE_TEST(changes_are_counted),        FIXTURE_TEST(reports_say_the_same),
#ifdef STINT_FAULTS
        cmocka_unit_test(shortages_are_survived),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
