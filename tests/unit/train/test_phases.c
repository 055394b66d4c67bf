/* What epochs lead to: early stopping, the best restored, the exploit phase, repetitions, validation
 * every k epochs, limits. */
#include "training.h"

enum { MOST_EPOCHS = 64 };

typedef struct epochs {
    stint_epoch e[MOST_EPOCHS];
    int n;
} epochs;

static stint_status keep(void *self, const stint_epoch *e)
{
    epochs *s = self;
    assert_true(s->n < MOST_EPOCHS);
    s->e[s->n++] = *e;
    return STINT_OK;
}

static void begin(training *r, ctx *c, epochs *seen, const char *settings, const char *optimiser)
{
    *seen = (epochs){.n = 0};
    training_init(r, c, NULL, settings);
    training_optimiser(r, "sgd", optimiser);
    r->given.on_epoch = keep;
    r->given.self = seen;
}

/* The index of the lowest validation loss, the first of equal ones. */
static int lowest(const epochs *s, int from, int to)
{
    int best = from;
    for (int i = from; i < to; i++)
        if (s->e[i].valid_loss < s->e[best].valid_loss)
            best = i;
    return best;
}

static void patience_ends_it_and_the_best_is_put_back(void **state)
{
    fixture *t = *state;
    training r;
    epochs seen;
    double loss;
    begin(&r, t->ctx, &seen, "epochs 60 batch_size 4 patience 3", "learning_rate 0.6");
    training_run(&r, t->ctx, true);
    int best = lowest(&seen, 0, seen.n);
    assert_true(seen.n < 60);
    assert_true(r.result.stopped_early);
    assert_int_equal(r.result.best_epoch, best);
    assert_int_equal(seen.n, best + 1 + 3);
    assert_true(r.result.best_loss == seen.e[best].valid_loss);
    for (int i = 0; i < seen.n; i++)
        assert_int_equal(seen.e[i].best, lowest(&seen, 0, i + 1) == i);
    assert_int_equal(stint_trainer_loss(r.trainer, &r.valid, &loss), STINT_OK);
    assert_true(loss == r.result.best_loss);
    training_end(&r);
    begin(&r, t->ctx, &seen, "epochs 60 batch_size 4 patience 3 restore_best false",
          "learning_rate 0.6");
    training_run(&r, t->ctx, true);
    assert_int_equal(stint_trainer_loss(r.trainer, &r.valid, &loss), STINT_OK);
    assert_true(loss == seen.e[seen.n - 1].valid_loss && loss != r.result.best_loss);
    training_end(&r);
}

/* An improvement below min_delta does not count for patience. */
static void min_delta_counts(void **state)
{
    fixture *t = *state;
    training r;
    epochs seen;
    begin(&r, t->ctx, &seen, "epochs 60 patience 2 min_delta 1000", "learning_rate 0.01");
    training_run(&r, t->ctx, true);
    assert_int_equal(seen.n, 3);
    assert_int_equal(r.result.best_epoch, 2); /* the lowest all the same */
    training_end(&r);
}

static void validation_is_every_kth(void **state)
{
    fixture *t = *state;
    training r;
    epochs seen;
    begin(&r, t->ctx, &seen, "epochs 8 validate_every 3", "learning_rate 0.01");
    training_run(&r, t->ctx, true);
    for (int i = 0; i < seen.n; i++)
        assert_int_equal(!isnan(seen.e[i].valid_loss), i == 2 || i == 5 || i == 7);
    training_end(&r);
}

static void exploits_from_the_best(void **state)
{
    fixture *t = *state;
    training r, plain;
    epochs seen, main_phase;
    begin(&plain, t->ctx, &main_phase, "epochs 12 batch_size 4", "learning_rate 0.6");
    training_run(&plain, t->ctx, true);
    begin(&r, t->ctx, &seen, "epochs 12 batch_size 4 exploit_epochs 3 exploit_rate 0.0001",
          "learning_rate 0.6");
    training_run(&r, t->ctx, true);
    assert_int_equal(seen.n, 15);
    for (int i = 0; i < 15; i++) {
        assert_int_equal(seen.e[i].exploit, i >= 12);
        assert_true(seen.e[i].rate == (i < 12 ? 0.6 : 0.6 * 0.0001));
    }
    int best = lowest(&main_phase, 0, 12);
    assert_true(best < 11); /* else it could not be told from the last */
    assert_near(seen.e[12].valid_loss, main_phase.e[best].valid_loss, 1e-2);
    assert_true(fabs(seen.e[12].valid_loss - main_phase.e[11].valid_loss) >
                10 * fabs(seen.e[12].valid_loss - main_phase.e[best].valid_loss));
    training_end(&plain);
    training_end(&r);
}

