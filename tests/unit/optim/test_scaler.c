/* Loss scaling: the scale over good and overflowing steps, steps that are skipped whole, small
 * gradients in f16, state. */
#include "stint/fn.h"

#include "unit/optim/oracle.h"

enum { NUMBERS = 3, STATES = 4, MOST_STATES = 8 };

/* ---- steps whose gradients are given: loss = Σ w in */

typedef struct given {
    stint_tensor *w;
    stint_scaler *scaler; /* NULL = updates whatever the gradient */
    stint_optimiser *optimiser;
} given;

static stint_status given_step(void *self, stint_tensor *const *in, stint_tensor **out)
{
    given *r = self;
    stint_tensor *gradient, *finite, *scaled;
    out[0] = stint_sum(stint_mul(r->w, in[0]), STINT_ALL_AXES, false);
    scaled = r->scaler ? stint_scaler_scale(r->scaler, out[0]) : out[0];
    TRY(stint_gradients(1, &scaled, NULL, 1, &r->w, &gradient));
    if (!r->scaler)
        return stint_optimiser_update(r->optimiser, 1, &r->w, &gradient);
    TRY(stint_scaler_unscale(r->scaler, 1, &gradient, &finite));
    TRY(stint_optimiser_update_if(r->optimiser, finite, 1, &r->w, &gradient));
    return stint_scaler_update(r->scaler, finite);
}

/* g: good; i: an infinity; n: a NaN; l: finite, but not when it is scaled */
static void gradient_of(char kind, int step, float x[NUMBERS])
{
    for (int k = 0; k < NUMBERS; k++)
        x[k] = (float)sin(step + 1.7 * k);
    if (kind != 'g')
        x[step % NUMBERS] = kind == 'i' ? -INFINITY : kind == 'n' ? NAN : 3e38F;
}

static given given_make(ctx *c, const char *class, int n, const stint_setting *settings)
{
    static const float start[NUMBERS] = {0.5F, -1, 2};
    given r = {.w = stint_tensor_new(c, STINT_F32, STINT_SHAPE(NUMBERS), start)};
    r.optimiser = stint_optimiser_new(c, class, n, settings);
    assert_non_null(r.optimiser);
    return r;
}

static void given_drop(given *r)
{
    stint_scaler_free(r->scaler);
    stint_optimiser_free(r->optimiser);
}

static stint_status run_one(ctx *c, given *r, stint_fn *f, char kind, int step)
{
    float x[NUMBERS];
    stint_tensor *out;
    stint_scope *s = stint_scope_open(c);
    gradient_of(kind, step, x);
    stint_tensor *in = stint_tensor_new(c, STINT_F32, STINT_SHAPE(NUMBERS), x);
    assert_int_equal(f ? stint_fn_call(f, &in, &out) : given_step(r, &in, &out), STINT_OK);
    return stint_scope_close(s);
}

/* ---- the scale */

typedef struct scale_case {
    const char *steps; /* a number repeats the letter after it */
    stint_setting settings[3];
    double want[STATES]; /* scale, good, skips, skipped */
} scale_case;

static const stint_setting three = {"interval", "3"};

static const scale_case scale_cases[] = {
    {"", {three}, {65536, 0, 0, 0}},
    {"gg", {three}, {65536, 2, 0, 0}},
    {"ggg", {three}, {131072, 0, 0, 0}},
    {"7g", {three}, {262144, 1, 0, 0}},
    {"i", {three}, {32768, 0, 1, 1}},
    {"n", {three}, {32768, 0, 1, 1}},
    {"l", {three}, {32768, 0, 1, 1}},
    {"ggiggg", {three}, {65536, 0, 0, 1}},
    {"ininigin", {three}, {65536.0 / 128, 0, 2, 7}},
    {"1999g", {{"scale", "65536"}}, {65536, 1999, 0, 0}},
    {"2000g", {{"scale", "65536"}}, {131072, 0, 0, 0}},
    {"1999gi2000g", {{"scale", "65536"}}, {65536, 0, 0, 1}},
    {"ggi", {{"scale", "10"}, {"growth", "3"}, {"backoff", "0.1"}}, {1, 0, 1, 1}},
    {"ggig", {{"growth", "3"}, {"backoff", "0.1"}, {"interval", "1"}}, {65536 * 2.7, 0, 0, 1}},
    {"3g", {{"scale", "1.7014118346046923e38"}, {"interval", "1"}}, {0x1p127, 0, 0, 0}},
    {"3i", {{"scale", "2.3509887016445750e-38"}}, {0x1p-126, 0, 3, 3}},
};

