/* Within a step: accumulation, precision, updates that are not finite, no allocation, estimates. */
#include "training.h"

#include "base/fault.h"
#include "train/train.h"

enum { MOST = 256 };

/* ---- accumulation ---- */

typedef struct accumulate_case {
    const char *large, *small;
} accumulate_case;

/* The samples are 50: groups and batches end in smaller ones. */
static const accumulate_case accumulated[] = {
    {"batch_size 32", "batch_size 16 accumulate 2"},
    {"batch_size 30", "batch_size 10 accumulate 3"},
    {"batch_size 50", "batch_size 7 accumulate 8"},
    {"batch_size 24 clip norm clip_at 0.2", "batch_size 8 accumulate 3 clip norm clip_at 0.2"},
};

static int weights_after(ctx *c, const char *settings, float *out, stint_train_result *result)
{
    training r;
    char all[256];
    snprintf(all, sizeof all, "epochs 3 restore_best false %s", settings);
    training_init(&r, c, NULL, all);
    training_optimiser(&r, "sgd", "learning_rate 0.1 momentum 0.9");
    training_run(&r, c, true);
    int n = training_weights(r.net, out);
    *result = r.result;
    training_end(&r);
    return n;
}

static void accumulation_is_the_large_batch(void **state)
{
    fixture *t = *state;
    for (size_t i = 0; i < sizeof accumulated / sizeof accumulated[0]; i++) {
        float want[MOST], got[MOST];
        stint_train_result large, small;
        int n = weights_after(t->ctx, accumulated[i].large, want, &large);
        assert_int_equal(weights_after(t->ctx, accumulated[i].small, got, &small), n);
        assert_int_equal(large.steps, small.steps);
        assert_true(small.step_bytes < large.step_bytes); /* of one small batch */
        assert_near(small.train_loss, large.train_loss, 1e-5);
        for (int k = 0; k < n; k++)
            assert_true(fabsf(got[k] - want[k]) < 2e-5f);
    }
}

/* ---- precision ---- */

static void narrow_is_near(void **state)
{
    fixture *t = *state;
    float want[MOST], got[MOST];
    stint_train_result plain, narrow;
    weights_after(t->ctx, "batch_size 10", want, &plain);
    weights_after(t->ctx, "batch_size 10 precision bf16", got, &narrow);
    assert_near(narrow.train_loss, plain.train_loss, 0.05);
    assert_true(narrow.train_loss != plain.train_loss);
    weights_after(t->ctx, "batch_size 10 precision f16", got, &narrow);
    assert_near(narrow.train_loss, plain.train_loss, 0.01);
    assert_true(narrow.train_loss != plain.train_loss);
    weights_after(t->ctx, "batch_size 10 recompute blocks recompute_value 2", got, &narrow);
    assert_true(narrow.train_loss == plain.train_loss);
}

/* ---- not finite ---- */

typedef struct bad_case {
    const char *name, *settings;
    int from, to;    /* samples that are NaN, in order */
    int64_t skipped; /* in all epochs; -1: it fails */
    const char *message;
    bool hidden; /* infinities: tanh makes them ±1, so that only gradients show them */
} bad_case;

static const bad_case bad[] = {
    {"one batch", "", 16, 17, 3, NULL},
    {"one batch, clipped", "clip norm", 16, 17, 3, NULL},
    {"one batch, adaptive", "clip adaptive", 16, 17, 3, NULL},
    {"one batch, f16", "precision f16", 16, 17, 3, NULL},
    {"one batch of a group", "accumulate 2", 16, 17, 3, NULL},
    {"two batches", "", 15, 17, 6, NULL},
    {"too many", "most_skips 2", 8, 50, -1, "epoch 0, batch 3"},
    {"just not too many", "most_skips 2", 8, 24, 6, NULL},
    {"one is too many", "non_finite stop", 24, 25, -1, "epoch 0, batch 3"},
    {"gradients alone", "", 16, 17, 3, NULL, true},
    {"gradients alone, clipped", "clip norm", 16, 17, 3, NULL, true},
    {"gradients alone, by value", "clip value", 16, 17, 3, NULL, true},
    {"gradients alone, f16", "precision f16", 16, 17, 3, NULL, true},
    {"gradients alone of a group", "accumulate 2", 16, 17, 3, NULL, true},
    {"too many groups", "most_skips 0 accumulate 2", 40, 41, -1, "epoch 0, batch 4"},
};

