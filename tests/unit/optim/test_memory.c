/* The nth allocation fails, for all n: what was begun is undone, nothing is left behind, and
 * updates, clipping, accumulation, loss scaling, checkpoints, L-BFGS and initialisers say that
 * memory was short. */
#include "base/fault.h"
#include "stint/derivatives.h"

#include "unit/optim/oracle.h"

#ifdef STINT_FAULTS

typedef stint_status work(ctx *c);

static stint_status initialise(ctx *c)
{
    stint_tensor *generator = stint_generator(c, 1);
    stint_tensor *w =
        stint_initialise(generator, "orthogonal", 0, NULL, STINT_F32, STINT_SHAPE(4, 3));
    return w ? STINT_OK : ctx_status(c);
}

static stint_status update(ctx *c)
{
    stint_tensor *w[2] = {stint_zeros(c, STINT_F32, STINT_SHAPE(3)),
                          stint_zeros(c, STINT_F64, STINT_SCALAR)};
    stint_tensor *g[2] = {stint_full(c, STINT_F32, STINT_SHAPE(3), 1), NULL}, *norm;
    stint_tensor *history = stint_zeros(c, STINT_F32, STINT_SHAPE(3));
    stint_optimiser *o = stint_optimiser_new(c, "adamw", 0, NULL);
    stint_accumulator *a = stint_accumulator_new(c, 2, w);
    stint_status s = o && a ? STINT_OK : ctx_status(c);
    if (s == STINT_OK)
        s = stint_accumulator_add(a, 4, g);
    if (s == STINT_OK)
        s = stint_accumulator_take(a, g);
    if (s == STINT_OK)
        s = stint_clip_by_norm(2, g, 0.5, NULL);
    if (s == STINT_OK)
        s = stint_clip_adaptive(2, g, history, 2, &norm);
    for (int i = 0; i < 2 && s == STINT_OK; i++)
        s = stint_optimiser_update(o, 2, w, g);
    if (s == STINT_OK)
        s = stint_realise(2, w);
    stint_optimiser_free(o);
    stint_accumulator_free(a);
    return s;
}

static stint_status scale(ctx *c)
{
    stint_tensor *w = stint_zeros(c, STINT_F32, STINT_SHAPE(3)), *g, *finite;
    stint_optimiser *o = stint_optimiser_new(c, "adamw", 0, NULL);
    stint_scaler *scaler = stint_scaler_new(c, 0, NULL);
    stint_status s = o && scaler ? STINT_OK : ctx_status(c);
    if (s == STINT_OK) {
        stint_tensor *loss = stint_sum(stint_add_number(w, 1), STINT_ALL_AXES, false);
        loss = stint_scaler_scale(scaler, loss);
        s = loss ? stint_gradients(1, &loss, NULL, 1, &w, &g) : ctx_status(c);
    }
    if (s == STINT_OK)
        s = stint_scaler_unscale(scaler, 1, &g, &finite);
    if (s == STINT_OK)
        s = stint_optimiser_update_if(o, finite, 1, &w, &g);
    if (s == STINT_OK)
        s = stint_scaler_update(scaler, finite);
    if (s == STINT_OK)
        s = stint_scaler_check(scaler);
    stint_optimiser_free(o);
    stint_scaler_free(scaler);
    return s;
}

/* A scaler and an optimiser of its step to a file, and from it into others. */
static char file[64];

enum { MOST_STATES = 16 };

static int all_states(stint_optimiser *o, stint_scaler *s, char (*name)[32], stint_tensor **t)
{
    int n = 0;
    for (int i = 0; i < stint_scaler_states(s); i++, n++)
        t[n] = stint_scaler_state(s, i, name[n], sizeof name[n]);
    for (int i = 0; i < stint_optimiser_states(o); i++, n++)
        t[n] = stint_optimiser_state(o, i, name[n], sizeof name[n]);
    return n;
}

static stint_status through_a_file(ctx *c, stint_optimiser *o, stint_scaler *s)
{
    char text[MOST_STATES][32];
    const char *name[MOST_STATES];
    stint_tensor *t[MOST_STATES], *back[MOST_STATES];
    int n = all_states(o, s, text, t);
    for (int i = 0; i < n; i++)
        name[i] = text[i];
    TRY(stint_tensors_save(c, file, n, name, t));
    TRY(stint_tensors_load(c, file, n, name, back));
    for (int i = 0; i < n; i++)
        if (!stint_assign(t[i], back[i]))
            return ctx_status(c);
    return stint_realise(n, t);
}

static stint_status checkpoint(ctx *c)
{
    stint_tensor *w = stint_zeros(c, STINT_F32, STINT_SHAPE(3));
    stint_tensor *g = stint_full(c, STINT_F32, STINT_SHAPE(3), 1), *finite;
    stint_optimiser *o = stint_optimiser_new(c, "adam", 0, NULL);
    stint_scaler *s = stint_scaler_new(c, 0, NULL);
    stint_status status = stint_scaler_unscale(s, 1, &g, &finite);
    if (status == STINT_OK)
        status = stint_optimiser_update_if(o, finite, 1, &w, &g);
    if (status == STINT_OK)
        status = stint_scaler_update(s, finite);
    if (status == STINT_OK)
        status = through_a_file(c, o, s);
    if (status == STINT_OK)
        status = stint_scaler_check(s);
    stint_optimiser_free(o);
    stint_scaler_free(s);
    return status == STINT_OK ? STINT_OK : ctx_status(c);
}

