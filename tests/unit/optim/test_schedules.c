/* Schedules against PyTorch's, and beyond their ends. */
#include "unit/optim/oracle.h"

static void check_case(ctx *c, const char *name, const json_t *one)
{
    stint_setting settings[MOST_SETTINGS];
    const json_t *measures = json_object_get(one, "measures"), *want;
    stint_schedule *s =
        stint_schedule_new(c, oracle_class(one), oracle_settings(one, settings), settings);
    assert_non_null(s);
    size_t step;
    json_array_foreach(json_object_get(one, "factors"), step, want)
    {
        double got = stint_schedule_factor(s, (int64_t)step);
        if (!(fabs(got - json_number_value(want)) <= 1e-13))
            fail_msg("%s: at %d %.17g, not %.17g", name, (int)step, got, json_number_value(want));
        const json_t *m = json_array_get(measures, step);
        stint_schedule_observe(s, json_is_null(m) ? NAN : json_number_value(m));
    }
    stint_schedule_free(s);
}

static void schedules_are_pytorchs(void **state)
{
    fixture *t = *state;
    json_t *all = oracle_read(t->ctx), *one;
    const char *name;
    int cases = 0;
    json_object_foreach(json_object_get(all, "schedules"), name, one)
    {
        check_case(t->ctx, name, one);
        cases++;
    }
    assert_true(cases > 10);
    json_decref(all);
}

/* Where PyTorch has no number or another one. */
typedef struct at_case {
    const char *class;
    stint_setting setting;
    int64_t step;
    double factor;
} at_case;

static void factors_at_the_ends(void **state)
{
    fixture *t = *state;
    static const at_case cases[] = {
        {"constant", {"factor", "1"}, 0, 1},
        {"constant", {"factor", "0.25"}, INT64_MAX, 0.25},
        {"one_cycle", {"total_steps", "20"}, 1000, 1.0 / 25 / 1e4},
        {"one_cycle", {"total_steps", "20"}, 21, 1.0 / 25 / 1e4},
        {"one_cycle", {"pct_start", "0"}, 0, 1},
        {"one_cycle", {"pct_start", "1"}, 998, 0.999998},
        {"cosine", {"steps", "10"}, 20, 1},
        {"cosine_restarts", {"multiple", "2"}, (int64_t)10 * ((1 << 20) - 1), 1},
        {"exponential", {"gamma", "0.5"}, INT64_MAX, 0},
        {"step", {"step_size", "7"}, -3, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        stint_schedule *s = stint_schedule_new(t->ctx, cases[i].class, 1, &cases[i].setting);
        assert_non_null(s);
        double got = stint_schedule_factor(s, cases[i].step);
        if (!(fabs(got - cases[i].factor) <= 1e-5 * cases[i].factor))
            fail_msg("%s at %lld: %g", cases[i].class, (long long)cases[i].step, got);
        stint_schedule_free(s);
    }
}

static void a_plateau_below_zero_is_bettered_by_falling(void **state)
{
    fixture *t = *state;
    static const stint_setting settings[] = {{"patience", "0"}, {"threshold", "0.01"}};
    stint_schedule *s = stint_schedule_new(t->ctx, "plateau", 2, settings);
    for (int i = 1; i < 10; i++)
        stint_schedule_observe(s, -i);
    assert_true(stint_schedule_factor(s, 0) == 1);
    stint_schedule_observe(s, -9.01);
    assert_near(stint_schedule_factor(s, 0), 0.1, 1e-15);
    stint_schedule_free(s);
}

static void unknown_names_are_refused(void **state)
{
    fixture *t = *state;
    assert_null(stint_schedule_new(t->ctx, "cosin", 0, NULL));
    assert_message(t, "did you mean \"cosine\"");
    assert_null(stint_schedule_new(t->ctx, "cyclic", 1, &(stint_setting){"mode", "rectangular"}));
    assert_message(t, "mode is \"rectangular\"; write triangular, triangular2 or exp_range");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(schedules_are_pytorchs),
        FIXTURE_TEST(factors_at_the_ends),
        FIXTURE_TEST(a_plateau_below_zero_is_bettered_by_falling),
        FIXTURE_TEST(unknown_names_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