static void run_steps(ctx *c, given *r, stint_fn *f, const char *steps)
{
    for (int step = 0; *steps; steps++) {
        char *end;
        long times = strtol(steps, &end, 10);
        steps = end;
        for (times = times ? times : 1; times > 0; times--)
            assert_int_equal(run_one(c, r, f, *steps, step++), STINT_OK);
    }
}

static void check_scale(ctx *c, const scale_case *one, bool traced)
{
    static const char *const names[STATES] = {"scale", "good", "skips", "skipped"};
    int n = 0;
    while (n < 3 && one->settings[n].key)
        n++;
    given r = given_make(c, "sgd", 0, NULL);
    r.scaler = stint_scaler_new(c, n, one->settings);
    stint_fn *f = traced ? stint_fn_new(c, given_step, &r, 1, 1) : NULL;
    run_steps(c, &r, f, one->steps);
    assert_int_equal(stint_scaler_states(r.scaler), STATES);
    for (int i = 0; i < STATES; i++) {
        char name[16];
        double got = stint_item(stint_scaler_state(r.scaler, i, name, sizeof name));
        assert_string_equal(name, names[i]);
        if (!(fabs(got - one->want[i]) <= 1e-12 * fabs(one->want[i])))
            fail_msg("\"%s\": %s is %.17g, not %.17g", one->steps, name, got, one->want[i]);
    }
    stint_fn_free(f);
    given_drop(&r);
}

static void the_scale_follows_overflows(void **state)
{
    fixture *t = *state;
    for (size_t i = 0; i < sizeof scale_cases / sizeof scale_cases[0]; i++)
        for (int traced = strlen(scale_cases[i].steps) > 4 || scale_cases[i].steps[0] == '1';
             traced < 2; traced++) {
            stint_scope *s = stint_scope_open(t->ctx);
            check_scale(t->ctx, &scale_cases[i], traced);
            assert_int_equal(stint_scope_close(s), STINT_OK);
        }
}

static void skips_in_a_row_are_an_error(void **state)
{
    fixture *t = *state;
    given r = given_make(t->ctx, "adam", 0, NULL);
    r.scaler = stint_scaler_new(t->ctx, 0, NULL);
    stint_fn *f = stint_fn_new(t->ctx, given_step, &r, 1, 1);
    run_steps(t->ctx, &r, f, "4i");
    assert_int_equal(stint_scaler_check(r.scaler), STINT_OK);
    run_steps(t->ctx, &r, f, "g4n");
    assert_int_equal(stint_scaler_check(r.scaler), STINT_OK);
    run_steps(t->ctx, &r, f, "i");
    assert_int_equal(stint_scaler_check(r.scaler), STINT_EFAIL);
    assert_message(t, "overflowed in 5 steps in a row, the last at a scale of 256");
    stint_fn_free(f);
    given_drop(&r);
}

/* ---- skipped steps */

typedef struct class_case {
    const char *class;
    stint_setting settings[2];
} class_case;

static const class_case classes[] = {
    {"sgd", {{"learning_rate", "0.1"}, {"weight_decay", "0.1"}}},
    {"sgd", {{"momentum", "0.9"}, {"nesterov", "true"}}},
    {"sgd", {{"momentum", "0.9"}, {"dampening", "0.5"}}},
    {"adam", {{"learning_rate", "0.1"}, {"weight_decay", "0.1"}}},
    {"adamw", {{"learning_rate", "0.1"}, {"weight_decay", "0.1"}}},
    {"rmsprop", {{"centered", "true"}, {"momentum", "0.9"}}},
};

/* What training has changed, the scaler apart. */
typedef struct image {
    unsigned char at[512];
    size_t bytes;
} image;

static void image_add(image *m, stint_tensor *t)
{
    size_t bytes = (size_t)stint_tensor_count(t) * stint_dtype_bytes(stint_tensor_dtype(t));
    assert_true(m->bytes + bytes <= sizeof m->at);
    assert_int_equal(stint_read(t, m->at + m->bytes, bytes), STINT_OK);
    m->bytes += bytes;
}