static const char normed[] = "[\"batch_norm\", {\"linear\": {\"units\": 8}}, \"tanh\", "
                             "{\"linear\": {\"units\": 2}}]";

static void begin_bad(fixture *t, const bad_case *k, training *r)
{
    char all[256];
    snprintf(all, sizeof all, "epochs 3 batch_size 8 shuffle false restore_best false %s",
             k->settings);
    training_init(r, t->ctx, k->hidden ? training_layers : normed, all);
    training_optimiser(r, "adam", "learning_rate 0.05");
    for (int i = k->from; i < k->to; i++)
        r->x[i][1] = k->hidden ? (float)INFINITY : (float)NAN;
    training_new(r, t->ctx, false);
}

static void not_finite_is_skipped(void **state)
{
    fixture *t = *state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        training r;
        float w[MOST];
        begin_bad(t, &bad[i], &r);
        stint_status s = stint_trainer_run(r.trainer);
        if (bad[i].skipped < 0) {
            assert_int_equal(s, STINT_EDATA);
            assert_message(t, bad[i].message);
            training_end(&r);
            continue;
        }
        training_ok(&r, t->ctx, s);
        if (r.result.skipped != bad[i].skipped)
            fail_msg("%s: %lld skipped", bad[i].name, (long long)r.result.skipped);
        assert_true(isfinite(r.result.train_loss));
        for (int k = training_weights(r.net, w) - 1; k >= 0; k--)
            assert_true(isfinite(w[k]));
        char name[64];
        for (int k = 0; k < stint_net_states(r.net); k++) {
            float x[8];
            stint_tensor *state_k = stint_net_state(r.net, k, name, sizeof name);
            assert_int_equal(stint_read(state_k, x, (size_t)stint_tensor_count(state_k) * 4), 0);
            for (int j = 0; j < (int)stint_tensor_count(state_k); j++)
                assert_true(isfinite(x[j]));
        }
        training_end(&r);
    }
}

/* Gradients that f16 takes at a much smaller scale than the first: finding it is no failure. */
static void a_scale_is_found(void **state)
{
    fixture *t = *state;
    static const char *const settings[] = {"", "non_finite stop", "accumulate 2", NULL};
    for (int i = 0; settings[i]; i++) {
        training r;
        char all[256];
        snprintf(all, sizeof all, "epochs 2 batch_size 1 precision f16 %s", settings[i]);
        training_init(&r, t->ctx, NULL, all);
        training_optimiser(&r, "adam", "learning_rate 0.05");
        for (int k = 0; k < N * OUT; k++)
            r.y[k / OUT][k % OUT] *= 60;
        training_run(&r, t->ctx, false);
        assert_true(r.result.skipped > 5 && r.result.skipped < 17);
        assert_true(isfinite(r.result.train_loss));
        training_end(&r);
    }
}

/* A skipped update leaves every bit: with the bad batch last, the same as without it. */
static void skipped_is_as_if_it_were_not_there(void **state)
{
    fixture *t = *state;
    static const char *const settings[] = {"", "clip norm", "accumulate 2", NULL};
    for (int i = 0; settings[i]; i++) {
        float want[MOST], got[MOST];
        training r;
        bad_case k = {"", settings[i], 48, 50, 0, NULL};
        begin_bad(t, &k, &r);
        training_ok(&r, t->ctx, stint_trainer_run(r.trainer));
        int n = training_weights(r.net, got);
        training_end(&r);
        char all[256];
        snprintf(all, sizeof all, "epochs 3 batch_size 8 shuffle false restore_best false %s",
                 settings[i]);
        training_init(&r, t->ctx, normed, all);
        training_optimiser(&r, "adam", "learning_rate 0.05");
        r.samples.n = 48;
        training_run(&r, t->ctx, false);
        assert_int_equal(training_weights(r.net, want), n);
        assert_memory_equal(got, want, sizeof *got * (size_t)n);
        training_end(&r);
    }
}

