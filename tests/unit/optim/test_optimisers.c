/* Optimisers against PyTorch's, and what they refuse. */
#include "unit/optim/oracle.h"

enum { STEPS = 10, NUMBERS = 8 };

/* The oracle's weights, [3, 2] and [2], or gradients. */
static void pair(ctx *c, stint_dtype d, const json_t *numbers, stint_tensor *out[2])
{
    double x[NUMBERS];
    for (size_t i = 0; i < NUMBERS; i++)
        x[i] = json_number_value(json_array_get(numbers, i));
    out[0] = tensor_of(c, d, STINT_SHAPE(3, 2), x);
    out[1] = tensor_of(c, d, STINT_SHAPE(2), x + 6);
}

static void check_pair(const char *name, stint_tensor *const w[2], const json_t *numbers,
                       double relative)
{
    double want[NUMBERS];
    for (size_t i = 0; i < NUMBERS; i++)
        want[i] = json_number_value(json_array_get(numbers, i));
    check_values(name, w[0], want, relative);
    check_values(name, w[1], want + 6, relative);
}

static void check_case(ctx *c, const json_t *all, const char *name, const json_t *one,
                       stint_dtype d, double relative)
{
    stint_tensor *w[2], *g[2];
    stint_setting settings[MOST_SETTINGS];
    const json_t *later = json_object_get(one, "later_rate");
    stint_optimiser *o =
        stint_optimiser_new(c, oracle_class(one), oracle_settings(one, settings), settings);
    assert_non_null(o);
    assert_int_equal(stint_optimiser_states(o), 0);
    pair(c, d, json_object_get(all, "start"), w);
    for (size_t step = 0; step < STEPS; step++) {
        if (later && (json_int_t)step == json_integer_value(json_object_get(all, "new_rate_at")))
            assert_int_equal(stint_optimiser_set_rate(o, json_number_value(later)), STINT_OK);
        pair(c, d, json_array_get(json_object_get(all, "gradients"), step), g);
        assert_int_equal(stint_optimiser_update(o, 2, w, g), STINT_OK);
        check_pair(name, w, json_array_get(json_object_get(one, "weights"), step), relative);
    }
    stint_optimiser_free(o);
}

static void optimisers_are_pytorchs(void **state)
{
    fixture *t = *state;
    json_t *all = oracle_read(t->ctx), *one;
    const char *name;
    int cases = 0;
    json_object_foreach(json_object_get(all, "optimisers"), name, one)
    {
        stint_scope *s = stint_scope_open(t->ctx);
        check_case(t->ctx, all, name, one, STINT_F64, 1e-13);
        check_case(t->ctx, all, name, one, STINT_F32, 1e-5);
        assert_int_equal(stint_scope_close(s), STINT_OK);
        cases++;
    }
    assert_true(cases > 10);
    json_decref(all);
}

/* What is saved of an optimiser of two weights, and in which order. */
typedef struct state_case {
    const char *class;
    stint_setting setting;
    const char *names;
} state_case;

static void states_have_names(void **state)
{
    fixture *t = *state;
    static const state_case cases[] = {
        {"sgd", {"momentum", "0"}, "t "},
        {"sgd", {"momentum", "0.5"}, "t velocity.0 velocity.1 "},
        {"adam", {"beta1", "0.5"}, "t m.0 v.0 m.1 v.1 "},
        {"adamw", {"beta1", "0.5"}, "t m.0 v.0 m.1 v.1 "},
        {"rmsprop", {"centered", NULL}, "t v.0 mean.0 v.1 mean.1 "},
        {"rmsprop", {"momentum", "0.1"}, "t v.0 sum.0 v.1 sum.1 "},
    };
    stint_scope *s = stint_scope_open(t->ctx);
    stint_tensor *w[2] = {stint_zeros(t->ctx, STINT_F32, STINT_SHAPE(3)),
                          stint_zeros(t->ctx, STINT_F64, STINT_SCALAR)};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char names[256] = "", name[32];
        stint_optimiser *o = stint_optimiser_new(t->ctx, cases[i].class, 1, &cases[i].setting);
        assert_int_equal(stint_optimiser_update(o, 2, w, w), STINT_OK);
        for (int k = 0; k < stint_optimiser_states(o); k++) {
            assert_non_null(stint_optimiser_state(o, k, name, sizeof name));
            strcat(strcat(names, name), " ");
        }
        assert_string_equal(names, cases[i].names);
        stint_optimiser_free(o);
    }
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

