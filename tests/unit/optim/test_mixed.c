/* Training in narrow storage: on digits.csv the loss goes down as it does in f32, and what is kept
 * between the forward part and the gradients takes half the memory. */
#include "stint/fn.h"

#include "unit/optim/oracle.h"

enum { ROWS = 1797, PIXELS = 64, HIDDEN = 128, DIGITS = 10, BATCH = 128, TRAIN = 11 * BATCH };
enum { WEIGHTS = 4, STEPS = 200, WINDOW = 20 };

static float pixels[ROWS][PIXELS];
static int32_t digits[ROWS];

static void read_digits(void)
{
    FILE *f = fopen(STINT_SOURCE_DIR "/examples/data/digits.csv", "r");
    assert_non_null(f);
    assert_int_equal(fscanf(f, "%*[^\n]"), 0);
    for (int i = 0, at = 0; i < ROWS; i++, at = (at + 659) % ROWS) { /* rows shuffled */
        for (int j = 0; j < PIXELS; j++) {
            assert_int_equal(fscanf(f, "%f,", &pixels[at][j]), 1);
            pixels[at][j] /= 16;
        }
        assert_int_equal(fscanf(f, "%d", &digits[at]), 1);
    }
    fclose(f);
}

typedef struct trainer {
    stint_tensor *w[WEIGHTS];
    stint_optimiser *adam;
    stint_scaler *scaler; /* NULL = none */
} trainer;

static stint_status step(void *self, stint_tensor *const *in, stint_tensor **out)
{
    trainer *r = self;
    stint_tensor *gradient[WEIGHTS], *finite, *loss;
    stint_tensor *hidden = stint_relu(stint_linear(in[0], r->w[0], r->w[1]));
    loss = out[0] =
        stint_cross_entropy(stint_linear(hidden, r->w[2], r->w[3]), in[1], STINT_REDUCE_MEAN);
    if (r->scaler)
        loss = stint_scaler_scale(r->scaler, loss);
    TRY(stint_gradients(1, &loss, NULL, WEIGHTS, r->w, gradient));
    if (!r->scaler)
        return stint_optimiser_update(r->adam, WEIGHTS, r->w, gradient);
    TRY(stint_scaler_unscale(r->scaler, WEIGHTS, gradient, &finite));
    TRY(stint_optimiser_update_if(r->adam, finite, WEIGHTS, r->w, gradient));
    return stint_scaler_update(r->scaler, finite);
}

static trainer trainer_make(ctx *c, bool scaled)
{
    stint_tensor *g = stint_generator(c, 1);
    trainer r = {.adam = stint_optimiser_new(c, "adam", 0, NULL),
                 .scaler = scaled ? stint_scaler_new(c, 0, NULL) : NULL};
    r.w[0] =
        stint_initialise(g, "kaiming_uniform", 0, NULL, STINT_F32, STINT_SHAPE(PIXELS, HIDDEN));
    r.w[1] = stint_zeros(c, STINT_F32, STINT_SHAPE(HIDDEN));
    r.w[2] =
        stint_initialise(g, "kaiming_uniform", 0, NULL, STINT_F32, STINT_SHAPE(HIDDEN, DIGITS));
    r.w[3] = stint_zeros(c, STINT_F32, STINT_SHAPE(DIGITS));
    return r;
}

static void train(ctx *c, stint_dtype storage, bool scaled, double losses[STEPS])
{
    stint_scope *s = stint_scope_open(c);
    trainer r = trainer_make(c, scaled);
    stint_tensor *x = stint_wrap(c, STINT_F32, STINT_SHAPE(ROWS, PIXELS), NULL, pixels);
    stint_tensor *y = stint_wrap(c, STINT_I32, STINT_SHAPE(ROWS), NULL, digits);
    stint_fn *f = stint_fn_new(c, step, &r, 2, 1);
    assert_int_equal(stint_fn_storage(f, storage), STINT_OK);
    for (int64_t i = 0; i < STEPS; i++) {
        int64_t from = i * BATCH % TRAIN;
        stint_tensor *loss, *in[] = {stint_slice(x, 0, from, from + BATCH, 1),
                                     stint_slice(y, 0, from, from + BATCH, 1)};
        assert_int_equal(stint_fn_call(f, in, &loss), STINT_OK);
        losses[i] = stint_item(loss);
    }
    stint_fn_free(f);
    stint_optimiser_free(r.adam);
    stint_scaler_free(r.scaler);
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

static double mean(const double *x)
{
    double sum = 0;
    for (int i = 0; i < WINDOW; i++)
        sum += x[i];
    return sum / WINDOW;
}

static void losses_are_those_of_f32(void **state)
{
    fixture *t = *state;
    static const struct {
        stint_dtype storage;
        bool scaled;
    } cases[] = {{STINT_BF16, false}, {STINT_F16, true}};
    static double wide[STEPS], narrow[STEPS];
    read_digits();
    train(t->ctx, STINT_F32, false, wide);
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        train(t->ctx, cases[k].storage, cases[k].scaled, narrow);
        for (int i = 0; i < STEPS; i++)
            if (!(fabs(narrow[i] - wide[i]) <= 0.01 * wide[i]))
                fail_msg("%s, step %d: a loss of %g, in f32 %g", stint_dtype_text(cases[k].storage),
                         i, narrow[i], wide[i]);
        double last = mean(narrow + STEPS - WINDOW), want = mean(wide + STEPS - WINDOW);
        assert_true(fabs(last - want) <= 0.01 * want);
        assert_true(last < 0.15 * narrow[0]);
        assert_true(memcmp(narrow, wide, sizeof wide) != 0);
    }
}