/* ---- memory ---- */

#ifdef STINT_FAULTS
typedef struct counted {
    ctx *ctx;
    int epochs;
    int64_t live;
} counted;

static stint_status arm(void *self, const stint_epoch *e)
{
    counted *s = self;
    (void)e;
    if (s->epochs++ == 0) {
        s->live = budget_live(ctx_budget(s->ctx));
        fault_arm("*:alloc:1");
    }
    return STINT_OK;
}

static const char *const allocating[] = {
    "",
    "accumulate 3",
    "precision f16",
    "clip adaptive schedule_by step",
    "workers 0",
    "log_every 1 validate_every 2",
    NULL,
};

/* From the second epoch to the end: the first allocation would fail. */
static void epochs_allocate_nothing(void **state)
{
    fixture *t = *state;
    for (int i = 0; allocating[i]; i++) {
        training r;
        char all[256];
        counted s = {.ctx = t->ctx};
        snprintf(all, sizeof all, "epochs 6 batch_size 8 %s", allocating[i]);
        training_init(&r, t->ctx, training_dropout, all);
        training_schedule(&r, "exponential", "gamma 0.9");
        r.given.on_epoch = arm;
        r.given.self = &s;
        training_new(&r, t->ctx, true);
        assert_int_equal(stint_trainer_warm_up(r.trainer), STINT_OK);
        int64_t ready = budget_live(ctx_budget(t->ctx));
        stint_status status = stint_trainer_run(r.trainer);
        assert_null(mem_alloc(t->ctx, TAG_BASE, 8)); /* the first since */
        fault_arm(NULL);
        stint_clear(t->ctx);
        training_ok(&r, t->ctx, status);
        assert_int_equal(s.epochs, 6);
        assert_int_equal(budget_live(ctx_budget(t->ctx)), s.live);
        assert_int_equal(s.live, ready);
        training_end(&r);
    }
}
#endif

static const char *const estimated[] = {
    "batch_size 8",
    "batch_size 50",
    "batch_size 7 accumulate 3",
    "batch_size 8 precision bf16",
    "batch_size 8 recompute blocks recompute_value 2",
    NULL,
};

static void estimates_are_what_is_allocated(void **state)
{
    fixture *t = *state;
    for (int i = 0; estimated[i]; i++) {
        training r;
        train_bytes before, after;
        char all[256];
        snprintf(all, sizeof all, "epochs 1 workers 1 %s", estimated[i]);
        training_init(&r, t->ctx, NULL, all);
        training_new(&r, t->ctx, true);
        budget *b = ctx_budget(t->ctx);
        assert_int_equal(train_estimate(r.trainer, &before), STINT_OK);
        int64_t plans = budget_live_tag(b, TAG_PLAN), tables = budget_live_tag(b, TAG_TABLE);
        assert_int_equal(stint_trainer_warm_up(r.trainer), STINT_OK);
        assert_int_equal(train_estimate(r.trainer, &after), STINT_OK);
        assert_memory_equal(&before, &after, sizeof before);
        assert_true(before.slab > 0 && before.slab <= budget_live_tag(b, TAG_PLAN) - plans);
        assert_true(before.batches > 0 && before.batches <= budget_live_tag(b, TAG_TABLE) - tables);
        assert_int_equal(before.batches + 2 * 64, budget_live_tag(b, TAG_TABLE) - tables);
        training_ok(&r, t->ctx, stint_trainer_run(r.trainer));
        assert_int_equal(r.result.step_bytes, before.slab);
        assert_true(before.all >= before.weights + before.optimiser + before.slab + before.batches);
        training_end(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(accumulation_is_the_large_batch),
        FIXTURE_TEST(narrow_is_near),
        FIXTURE_TEST(not_finite_is_skipped),
        FIXTURE_TEST(a_scale_is_found),
        FIXTURE_TEST(skipped_is_as_if_it_were_not_there),
#ifdef STINT_FAULTS
        FIXTURE_TEST(epochs_allocate_nothing),
#endif
        FIXTURE_TEST(estimates_are_what_is_allocated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