static stint_tensor *bowl(void *self)
{
    return stint_sum(stint_square(stint_add_number(self, -1)), STINT_ALL_AXES, false);
}

static stint_status minimise_by(ctx *c, const char *name)
{
    stint_tensor *w = stint_zeros(c, STINT_F32, STINT_SHAPE(3));
    stint_optimiser *o = stint_optimiser_new(c, name, 0, NULL);
    int iterations;
    stint_status s =
        o && w ? stint_optimiser_minimise(o, bowl, w, 1, &w, &iterations) : ctx_status(c);
    stint_optimiser_free(o);
    return s;
}

static stint_status minimise(ctx *c)
{
    return minimise_by(c, "lbfgs");
}

static stint_status newton(ctx *c)
{
    return minimise_by(c, "newton_cg");
}

static stint_status curvature(ctx *c)
{
    stint_tensor *w = stint_zeros(c, STINT_F32, STINT_SHAPE(3)), *gradient, *diagonal;
    stint_tensor *generator = stint_generator(c, 1), *loss = bowl(w);
    stint_optimiser *o = stint_optimiser_new(c, "diagonal", 0, NULL);
    stint_status s = o && loss && generator ? STINT_OK : ctx_status(c);
    if (s == STINT_OK)
        s = stint_gradients(1, &loss, NULL, 1, &w, &gradient);
    if (s == STINT_OK)
        s = stint_hessian_diagonal_estimate(loss, 1, &w, generator, 2, &diagonal);
    if (s == STINT_OK)
        s = stint_optimiser_update_curvature(o, 1, &w, &gradient, &diagonal);
    if (s == STINT_OK)
        s = stint_realise(1, &w);
    stint_optimiser_free(o);
    return s;
}

static stint_status whole(ctx *c)
{
    stint_tensor *w = stint_zeros(c, STINT_F32, STINT_SHAPE(3)), *out;
    stint_status s = w ? stint_hessian(c, bowl, w, 1, &w, &out) : ctx_status(c);
    if (s == STINT_OK)
        s = stint_jacobian(c, bowl, w, 1, &w, &out);
    return s == STINT_OK ? stint_hessian_diagonal(c, bowl, w, 1, &w, &out) : s;
}

static stint_status schedule(ctx *c)
{
    stint_schedule *s = stint_schedule_new(c, "cosine", 0, NULL);
    bool made = s != NULL;
    stint_schedule_free(s);
    return made ? STINT_OK : ctx_status(c);
}

typedef struct work_case {
    const char *what;
    work *run;
    int least; /* allocations at the very least */
} work_case;

/* In a context of its own, in which nothing is left; false where there are not so many. */
static bool fails_at(work *run, int fail_at)
{
    bool went_off = true;
    char fault[32];
    fixture heard = {.log = ""};
    ctx *c = stint_open(&(stint_options){.sink = fixture_hear, .sink_self = &heard});
    assert_non_null(c);
    snprintf(fault, sizeof fault, "*:alloc:%d", fail_at);
    fault_arm(fault);
    stint_scope *scope = stint_scope_open(c);
    stint_status s = scope ? run(c) : ctx_status(c), closed = stint_scope_close(scope);
    for (int k = 0; k < fail_at && went_off; k++)
        went_off = !fault_now(FAULT_ALLOC); /* it had, if it does not now */
    fault_arm(NULL);
    assert_true(s == closed || s == STINT_OK); /* what could be done without stays in the context */
    assert_true(closed == STINT_OK || (closed == STINT_ENOMEM && went_off));
    stint_close(c);
    assert_string_equal(heard.log, "");
    return went_off;
}

static void shortages_are_survived(void **state)
{
    (void)state;
    static const work_case cases[] = {
        {"initialise", initialise, 10}, {"update", update, 100},
        {"minimise", minimise, 50},     {"newton", newton, 50},
        {"curvature", curvature, 50},   {"whole", whole, 50},
        {"schedule", schedule, 2},      {"scale", scale, 50},
        {"checkpoint", checkpoint, 50},
    };
    snprintf(file, sizeof file, "faults.XXXXXX");
    int fd = mkstemp(file);
    assert_true(fd >= 0);
    close(fd);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int n = 1;
        while (fails_at(cases[i].run, n))
            n++;
        if (n < cases[i].least || n > 20000)
            fail_msg("%s: %d allocations", cases[i].what, n);
    }
    unlink(file);
}

#endif

int main(void)
{
#ifdef STINT_FAULTS
    const struct CMUnitTest tests[] = {cmocka_unit_test(shortages_are_survived)};
    return cmocka_run_group_tests(tests, NULL, NULL);
#else
    return 0;
#endif
}