static image image_of(const given *r)
{
    image m = {.bytes = 0};
    char name[16];
    image_add(&m, r->w);
    for (int i = 0; i < stint_optimiser_states(r->optimiser); i++)
        image_add(&m, stint_optimiser_state(r->optimiser, i, name, sizeof name));
    return m;
}

static bool same_image(const image *a, const image *b)
{
    return a->bytes == b->bytes && memcmp(a->at, b->at, a->bytes) == 0;
}

/* Beside it training without a scaler is told of the good steps alone. */
static void check_skips(ctx *c, const class_case *one, bool traced)
{
    static const char steps[] = "iggngglginigg";
    given r[2];
    stint_fn *f[2];
    for (int k = 0; k < 2; k++) {
        r[k] = given_make(c, one->class, 2, one->settings);
        r[k].scaler = k == 0 ? stint_scaler_new(c, 0, NULL) : NULL;
        f[k] = traced ? stint_fn_new(c, given_step, &r[k], 1, 1) : NULL;
    }
    for (int i = 0; steps[i]; i++) {
        image before = image_of(&r[0]);
        assert_int_equal(run_one(c, &r[0], f[0], steps[i], i), STINT_OK);
        if (steps[i] == 'g')
            assert_int_equal(run_one(c, &r[1], f[1], steps[i], i), STINT_OK);
        image after = image_of(&r[0]), plain = image_of(&r[1]);
        if (i > 0 && steps[i] != 'g' && !same_image(&before, &after))
            fail_msg("%s: step %d was skipped, and changed something", one->class, i);
        if (i > 0 && !same_image(&after, &plain))
            fail_msg("%s: step %d is not that without a scale", one->class, i);
    }
    for (int k = 0; k < 2; k++) {
        stint_fn_free(f[k]);
        given_drop(&r[k]);
    }
}

static void skipped_steps_change_nothing(void **state)
{
    fixture *t = *state;
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++)
        for (int traced = 0; traced < 2; traced++) {
            stint_scope *s = stint_scope_open(t->ctx);
            check_skips(t->ctx, &classes[i], traced);
            assert_int_equal(stint_scope_close(s), STINT_OK);
        }
}

/* ---- state */

static void copy_state(stint_tensor *from, stint_tensor *to)
{
    unsigned char at[64];
    size_t bytes = (size_t)stint_tensor_count(from) * stint_dtype_bytes(stint_tensor_dtype(from));
    assert_true(bytes <= sizeof at);
    assert_int_equal(stint_read(from, at, bytes), STINT_OK);
    assert_int_equal(stint_write(to, at, bytes), STINT_OK);
}

static void restore(const given *from, given *to)
{
    char name[16];
    copy_state(from->w, to->w);
    for (int i = 0; i < stint_optimiser_states(from->optimiser); i++)
        copy_state(stint_optimiser_state(from->optimiser, i, name, sizeof name),
                   stint_optimiser_state(to->optimiser, i, name, sizeof name));
    for (int i = 0; i < stint_scaler_states(from->scaler); i++)
        copy_state(stint_scaler_state(from->scaler, i, name, sizeof name),
                   stint_scaler_state(to->scaler, i, name, sizeof name));
}

/* Six steps, and six more with what was saved: the interval and a run of skips span the break. */
static void saved_state_goes_on(void **state)
{
    fixture *t = *state;
    static const char steps[] = "gigggiiigggg";
    given r[2];
    stint_fn *f[2];
    for (int k = 0; k < 2; k++) {
        r[k] = given_make(t->ctx, "adamw", 0, NULL);
        r[k].scaler = stint_scaler_new(t->ctx, 1, &three);
        f[k] = stint_fn_new(t->ctx, given_step, &r[k], 1, 1);
    }
    for (int i = 0; i < 7; i++)
        assert_int_equal(run_one(t->ctx, &r[0], f[0], steps[i], i), STINT_OK);
    assert_int_equal(run_one(t->ctx, &r[1], f[1], 'g', 0), STINT_OK); /* states are made */
    restore(&r[0], &r[1]);
    for (int i = 7; steps[i]; i++)
        for (int k = 0; k < 2; k++)
            assert_int_equal(run_one(t->ctx, &r[k], f[k], steps[i], i), STINT_OK);
    image whole = image_of(&r[0]), resumed = image_of(&r[1]);
    assert_true(same_image(&whole, &resumed));
    for (int i = 0; i < STATES; i++) {
        char name[16];
        assert_true(stint_item(stint_scaler_state(r[0].scaler, i, name, sizeof name)) ==
                    stint_item(stint_scaler_state(r[1].scaler, i, name, sizeof name)));
    }
    for (int k = 0; k < 2; k++) {
        stint_fn_free(f[k]);
        given_drop(&r[k]);
    }
}

