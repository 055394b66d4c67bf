/* Around the steps: what leaks is named, the batch size follows the memory, what cannot be trained
 * is refused. */
#include "training.h"

#include "base/fault.h"

/* ---- leaks ---- */

typedef struct keeper {
    ctx *ctx;
    stint_tensor *kept[512];
    int n, most, every, calls;
} keeper;

static stint_status keeps_a_tensor(void *self, const stint_train_batch *b)
{
    keeper *k = self;
    (void)b;
    if (k->calls++ % k->every == 0 && k->n < k->most) {
        k->kept[k->n] = stint_keep(stint_zeros(k->ctx, STINT_F32, STINT_SHAPE(100)));
        k->n++;
    }
    return STINT_OK;
}

typedef struct leak_case {
    int most, every;
    const char *settings;
    bool fails;
} leak_case;

static const leak_case leaks[] = {
    {512, 1, "", true}, {512, 4, "", true}, {512, 1, "leak_check false", false},
    {4, 1, "", false}, /* a few, and no more */
    {7, 3, "", false},  {0, 1, "", false},
};

static void what_leaks_is_named(void **state)
{
    fixture *t = *state;
    for (size_t i = 0; i < sizeof leaks / sizeof leaks[0]; i++) {
        training r;
        char all[256];
        keeper k = {.ctx = t->ctx, .most = leaks[i].most, .every = leaks[i].every};
        snprintf(all, sizeof all, "epochs 40 batch_size 8 log_every 1 %s", leaks[i].settings);
        training_init(&r, t->ctx, NULL, all);
        r.given.on_batch = keeps_a_tensor;
        r.given.self = &k;
        training_new(&r, t->ctx, true);
        stint_status s = stint_trainer_run(r.trainer);
        if (s != (leaks[i].fails ? STINT_EFAIL : STINT_OK))
            fail_msg("case %zu: %s: %s", i, stint_status_text(s), stint_message(t->ctx));
        if (leaks[i].fails)
            assert_message(t, "held by a kept handle");
        for (int j = 0; j < k.n; j++)
            stint_drop(k.kept[j]);
        training_end(&r);
    }
}

/* ---- dynamic batch size ---- */

typedef struct sizes {
    int64_t batch[32];
    int n;
} sizes;

static stint_status note_size(void *self, const stint_epoch *e)
{
    sizes *s = self;
    s->batch[s->n++] = e->batch;
    return STINT_OK;
}

/* Trained within a budget; which is what the same training took, times `room`. */
static void sizes_within(fixture *t, double room, const char *dynamic, sizes *out,
                         stint_train_result *result)
{
    static float x[4000][IN], y[4000][OUT];
    int64_t bytes = 0;
    training_fill(&x[0][0], &y[0][0], 4000, 0);
    for (int pass = 0; pass < 2; pass++) {
        char all[256];
        training r;
        ctx *c = stint_open(&(stint_options){.memory_bytes = bytes});
        *out = (sizes){.n = 0};
        snprintf(all, sizeof all, "epochs %d batch_size 1000 workers 0 dynamic_batch %s",
                 pass ? 8 : 1, pass ? dynamic : "false");
        training_init(
            &r, c, "[{\"linear\": {\"units\": 64}}, \"tanh\", {\"linear\": {\"units\": 2}}]", all);
        training_samples(x, y, 4000, &r.samples);
        r.given.on_epoch = note_size;
        r.given.self = out;
        training_run(&r, c, true);
        *result = r.result;
        bytes = (int64_t)((double)budget_live(ctx_budget(c)) * room);
        assert_true(!pass || budget_peak(ctx_budget(c)) <= budget_limit(ctx_budget(c)));
        training_end(&r);
        stint_close(c);
    }
    (void)t;
}

static void batches_fit_the_memory(void **state)
{
    fixture *t = *state;
    sizes s;
    stint_train_result r;
    sizes_within(t, 1.3, "true", &s, &r);
    assert_int_equal(s.batch[0], 1000);
    assert_int_equal(s.batch[1], 1200);
    assert_int_equal(s.batch[2], 1440);
    assert_int_equal(s.batch[7], s.batch[6]); /* full at last */
    assert_false(r.reproducible);
    sizes_within(t, 1.03, "true", &s, &r);
    assert_int_equal(s.batch[0], 1000);
    assert_int_equal(s.batch[1], 800);
    sizes_within(t, 1.12, "true", &s, &r); /* between the two */
    assert_int_equal(s.batch[7], 1000);
    assert_true(r.reproducible);
    sizes_within(t, 1.3, "false", &s, &r);
    assert_int_equal(s.batch[7], 1000);
    assert_true(r.reproducible);
}