/* ---- memory: a deep net, whose activations are most of the slab */

enum { LAYERS = 32, WIDTH = 64 };

static stint_status deep(void *self, stint_tensor *const *in, stint_tensor **out)
{
    stint_tensor **w = self, *gradient[LAYERS], *x = in[0];
    for (int i = 0; i < LAYERS; i++)
        x = stint_relu(stint_matmul(x, w[i]));
    out[0] = stint_mse(x, in[0], STINT_REDUCE_MEAN);
    TRY(stint_gradients(1, out, NULL, LAYERS, w, gradient));
    for (int i = 0; i < LAYERS; i++)
        stint_sub_(w[i], stint_mul_number(gradient[i], 0.01));
    return STINT_OK;
}

static int64_t slab_of(ctx *c, stint_dtype storage)
{
    stint_scope *s = stint_scope_open(c);
    stint_tensor *w[LAYERS], *in = stint_zeros(c, STINT_F32, STINT_SHAPE(BATCH, WIDTH));
    for (int i = 0; i < LAYERS; i++)
        w[i] = stint_zeros(c, STINT_F32, STINT_SHAPE(WIDTH, WIDTH));
    stint_fn *f = stint_fn_new(c, deep, w, 1, 1);
    stint_plan_facts facts;
    assert_int_equal(stint_fn_storage(f, storage), STINT_OK);
    assert_int_equal(stint_fn_warm_up(f, &in), STINT_OK);
    assert_int_equal(stint_fn_facts(f, &facts), STINT_OK);
    stint_fn_free(f);
    assert_int_equal(stint_scope_close(s), STINT_OK);
    return facts.planned_bytes;
}

static void activations_take_half(void **state)
{
    fixture *t = *state;
    int64_t each = (int64_t)BATCH * WIDTH * (int64_t)sizeof(float);
    int64_t wide = slab_of(t->ctx, STINT_F32), narrow = slab_of(t->ctx, STINT_BF16);
    /* beside the kept ones a few live for a moment, in f32 */
    assert_true(wide >= LAYERS * each && wide <= (LAYERS + 4) * each);
    assert_true(narrow >= LAYERS * each / 2 && narrow <= LAYERS * each / 2 + 4 * each);
    assert_int_equal(slab_of(t->ctx, STINT_F16), narrow);
}

/* ---- what an optimiser makes of gradients stays f32 */

/* The squares of gradients of 1e-6 would be nothing in f16. */
static stint_status norm_of(void *self, stint_tensor *const *in, stint_tensor **out)
{
    stint_tensor *w = self, *gradient;
    stint_tensor *loss = stint_mean(stint_matmul(stint_tanh(in[0]), w), STINT_ALL_AXES, false);
    loss = stint_mul_number(loss, 1e-4);
    TRY(stint_gradients(1, &loss, NULL, 1, &w, &gradient));
    return stint_clip_by_norm(1, &gradient, 1, &out[0]);
}

static void squares_of_gradients_stay_wide(void **state)
{
    fixture *t = *state;
    double norm[2];
    float x[BATCH * 4];
    for (int i = 0; i < BATCH * 4; i++)
        x[i] = (float)sin(i) + 0.5F;
    stint_tensor *w = stint_full(t->ctx, STINT_F32, STINT_SHAPE(4, 64), 1);
    stint_tensor *in = stint_tensor_new(t->ctx, STINT_F32, STINT_SHAPE(BATCH, 4), x), *out;
    assert_int_equal(stint_realise(1, &w), STINT_OK);
    for (int k = 0; k < 2; k++) {
        stint_fn *f = stint_fn_new(t->ctx, norm_of, w, 1, 1);
        assert_int_equal(stint_fn_storage(f, k == 0 ? STINT_F32 : STINT_F16), STINT_OK);
        assert_int_equal(stint_fn_call(f, &in, &out), STINT_OK);
        norm[k] = stint_item(out);
        stint_fn_free(f);
    }
    assert_true(norm[0] > 1e-6 && norm[0] < 1e-3);
    if (!(fabs(norm[1] - norm[0]) <= 0.05 * norm[0]))
        fail_msg("a norm of %g, in f32 %g", norm[1], norm[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(losses_are_those_of_f32),
        FIXTURE_TEST(activations_take_half),
        FIXTURE_TEST(squares_of_gradients_stay_wide),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
