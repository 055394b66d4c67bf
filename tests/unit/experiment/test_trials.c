/* The trial store: scores over folds, the best of them, ties by number. */
#include "experiment/trials.h"

#include "unit/fixture.h"

static void put(trials *s, int64_t trial, double score, trial_status status)
{
    record r = {.trial = trial, .score = score, .seconds = 0.5, .status = status, .attempts = 1};
    assert_int_equal(trials_put(s, &r), STINT_OK);
}

static void a_configuration_over_its_folds(void **state)
{
    fixture *t = *state;
    trials s;
    assert_int_equal(trials_open(t->ctx, t->dir, 3, 4, &s), STINT_OK);
    assert_int_equal(s.n, 12);
    assert_int_equal(trials_configuration(&s, 1).status, TRIAL_MISSING);
    for (int f = 0; f < 4; f++)
        put(&s, 4 + f, (double[]){2, 4, 4, 6}[f], TRIAL_OK);
    configuration c = trials_configuration(&s, 1);
    assert_int_equal(c.status, TRIAL_OK);
    assert_int_equal(c.number, 1);
    assert_near(c.mean, 4, 1e-15);
    assert_near(c.deviation, sqrt(8.0 / 3), 1e-15);
    assert_near(c.seconds, 2, 1e-6);
    assert_int_equal(s.finished, 4);
    put(&s, 6, NAN, TRIAL_FAILED);
    assert_int_equal(trials_configuration(&s, 1).status, TRIAL_FAILED);
    assert_true(isnan(trials_configuration(&s, 1).mean));
    assert_int_equal(s.finished, 4);
    assert_int_equal(s.failed, 1);
    put(&s, 6, 4, TRIAL_OK); /* a later attempt makes it good */
    assert_int_equal(s.failed, 0);
    assert_near(trials_configuration(&s, 1).mean, 4, 1e-15);
    put(&s, 0, 1, TRIAL_OK); /* one of four */
    assert_int_equal(trials_configuration(&s, 0).status, TRIAL_MISSING);
    char path[4096];
    strcpy(path, s.path);
    trials_close(&s);
    assert_false(file_exists(path));
}

static void the_best_and_ties(void **state)
{
    fixture *t = *state;
    enum { CONFIGURATIONS = 40, FOLDS = 2 };
    trials s;
    configuration top[CONFIGURATIONS];
    assert_int_equal(trials_open(t->ctx, t->dir, CONFIGURATIONS, FOLDS, &s), STINT_OK);
    for (int i = 0; i < CONFIGURATIONS; i++)
        for (int f = 0; f < FOLDS; f++)
            if (i != 9 || f == 0)
                put(&s, i * FOLDS + f, i == 5 ? NAN : i * 7 % 13, i == 7 ? TRIAL_FAILED : TRIAL_OK);
    for (int k = 1; k <= CONFIGURATIONS; k++)
        for (int greater = 0; greater < 2; greater++) {
            int n = trials_best(&s, greater ? &metric_r2 : &metric_rmse, k, top);
            assert_int_equal(n, k < CONFIGURATIONS - 3 ? k : CONFIGURATIONS - 3);
            for (int i = 0; i < n; i++) {
                int64_t number = top[i].number;
                assert_true(number != 5 && number != 7 && number != 9);
                assert_true(top[i].mean == number * 7 % 13);
                if (i == 0)
                    continue;
                double step = top[i].mean - top[i - 1].mean;
                assert_true(greater ? step <= 0 : step >= 0);
                assert_true(step != 0 || number > top[i - 1].number);
            }
        }
    assert_true(top[0].number == 11); /* 77 % 13 = 12, before 24 and 37 */
    trials_close(&s);
}

static void one_fold_has_no_deviation(void **state)
{
    fixture *t = *state;
    trials s;
    assert_int_equal(trials_open(t->ctx, t->dir, 2, 1, &s), STINT_OK);
    put(&s, 1, 3, TRIAL_OK);
    assert_true(trials_configuration(&s, 1).deviation == 0);
    trials_close(&s);
}

static void numbers_out_of_range_are_refused(void **state)
{
    fixture *t = *state;
    trials s;
    record r = {.trial = 6, .status = TRIAL_OK};
    assert_int_equal(trials_open(t->ctx, t->dir, 2, 3, &s), STINT_OK);
    assert_int_equal(trials_put(&s, &r), STINT_EFAIL);
    assert_message(t, "trial 6 is not one of 6");
    r.trial = -1;
    assert_int_equal(trials_put(&s, &r), STINT_EFAIL);
    stint_clear(t->ctx);
    assert_int_equal(s.finished, 0);
    assert_int_equal(file_size(s.path), trials_bytes_on_disk(2, 3));
    trials_close(&s);
    assert_int_not_equal(trials_open(t->ctx, "absent/dir", 2, 3, &s), STINT_OK);
    assert_message(t, "absent/dir");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_configuration_over_its_folds),
        FIXTURE_TEST(the_best_and_ties),
        FIXTURE_TEST(one_fold_has_no_deviation),
        FIXTURE_TEST(numbers_out_of_range_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
