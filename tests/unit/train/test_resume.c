/* Interrupted after any batch or epoch, a training carries on and ends in the same bytes; what a
 * directory says of another training is refused. */
#include "resumed.h"

typedef struct stopper {
    ctx *ctx;
    int left;    /* calls until it stops; 0 = never */
    bool by_ctx; /* by an interrupt of the context */
    int batches, epochs;
} stopper;

static stint_status stops(stopper *s)
{
    if (s->left == 0 || --s->left > 0)
        return STINT_OK;
    if (!s->by_ctx)
        return STINT_EINTERRUPT;
    stint_interrupt(s->ctx);
    return STINT_OK;
}

static stint_status after_batch(void *self, const stint_train_batch *b)
{
    stopper *s = self;
    s->batches++;
    assert_true(b->batch > 0 && b->steps > 0);
    return stops(s);
}

static stint_status after_epoch(void *self, const stint_epoch *e)
{
    stopper *s = self;
    s->epochs++;
    assert_true(e->steps > 0);
    return stops(s);
}

/* Until it is done, stopped every `every` calls; how often that was. */
static int run_stopped(ctx *c, const resume_case *k, const char *dir, int every, bool by_ctx,
                       training *r, stopper *seen)
{
    for (int stopped = 0;; stopped++) {
        stopper s = {.ctx = c, .left = every, .by_ctx = by_ctx};
        resume_init(r, c, k, dir);
        r->given.on_batch = after_batch;
        r->given.on_epoch = after_epoch;
        r->given.self = &s;
        training_new(r, c, k->validates);
        stint_status status = stint_trainer_run(r->trainer);
        seen->batches += s.batches;
        seen->epochs += s.epochs;
        if (status == STINT_OK)
            return stopped;
        if (status != STINT_EINTERRUPT || stopped > 500)
            fail_msg("%s: %s: %s", k->name, stint_status_text(status), stint_message(c));
        stint_clear(c);
        training_end(r);
    }
}

static void ends_in_the_same_bytes(void **state)
{
    fixture *t = *state;
    for (int i = 0; i < RESUME_CASES; i++) {
        training plain, again;
        stopper seen = {0};
        float want[256], got[256];
        char dir[256], other[256];
        snprintf(dir, sizeof dir, "%s/plain%d", t->dir, i);
        assert_int_equal(run_stopped(t->ctx, &resume_cases[i], dir, 0, false, &plain, &seen), 0);
        assert_int_equal(stint_trainer_result(plain.trainer, &plain.result), STINT_OK);
        int n = training_weights(plain.net, want);
        for (int every = 1; every <= 9; every += every == 1 ? 1 : 3) {
            stopper twice = {0};
            snprintf(other, sizeof other, "%s/stopped%d_%d", t->dir, i, every);
            int stopped =
                run_stopped(t->ctx, &resume_cases[i], other, every, every == 2, &again, &twice);
            assert_true(stopped >= (seen.batches + seen.epochs) / every - 1);
            assert_int_equal(twice.batches, seen.batches); /* none is trained twice */
            const char *what = resumed_difference(dir, other);
            if (what)
                fail_msg("%s, every %d: %s differs", resume_cases[i].name, every, what);
            assert_int_equal(training_weights(again.net, got), n);
            assert_memory_equal(got, want, sizeof *got * (size_t)n);
            training_end(&again);
        }
        training_end(&plain);
    }
}

static void append(const char *dir, const char *name, const char *text)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "ab");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

/* A run that is done is not done again, and says what it came to; lines behind are cut off. */
static void what_is_done_stays_done(void **state)
{
    fixture *t = *state;
    training r;
    stopper seen = {0};
    const char *dir = fixture_path(t, "run");
    char *summary, *again, kept_dir[256];
    size_t n, m;
    snprintf(kept_dir, sizeof kept_dir, "%s", dir);
    run_stopped(t->ctx, &resume_cases[1], kept_dir, 0, false, &r, &seen);
    assert_int_equal(stint_trainer_result(r.trainer, &r.result), STINT_OK);
    stint_train_result first = r.result;
    float want[256], got[256];
    int count = training_weights(r.net, want);
    training_end(&r);
    summary = training_file(kept_dir, "summary.json", &n);
    char *lines = training_file(kept_dir, "epochs.csv", &m);
    append(kept_dir, "epochs.csv", "3,torn");
    stopper none = {0};
    run_stopped(t->ctx, &resume_cases[1], kept_dir, 0, false, &r, &none);
    assert_int_equal(none.batches + none.epochs, 0);
    training_ok(&r, t->ctx, STINT_OK);
    assert_int_equal(r.result.steps, first.steps);
    assert_true(r.result.best_loss == first.best_loss);
    assert_int_equal(training_weights(r.net, got), count);
    assert_memory_equal(got, want, sizeof *got * (size_t)count);
    training_end(&r);
    again = training_file(kept_dir, "summary.json", &m);
    assert_string_equal(summary, again);
    free(again);
    again = training_file(kept_dir, "epochs.csv", &m);
    assert_string_equal(lines, again);
    free(lines);
    free(summary);
    free(again);
}