/* ---- many gradients */

static void one_bad_element_is_found_anywhere(void **state)
{
    fixture *t = *state;
    static const stint_dtype dtypes[3] = {STINT_F32, STINT_F64, STINT_F16};
    stint_scaler *s = stint_scaler_new(t->ctx, 0, NULL);
    for (int bad = -1; bad < 4; bad++) {
        stint_tensor *g[4] = {NULL}, *finite;
        for (int i = 0; i < 4; i++) {
            double x[6] = {1, -2, 1, 3, 4, 65504};
            if (i == bad)
                x[2 * i % 6] = i % 2 ? NAN : INFINITY;
            stint_tensor *wide = stint_tensor_new(t->ctx, STINT_F64, STINT_SHAPE(3, 2), x);
            g[i] = i == 3 && bad < 3 ? NULL : stint_cast(wide, dtypes[i % 3]);
        }
        assert_int_equal(stint_scaler_unscale(s, 4, g, &finite), STINT_OK);
        assert_true(stint_item(finite) == (bad < 0));
        assert_true((g[3] == NULL) == (bad < 3));
        assert_int_equal(stint_tensor_dtype(g[1]), STINT_F64);
        assert_int_equal(stint_tensor_dtype(g[2]), STINT_F32);
        float got[6];
        assert_int_equal(stint_read(g[2], got, sizeof got), STINT_OK);
        assert_true(bad == 2 || (got[1] == -2 / 65536.0F && got[5] == 65504 / 65536.0F));
    }
    stint_scaler_free(s);
}

static void wrong_use_is_told(void **state)
{
    fixture *t = *state;
    given r = given_make(t->ctx, "sgd", 0, NULL);
    stint_tensor *g = stint_zeros(t->ctx, STINT_F32, STINT_SHAPE(NUMBERS));
    stint_tensor *row = stint_equal(g, g), *number = stint_scalar(t->ctx, STINT_F32, 1);
    assert_int_equal(stint_optimiser_update_if(r.optimiser, row, 1, &r.w, &g), STINT_EUSAGE);
    assert_message(t, "sgd: the condition of an update is a bool scalar");
    assert_int_equal(stint_optimiser_update_if(r.optimiser, NULL, 1, &r.w, &g), STINT_EUSAGE);
    assert_message(t, "a bool scalar");
    r.scaler = stint_scaler_new(t->ctx, 0, NULL);
    assert_int_equal(stint_scaler_update(r.scaler, number), STINT_EUSAGE);
    assert_message(t, "scaler: the condition");
    assert_null(stint_scaler_new(t->ctx, 1, &(stint_setting){"backoff", "2"}));
    assert_message(t, "backoff");
    given_drop(&r);
}

/* ---- a net in f16 whose gradients are tiny */

enum { ROWS = 16, INPUTS = 6, HIDDEN = 12, WEIGHTS = 4, STEPS = 60 };
static const double tiny = 1e-7; /* what the loss weighs */

typedef struct net {
    stint_tensor *w[WEIGHTS];
    stint_optimiser *optimiser;
    stint_scaler *scaler; /* NULL = none */
} net;

static stint_status net_step(void *self, stint_tensor *const *in, stint_tensor **out)
{
    net *r = self;
    stint_tensor *gradient[WEIGHTS], *finite, *loss;
    stint_tensor *hidden = stint_tanh(stint_linear(in[0], r->w[0], r->w[1]));
    loss = stint_mse(stint_linear(hidden, r->w[2], r->w[3]), in[1], STINT_REDUCE_MEAN);
    out[0] = loss;
    loss = stint_mul_number(loss, tiny);
    if (r->scaler)
        loss = stint_scaler_scale(r->scaler, loss);
    TRY(stint_gradients(1, &loss, NULL, WEIGHTS, r->w, gradient));
    if (!r->scaler)
        return stint_optimiser_update(r->optimiser, WEIGHTS, r->w, gradient);
    TRY(stint_scaler_unscale(r->scaler, WEIGHTS, gradient, &finite));
    TRY(stint_optimiser_update_if(r->optimiser, finite, WEIGHTS, r->w, gradient));
    return stint_scaler_update(r->scaler, finite);
}