/* ---- refused ---- */

static void what_cannot_be_trained_is_refused(void **state)
{
    fixture *t = *state;
    int32_t labels[N];
    double wide[N];
    training r;
    for (int i = 0; i < N; i++) {
        labels[i] = i % 2;
        wide[i] = i;
    }
    training_init(&r, t->ctx, NULL, "");
    stint_samples none = r.samples, classes, doubles, narrow, alone;
    none.n = 0;
    assert_int_equal(
        stint_samples_rows(2, (stint_rows[]){{r.x, STINT_F32, IN, 0}, {labels, STINT_I32, 0, 0}}, N,
                           &classes),
        0);
    assert_int_equal(
        stint_samples_rows(2, (stint_rows[]){{r.x, STINT_F32, IN, 0}, {wide, STINT_F64, 0, 0}}, N,
                           &doubles),
        0);
    assert_int_equal(
        stint_samples_rows(2, (stint_rows[]){{r.x, STINT_F32, 3, 4}, {r.y, STINT_F32, OUT, 0}}, N,
                           &narrow),
        0);
    assert_int_equal(stint_samples_rows(1, (stint_rows[]){{r.x, STINT_F32, IN, 0}}, N, &alone), 0);
    struct {
        const stint_samples *train;
        const char *loss, *optimiser, *schedule, *settings, *message;
    } cases[] = {
        {&none, NULL, NULL, NULL, "", "no training samples"},
        {&alone, NULL, NULL, NULL, "", "the second the target"},
        {&classes, "mse", NULL, NULL, "", "f32 for loss mse, not i32"},
        {&doubles, "mse", NULL, NULL, "", "f32 for loss mse, not f64"},
        {&r.samples, "cross_entropy", NULL, NULL, "", "classes in i32"},
        {&narrow, NULL, NULL, NULL, "", "3 values; the net takes"},
        {&r.samples, "mze", NULL, NULL, "", "did you mean \"mse\""},
        {&r.samples, NULL, "adan", NULL, "", "adam"},
        {&r.samples, NULL, "lbfgs", NULL, "", "takes more than the gradients of batches"},
        {&r.samples, NULL, NULL, "cosin", "", "did you mean \"cosine\""},
        {&r.samples, NULL, NULL, NULL, "epoch 3", "did you mean \"epochs\""},
        {&r.samples, NULL, NULL, NULL, "batch_size 0", "a whole number from 1"},
        {&r.samples, NULL, NULL, NULL, "drop_last true batch_size 51", "leaves none"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        r.given.loss = cases[i].loss;
        r.given.optimiser = cases[i].optimiser;
        r.given.schedule = cases[i].schedule;
        r.given.n_settings = training_split(cases[i].settings, r.settings);
        assert_null(stint_trainer_new(t->ctx, r.net, cases[i].train, NULL, &r.given));
        assert_message(t, cases[i].message);
    }
    r.given.n_settings = 0;
    assert_int_equal(stint_net_carry(r.net, 8), STINT_OK);
    assert_null(stint_trainer_new(t->ctx, r.net, &r.samples, NULL, &r.given));
    assert_message(t, "carries state");
    assert_int_equal(stint_trainer_run(NULL), STINT_EUSAGE);
    assert_null(stint_trainer_new(t->ctx, NULL, &r.samples, NULL, &r.given));
    stint_clear(t->ctx);
    training_end(&r);
}

/* A class outside 0 … k-1 is a loss that is not finite. */
static void labels_out_of_range_are_found(void **state)
{
    fixture *t = *state;
    int32_t labels[N];
    training r;
    training_init(&r, t->ctx, NULL, "epochs 2 batch_size 8");
    for (int i = 0; i < N; i++)
        labels[i] = 1 + i % 2;
    assert_int_equal(
        stint_samples_rows(2, (stint_rows[]){{r.x, STINT_F32, IN, 0}, {labels, STINT_I32, 0, 0}}, N,
                           &r.samples),
        0);
    r.given.loss = "cross_entropy";
    training_new(&r, t->ctx, false);
    assert_int_equal(stint_trainer_run(r.trainer), STINT_EDATA);
    assert_message(t, "classes out of range");
    training_end(&r);
    for (int i = 0; i < N; i++)
        labels[i] = r.x[i][0] > 0;
    training_init(&r, t->ctx, NULL, "epochs 30 batch_size 8");
    assert_int_equal(
        stint_samples_rows(2, (stint_rows[]){{r.x, STINT_F32, IN, 0}, {labels, STINT_I32, 0, 0}}, N,
                           &r.samples),
        0);
    r.given.loss = "cross_entropy";
    training_optimiser(&r, "adam", "learning_rate 0.05");
    training_run(&r, t->ctx, false);
    assert_true(r.result.best_loss < 0.3);
    training_end(&r);
}

static void a_directory_has_one_trainer(void **state)
{
    fixture *t = *state;
    char dir[256], path[300];
    int fd;
    training r;
    snprintf(dir, sizeof dir, "%s/run", t->dir);
    training_init(&r, t->ctx, NULL, "epochs 1");
    r.given.dir = dir;
    training_new(&r, t->ctx, false);
    snprintf(path, sizeof path, "%s/train.lock", dir);
    assert_int_equal(dir_make(t->ctx, dir), STINT_OK);
    assert_int_equal(lock_take(t->ctx, path, &fd), STINT_OK);
    assert_int_equal(stint_trainer_run(r.trainer), STINT_EBUSY);
    stint_clear(t->ctx);
    lock_drop(fd);
    training_ok(&r, t->ctx, stint_trainer_run(r.trainer));
    training_end(&r);
}

static void parameters_are_explained(void **state)
{
    fixture *t = *state;
    stint_text text;
    assert_int_equal(stint_trainer_reference(t->ctx, &text), STINT_OK);
    assert_non_null(strstr(text.at, "--batch-size"));
    assert_non_null(strstr(text.at, "none, norm, value or adaptive; default none"));
    stint_text_free(&text);
}

static void a_flow_is_recorded(void **state)
{
    fixture *t = *state;
    stint_text text;
    training r;
    training_init(&r, t->ctx, NULL, "epochs 3 batch_size 8 flow true flow_every 2");
    training_run(&r, t->ctx, true);
    assert_int_equal(stint_trainer_flow(r.trainer, STINT_FLOW_JSON, &text), STINT_OK);
    assert_non_null(strstr(text.at, "health"));
    stint_text_free(&text);
    training_end(&r);
    training_init(&r, t->ctx, NULL, "epochs 1");
    training_run(&r, t->ctx, true);
    assert_int_equal(stint_trainer_flow(r.trainer, STINT_FLOW_JSON, &text), STINT_EUSAGE);
    assert_message(t, "flow = true");
    training_end(&r);
}

#ifdef STINT_FAULTS
/* The nth allocation fails, for many n: an error, nothing left behind, and the same trainer goes on
 * once there is memory. */
static void memory_may_be_short_anywhere(void **state)
{
    fixture *t = *state;
    double want = 0;
    stint_status s = STINT_ENOMEM;
    int n = 1;
    for (; s != STINT_OK; n += 1 + n / 15) {
        training r;
        char spec[32], dir[256];
        snprintf(dir, sizeof dir, "%s/short%d", t->dir, n);
        training_init(
            &r, t->ctx, training_dropout,
            "epochs 2 batch_size 16 exploit_epochs 1 repetitions 2 clip adaptive workers 0");
        training_schedule(&r, "plateau", "patience 0");
        r.given.dir = dir;
        snprintf(spec, sizeof spec, "*:alloc:%d", n);
        fault_arm(spec);
        r.trainer = stint_trainer_new(t->ctx, r.net, &r.samples, &r.valid, &r.given);
        s = r.trainer ? stint_trainer_run(r.trainer) : STINT_ENOMEM;
        fault_arm(NULL);
        if (s != STINT_OK && s != STINT_ENOMEM)
            fail_msg("allocation %d: %s: %s", n, stint_status_text(s), stint_message(t->ctx));
        stint_clear(t->ctx);
        if (r.trainer) {
            training_ok(&r, t->ctx, s == STINT_OK ? s : stint_trainer_run(r.trainer));
            want = want == 0 ? r.result.best_loss : want;
            assert_true(r.result.best_loss == want);
        }
        training_end(&r);
    }
    assert_true(n > 500); /* there are so many, and more */
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(what_leaks_is_named),
        FIXTURE_TEST(batches_fit_the_memory),
        FIXTURE_TEST(what_cannot_be_trained_is_refused),
        FIXTURE_TEST(labels_out_of_range_are_found),
        FIXTURE_TEST(a_directory_has_one_trainer),
        FIXTURE_TEST(parameters_are_explained),
        FIXTURE_TEST(a_flow_is_recorded),
#ifdef STINT_FAULTS
        FIXTURE_TEST(memory_may_be_short_anywhere),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