/* A weight without a gradient stays, and so does its state; t counts for all. */
static void no_gradient_is_no_change(void **state)
{
    fixture *t = *state;
    stint_scope *s = stint_scope_open(t->ctx);
    stint_tensor *w[2] = {tensor_of(t->ctx, STINT_F64, STINT_SHAPE(2), (double[]){1, 2}),
                          tensor_of(t->ctx, STINT_F64, STINT_SHAPE(2), (double[]){3, 4})};
    stint_tensor *g[2] = {NULL, tensor_of(t->ctx, STINT_F64, STINT_SHAPE(2), (double[]){10, -10})};
    stint_optimiser *o = stint_optimiser_new(t->ctx, "adam", 0, NULL);
    char name[32];
    assert_int_equal(stint_optimiser_update(o, 2, w, g), STINT_OK);
    assert_int_equal(stint_optimiser_update(o, 2, w, g), STINT_OK);
    check_values("left alone", w[0], (double[]){1, 2}, 0);
    check_values("its m", stint_optimiser_state(o, 1, name, sizeof name), (double[]){0, 0}, 0);
    check_values("t", stint_optimiser_state(o, 0, name, sizeof name), (double[]){2}, 0);
    check_values("updated", w[1], (double[]){3 - 2e-3, 4 + 2e-3}, 1e-8);
    stint_optimiser_free(o);
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

typedef struct refusal {
    const char *class;
    stint_setting setting;
    const char *message;
} refusal;

static void bad_settings_are_refused(void **state)
{
    fixture *t = *state;
    static const refusal cases[] = {
        {"adm", {"beta1", "0.5"}, "did you mean \"adam\""},
        {"quasi-newton", {"beta1", "0.5"}, "there is no optimiser \"quasi-newton\""},
        {"adam", {"beta", "0.5"}, "did you mean \"beta1\""},
        {"adam", {"beta1", "1"}, "beta1 is \"1\""},
        {"sgd", {"nesterov", NULL}, "nesterov needs a momentum"},
        {"rmsprop", {"learning_rate", "-1"}, "learning_rate is \"-1\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_null(stint_optimiser_new(t->ctx, cases[i].class, 1, &cases[i].setting));
        assert_message(t, cases[i].message);
    }
}

static void bad_updates_are_refused(void **state)
{
    fixture *t = *state;
    stint_tensor *narrow = stint_zeros(t->ctx, STINT_F16, STINT_SHAPE(3));
    stint_tensor *three = stint_zeros(t->ctx, STINT_F32, STINT_SHAPE(3));
    stint_tensor *two = stint_zeros(t->ctx, STINT_F32, STINT_SHAPE(2));
    stint_tensor *many[2] = {two, two};
    int iterations;
    stint_optimiser *o = stint_optimiser_new(t->ctx, "adam", 0, NULL);
    stint_optimiser *whole = stint_optimiser_new(t->ctx, "lbfgs", 0, NULL);
    assert_int_equal(stint_optimiser_update(o, 1, &narrow, &narrow), STINT_EUSAGE);
    assert_message(t, "adam: weight 0 is f16; weights are f32 or f64");
    assert_int_equal(stint_optimiser_update(o, 1, &three, &two), STINT_EUSAGE);
    assert_message(t, "gradient 0 has not the shape");
    assert_int_equal(stint_optimiser_states(o), 0);
    assert_int_equal(stint_optimiser_update(o, 1, &three, &three), STINT_OK);
    assert_int_equal(stint_optimiser_update(o, 1, &two, &two), STINT_EUSAGE);
    assert_message(t, "not that of the first update");
    assert_int_equal(stint_optimiser_update(o, 2, many, many), STINT_EUSAGE);
    assert_message(t, "2 weights, the first update had 1");
    assert_int_equal(stint_optimiser_set_rate(o, NAN), STINT_EUSAGE);
    assert_message(t, "a learning rate of nan");
    assert_true(stint_optimiser_rate(o) == 1e-3);
    assert_int_equal(stint_optimiser_update(whole, 1, &two, &two), STINT_EUSAGE);
    assert_message(t, "call stint_optimiser_minimise");
    assert_int_equal(stint_optimiser_minimise(o, NULL, NULL, 1, &two, &iterations), STINT_EUSAGE);
    assert_message(t, "call stint_optimiser_update");
    stint_optimiser_free(o);
    stint_optimiser_free(whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(optimisers_are_pytorchs),  FIXTURE_TEST(states_have_names),
        FIXTURE_TEST(no_gradient_is_no_change), FIXTURE_TEST(bad_settings_are_refused),
        FIXTURE_TEST(bad_updates_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