typedef struct other_case {
    const char *settings, *optimiser, *want;
    bool resumes;
} other_case;

static const other_case others[] = {
    {"epochs 4", "learning_rate 0.02", "training.epochs: was 3, is 4"},
    {"batch_size 16", "learning_rate 0.02", "training.batch_size: was 8, is 16"},
    {"", "learning_rate 0.1", "training.optimiser.learning_rate: was 0.02, is 0.1"},
    {"seed 3", "learning_rate 0.02", "training.seed: was 0, is 3"},
    {"precision bf16", "learning_rate 0.02", "training.precision: was f32, is bf16"},
    {"workers 0 prefetch 1 checkpoint_every 2", "learning_rate 0.02", NULL, true},
};

static void another_training_is_refused(void **state)
{
    fixture *t = *state;
    char dir[256];
    training r;
    stopper seen = {0};
    snprintf(dir, sizeof dir, "%s/run", t->dir);
    run_stopped(t->ctx, &resume_cases[0], dir, 0, false, &r, &seen);
    training_end(&r);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        resume_case k = resume_cases[0];
        k.settings = others[i].settings;
        k.optimiser_settings = others[i].optimiser;
        resume_init(&r, t->ctx, &k, dir);
        training_new(&r, t->ctx, true);
        stint_status s = stint_trainer_run(r.trainer);
        assert_int_equal(s, others[i].resumes ? STINT_OK : STINT_EMISMATCH);
        if (!others[i].resumes)
            assert_message(t, others[i].want);
        training_end(&r);
    }
    resume_init(&r, t->ctx, &resume_cases[0], dir); /* another net */
    stint_net_free(r.net);
    r.net = training_net(t->ctx, STINT_F32,
                         "[{\"linear\": {\"units\": 9}}, \"tanh\", {\"linear\": {\"units\": 2}}]");
    training_new(&r, t->ctx, true);
    assert_int_equal(stint_trainer_run(r.trainer), STINT_EMISMATCH);
    assert_message(t, "units: was 8, is 9");
    training_end(&r);
}

/* The net of a checkpoint, read by name. */
static void checkpoints_are_nets(void **state)
{
    fixture *t = *state;
    char dir[256], path[300];
    float want[256], got[256];
    training r;
    stopper seen = {0};
    snprintf(dir, sizeof dir, "%s/run", t->dir);
    run_stopped(t->ctx, &resume_cases[2], dir, 0, false, &r, &seen);
    int n = training_weights(r.net, want);
    training_end(&r);
    resume_init(&r, t->ctx, &resume_cases[2], dir);
    snprintf(path, sizeof path, "%s/best.safetensors", dir);
    assert_int_equal(stint_net_read(r.net, path), STINT_OK);
    assert_int_equal(training_weights(r.net, got), n);
    assert_memory_equal(got, want, sizeof *got * (size_t)n);
    snprintf(path, sizeof path, "%s/last.safetensors", dir);
    assert_int_equal(stint_net_read(r.net, path), STINT_OK);
    training_end(&r);
}

/* Threads that fill batches, and how far ahead, change no byte; nor does what is computed again. */
static void threads_change_nothing(void **state)
{
    static const char *const how[] = {"workers 0",
                                      "workers 1 prefetch 1",
                                      "workers 3 prefetch 5",
                                      "recompute blocks recompute_value 1",
                                      "checkpoint_every 1",
                                      NULL};
    fixture *t = *state;
    for (int i = 0; how[i]; i++) {
        char dir[256], first[256];
        training r;
        stopper seen = {0};
        resume_case k = resume_cases[0];
        k.layers = training_dropout;
        k.settings = how[i];
        snprintf(first, sizeof first, "%s/how0", t->dir);
        snprintf(dir, sizeof dir, "%s/how%d", t->dir, i);
        run_stopped(t->ctx, &k, dir, i % 2 * 3, false, &r, &seen);
        training_end(&r);
        const char *what = resumed_difference(first, dir);
        if (what)
            fail_msg("%s: %s differs", how[i], what);
    }
}

/* The account of a flow carries on as well. */
static void a_flow_carries_on(void **state)
{
    fixture *t = *state;
    resume_case k = resume_cases[0];
    stint_text want, got;
    k.settings = "flow true flow_every 2";
    for (int every = 0; every < 6; every++) {
        char dir[256];
        training r;
        stopper seen = {0};
        snprintf(dir, sizeof dir, "%s/flow%d", t->dir, every);
        run_stopped(t->ctx, &k, dir, every, false, &r, &seen);
        stint_text *text = every ? &got : &want;
        assert_int_equal(stint_trainer_flow(r.trainer, STINT_FLOW_JSON, text), STINT_OK);
        if (every) {
            assert_string_equal(got.at, want.at);
            stint_text_free(&got);
        }
        training_end(&r);
    }
    stint_text_free(&want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(ends_in_the_same_bytes),      FIXTURE_TEST(what_is_done_stays_done),
        FIXTURE_TEST(another_training_is_refused), FIXTURE_TEST(checkpoints_are_nets),
        FIXTURE_TEST(a_flow_carries_on),           FIXTURE_TEST(threads_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