static net net_make(ctx *c, const char *scale)
{
    static const stint_setting adam[] = {{"learning_rate", "0.02"}, {"eps", "1e-20"}};
    stint_tensor *g = stint_generator(c, 5);
    net r = {.optimiser = stint_optimiser_new(c, "adam", 2, adam)};
    r.w[0] = stint_initialise(g, "xavier_uniform", 0, NULL, STINT_F32, STINT_SHAPE(INPUTS, HIDDEN));
    r.w[1] = stint_initialise(g, "zeros", 0, NULL, STINT_F32, STINT_SHAPE(HIDDEN));
    r.w[2] = stint_initialise(g, "xavier_uniform", 0, NULL, STINT_F32, STINT_SHAPE(HIDDEN, 1));
    r.w[3] = stint_initialise(g, "zeros", 0, NULL, STINT_F32, STINT_SHAPE(1));
    if (scale)
        r.scaler = stint_scaler_new(c, 1, &(stint_setting){"scale", scale});
    return r;
}

/* The losses; returns how far w[0] has moved. */
static double train(ctx *c, stint_dtype storage, const char *scale, float losses[STEPS])
{
    float x[ROWS * INPUTS], y[ROWS], before[INPUTS * HIDDEN], after[INPUTS * HIDDEN];
    stint_scope *s = stint_scope_open(c);
    net r = net_make(c, scale);
    for (int i = 0; i < ROWS * INPUTS; i++)
        x[i] = (float)sin(3.1 * i);
    for (int i = 0; i < ROWS; i++)
        y[i] = x[i * INPUTS] - x[i * INPUTS + 1] * x[i * INPUTS + 2];
    stint_tensor *in[2] = {stint_tensor_new(c, STINT_F32, STINT_SHAPE(ROWS, INPUTS), x),
                           stint_tensor_new(c, STINT_F32, STINT_SHAPE(ROWS, 1), y)};
    stint_fn *f = stint_fn_new(c, net_step, &r, 2, 1);
    assert_int_equal(stint_fn_storage(f, storage), STINT_OK);
    assert_int_equal(stint_read(r.w[0], before, sizeof before), STINT_OK);
    for (int i = 0; i < STEPS; i++) {
        stint_tensor *out;
        assert_int_equal(stint_fn_call(f, in, &out), STINT_OK);
        losses[i] = (float)stint_item(out);
    }
    assert_int_equal(stint_read(r.w[0], after, sizeof after), STINT_OK);
    double moved = 0;
    for (int i = 0; i < INPUTS * HIDDEN; i++)
        moved = fmax(moved, fabs(after[i] - before[i]));
    stint_fn_free(f);
    stint_optimiser_free(r.optimiser);
    stint_scaler_free(r.scaler);
    assert_int_equal(stint_scope_close(s), STINT_OK);
    return moved;
}

static void small_gradients_survive_f16(void **state)
{
    fixture *t = *state;
    float wide[STEPS], lost[STEPS], kept[STEPS];
    assert_true(train(t->ctx, STINT_F32, NULL, wide) > 0.1);
    assert_true(wide[STEPS - 1] < 0.1F * wide[0]);
    assert_true(train(t->ctx, STINT_F16, NULL, lost) == 0);
    train(t->ctx, STINT_F16, "65536", kept);
    for (int i = 0; i < STEPS; i++)
        if (!(fabsf(kept[i] - wide[i]) <= 0.01F * wide[i] + 1e-3F * wide[0]))
            fail_msg("step %d: a loss of %g, in f32 %g", i, kept[i], wide[i]);
    /* a scale that is far too large is halved until it fits, and then training goes on */
    assert_true(train(t->ctx, STINT_F16, "1e13", kept) > 0.05);
    assert_true(kept[0] == kept[2] && kept[STEPS - 1] < 0.2F * kept[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(the_scale_follows_overflows),       FIXTURE_TEST(skips_in_a_row_are_an_error),
        FIXTURE_TEST(skipped_steps_change_nothing),      FIXTURE_TEST(saved_state_goes_on),
        FIXTURE_TEST(one_bad_element_is_found_anywhere), FIXTURE_TEST(wrong_use_is_told),
        FIXTURE_TEST(small_gradients_survive_f16),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
