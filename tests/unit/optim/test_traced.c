/* Updates, clipping and accumulation in a step that is traced once and replayed: the same bits as
 * eagerly, a changed learning rate included. */
#include "stint/fn.h"

#include "unit/optim/oracle.h"

enum { ROWS = 6, INPUTS = 4, HIDDEN = 5, WEIGHTS = 3, STEPS = 8 };

typedef struct trainer trainer;
typedef stint_status clipping(trainer *r, stint_tensor **gradient);

/* y ≈ tanh(x w0 + w1) w2 */
struct trainer {
    stint_tensor *w[WEIGHTS], *history, *norm;
    stint_optimiser *optimiser;
    stint_accumulator *accumulator;
    clipping *clip; /* NULL = none */
    int traces;
};

static stint_status by_norm(trainer *r, stint_tensor **gradient)
{
    return stint_clip_by_norm(WEIGHTS, gradient, 0.05, &r->norm);
}

static stint_status by_value(trainer *r, stint_tensor **gradient)
{
    (void)r;
    return stint_clip_by_value(WEIGHTS, gradient, 0.02);
}

static stint_status adaptively(trainer *r, stint_tensor **gradient)
{
    return stint_clip_adaptive(WEIGHTS, gradient, r->history, 2, NULL);
}

static stint_status accumulated(trainer *r, stint_tensor **gradient)
{
    TRY(stint_accumulator_add(r->accumulator, 3, gradient));
    TRY(stint_accumulator_add(r->accumulator, 1, gradient));
    return stint_accumulator_take(r->accumulator, gradient);
}

static stint_status step(void *self, stint_tensor *const *in, stint_tensor **out)
{
    trainer *r = self;
    stint_tensor *gradient[WEIGHTS];
    r->traces++;
    stint_tensor *hidden = stint_tanh(stint_linear(in[0], r->w[0], r->w[1]));
    out[0] = stint_mse(stint_matmul(hidden, r->w[2]), in[1], STINT_REDUCE_MEAN);
    TRY(stint_gradients(1, out, NULL, WEIGHTS, r->w, gradient));
    if (r->clip)
        TRY(r->clip(r, gradient));
    return stint_optimiser_update(r->optimiser, WEIGHTS, r->w, gradient);
}

typedef struct traced_case {
    const char *what, *class;
    clipping *clip;
    stint_setting setting;
} traced_case;

static const traced_case cases[] = {
    {"sgd", "sgd", NULL, {"momentum", "0"}},
    {"momentum", "sgd", NULL, {"momentum", "0.9"}},
    {"dampening", "sgd", NULL, {"dampening", "0.5"}},
    {"adam", "adam", NULL, {"weight_decay", "0.01"}},
    {"adamw", "adamw", NULL, {"weight_decay", "0.01"}},
    {"rmsprop", "rmsprop", NULL, {"centered", NULL}},
    {"by norm", "adamw", by_norm, {"eps", "1e-3"}},
    {"by value", "adamw", by_value, {"eps", "1e-3"}},
    {"adaptively", "adamw", adaptively, {"eps", "1e-3"}},
    {"accumulated", "adamw", accumulated, {"eps", "1e-3"}},
};

static trainer trainer_make(ctx *c, const traced_case *one)
{
    stint_tensor *generator = stint_generator(c, 11);
    trainer r = {.clip = one->clip};
    r.w[0] = stint_initialise(generator, "xavier_uniform", 0, NULL, STINT_F32,
                              STINT_SHAPE(INPUTS, HIDDEN));
    r.w[1] = stint_initialise(generator, "zeros", 0, NULL, STINT_F32, STINT_SHAPE(HIDDEN));
    r.w[2] = stint_initialise(generator, "orthogonal", 0, NULL, STINT_F32, STINT_SHAPE(HIDDEN, 1));
    r.history = stint_zeros(c, STINT_F32, STINT_SHAPE(3));
    r.optimiser = stint_optimiser_new(c, one->class, 1, &one->setting);
    r.accumulator = stint_accumulator_new(c, WEIGHTS, r.w);
    assert_string_equal(stint_message(c), "");
    return r;
}

static void trainer_drop(trainer *r)
{
    stint_optimiser_free(r->optimiser);
    stint_accumulator_free(r->accumulator);
}

static void data(int i, float x[ROWS * INPUTS], float y[ROWS])
{
    for (int k = 0; k < ROWS * INPUTS; k++)
        x[k] = (float)sin(i * 7 + k * 1.3);
    for (int k = 0; k < ROWS; k++)
        y[k] = x[k * INPUTS] * x[k * INPUTS + 1];
}