static void repetitions_keep_the_best(void **state)
{
    fixture *t = *state;
    training r;
    epochs seen;
    double loss;
    begin(&r, t->ctx, &seen, "epochs 3 repetitions 4", "learning_rate 0.1");
    training_run(&r, t->ctx, true);
    assert_int_equal(seen.n, 12);
    int best = lowest(&seen, 0, 12);
    assert_int_equal(r.result.best_repetition, best / 3);
    assert_int_equal(r.result.best_epoch, best % 3);
    assert_int_equal(r.result.steps, 12 * 2);
    assert_int_equal(stint_trainer_loss(r.trainer, &r.valid, &loss), STINT_OK);
    assert_true(loss == seen.e[best].valid_loss);
    for (int i = 0; i < 12; i++)
        assert_int_equal(seen.e[i].repetition, i / 3);
    for (int i = 3; i < 12; i += 3)
        assert_true(seen.e[i].train_loss != seen.e[0].train_loss);
    training_end(&r);
}

/* Renewed with a seed, a trainer does what a new one with that seed does. */
static void renewed_is_new(void **state)
{
    fixture *t = *state;
    training r;
    epochs seen, again;
    float want[256], got[256];
    begin(&r, t->ctx, &seen, "epochs 3 seed 5", "learning_rate 0.1 momentum 0.9");
    assert_int_equal(stint_net_renew(r.net, 5), STINT_OK);
    training_run(&r, t->ctx, true);
    int n = training_weights(r.net, want);
    training_end(&r);
    begin(&r, t->ctx, &again, "epochs 3", "learning_rate 0.1 momentum 0.9");
    training_run(&r, t->ctx, true);
    again.n = 0;
    assert_int_equal(stint_trainer_renew(r.trainer, 5), STINT_OK);
    training_ok(&r, t->ctx, stint_trainer_run(r.trainer));
    assert_int_equal(training_weights(r.net, got), n);
    assert_memory_equal(got, want, sizeof *got * (size_t)n);
    assert_int_equal(again.n, 3);
    for (int i = 0; i < 3; i++)
        assert_true(again.e[i].valid_loss == seen.e[i].valid_loss);
    training_end(&r);
}

/* A worker renews its trainer once for each trial. */
static void renewing_holds_no_more(void **state)
{
    fixture *t = *state;
    training r;
    training_init(&r, t->ctx, NULL, "epochs 1 batch_size 16");
    training_run(&r, t->ctx, true);
    int64_t live = budget_live(ctx_budget(t->ctx));
    for (int64_t seed = 1; seed <= 100; seed++) {
        training_ok(&r, t->ctx, stint_trainer_renew(r.trainer, seed));
        training_ok(&r, t->ctx, stint_trainer_run(r.trainer));
    }
    assert_true(budget_live(ctx_budget(t->ctx)) - live < 4096);
    training_end(&r);
}

static void a_time_limit_leaves_what_carries_on(void **state)
{
    fixture *t = *state;
    training r;
    epochs seen;
    char dir[256];
    snprintf(dir, sizeof dir, "%s/run", t->dir);
    begin(&r, t->ctx, &seen, "epochs 3 time_limit 1e-9", "learning_rate 0.1");
    r.given.dir = dir;
    training_new(&r, t->ctx, true);
    int calls = 0;
    for (stint_status s; (s = stint_trainer_run(r.trainer)) != STINT_OK; calls++) {
        assert_int_equal(s, STINT_EBUDGET);
        assert_message(t, "time limit");
        assert_int_equal(stint_trainer_result(r.trainer, &r.result), STINT_OK);
        assert_false(r.result.reproducible);
        assert_true(calls < 50);
    }
    assert_int_equal(calls, 6); /* one update each */
    assert_int_equal(stint_trainer_result(r.trainer, &r.result), STINT_OK);
    assert_true(r.result.reproducible); /* it decided nothing */
    assert_int_equal(seen.n, 3);
    training_end(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(patience_ends_it_and_the_best_is_put_back),
        FIXTURE_TEST(min_delta_counts),
        FIXTURE_TEST(validation_is_every_kth),
        FIXTURE_TEST(exploits_from_the_best),
        FIXTURE_TEST(repetitions_keep_the_best),
        FIXTURE_TEST(renewed_is_new),
        FIXTURE_TEST(renewing_holds_no_more),
        FIXTURE_TEST(a_time_limit_leaves_what_carries_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