/* STEPS steps; the losses, and the weights at the end. */
static void train(ctx *c, trainer *r, bool traced, double rate, float losses[STEPS],
                  float weights[INPUTS * HIDDEN])
{
    float x[ROWS * INPUTS], y[ROWS];
    stint_tensor *out;
    stint_fn *f = traced ? stint_fn_new(c, step, r, 2, 1) : NULL;
    for (int i = 0; i < STEPS; i++) {
        stint_scope *s = stint_scope_open(c);
        data(i, x, y);
        stint_tensor *in[2] = {stint_tensor_new(c, STINT_F32, STINT_SHAPE(ROWS, INPUTS), x),
                               stint_tensor_new(c, STINT_F32, STINT_SHAPE(ROWS, 1), y)};
        if (i == STEPS / 2)
            assert_int_equal(stint_optimiser_set_rate(r->optimiser, rate), STINT_OK);
        assert_int_equal(traced ? stint_fn_call(f, in, &out) : step(r, in, &out), STINT_OK);
        assert_int_equal(stint_read(out, &losses[i], sizeof losses[i]), STINT_OK);
        assert_int_equal(stint_scope_close(s), STINT_OK);
    }
    assert_int_equal(stint_read(r->w[0], weights, INPUTS * HIDDEN * sizeof *weights), STINT_OK);
    assert_int_equal(r->traces, traced ? 1 : STEPS);
    stint_fn_free(f);
}

static void replayed_steps_are_the_eager_ones(void **state)
{
    fixture *t = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        float losses[3][STEPS], weights[3][INPUTS * HIDDEN];
        static const double rates[] = {0.03, 0.03, 0.04};
        for (int k = 0; k < 3; k++) {
            stint_scope *s = stint_scope_open(t->ctx);
            trainer r = trainer_make(t->ctx, &cases[i]);
            train(t->ctx, &r, k > 0, rates[k], losses[k], weights[k]);
            trainer_drop(&r);
            assert_int_equal(stint_scope_close(s), STINT_OK);
        }
        bool same = memcmp(losses[0], losses[1], sizeof losses[0]) == 0 &&
                    memcmp(weights[0], weights[1], sizeof weights[0]) == 0;
        bool rate_counts = memcmp(weights[1], weights[2], sizeof weights[1]) != 0;
        if (!same || !rate_counts)
            fail_msg("%s: %s", cases[i].what, same ? "the new rate is not seen" : "other bits");
    }
}

/* The same without an update: the gradients are results. */
static stint_status gradients_alone(void *self, stint_tensor *const *in, stint_tensor **out)
{
    trainer *r = self;
    stint_tensor *hidden = stint_tanh(stint_linear(in[0], r->w[0], r->w[1]));
    out[0] = stint_mse(stint_matmul(hidden, r->w[2]), in[1], STINT_REDUCE_MEAN);
    return stint_gradients(1, out, NULL, WEIGHTS, r->w, out + 1);
}

static int64_t steps_of(ctx *c, stint_fn_body *body, trainer *r, int outputs)
{
    stint_fn *f = stint_fn_new(c, body, r, 2, outputs);
    stint_plan_facts facts;
    stint_tensor *in[2] = {stint_zeros(c, STINT_F32, STINT_SHAPE(ROWS, INPUTS)),
                           stint_zeros(c, STINT_F32, STINT_SHAPE(ROWS, 1))};
    assert_int_equal(stint_fn_warm_up(f, in), STINT_OK);
    assert_int_equal(stint_fn_facts(f, &facts), STINT_OK);
    stint_fn_free(f);
    return facts.steps;
}

/* No update takes a pass of its own over a weight: it is computed with the gradient.  Only scalars
 * are added: what follows from t, what from the rate alone, and a cast for each that weights use. */
static void updates_are_computed_with_the_gradients(void **state)
{
    fixture *t = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (cases[i].clip)
            continue;
        stint_scope *s = stint_scope_open(t->ctx);
        trainer r = trainer_make(t->ctx, &cases[i]);
        int64_t bare = steps_of(t->ctx, gradients_alone, &r, 1 + WEIGHTS);
        int64_t whole = steps_of(t->ctx, step, &r, 1);
        if (whole > bare + 2 + 3)
            fail_msg("%s: %d steps, %d without the update", cases[i].what, (int)whole, (int)bare);
        trainer_drop(&r);
        assert_int_equal(stint_scope_close(s), STINT_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(replayed_steps_are_the_eager_ones),
        FIXTURE_TEST(updates_are_computed_with_the_gradients),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
