#include "base/params.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

typedef struct sample {
    double alpha, depth, intercept, solver;
} sample;

static const char *const solvers[] = {"cholesky", "saga", NULL};

static const param sample_params[] = {
    PARAM_F64(sample, alpha, 0.1, 0, 1e300, "L2 penalty"),
    PARAM_INT(sample, depth, 6, 1, 64, "levels"),
    PARAM_BOOL(sample, intercept, true, "fit an intercept"),
    PARAM_CHOICE(sample, solver, 1, solvers, "method"),
    PARAM_END,
};

static void found_by_name(void **state)
{
    (void)state;
    assert_int_equal(param_count(sample_params), 4);
    assert_ptr_equal(param_find(sample_params, "intercept"), &sample_params[2]);
    assert_null(param_find(sample_params, "beta"));
}

static void stored_in_the_struct(void **state)
{
    (void)state;
    sample s;
    params_default(sample_params, &s);
    assert_true(s.alpha == 0.1 && s.depth == 6 && s.intercept == 1 && s.solver == 1);
    params_store(sample_params, (const double[]){2.5, 3, 0, 0}, &s);
    assert_true(s.alpha == 2.5 && s.depth == 3 && s.intercept == 0 && s.solver == 0);
}

typedef struct text_case {
    int param;
    double value;
    const char *text;
} text_case;

static void as_text(void **state)
{
    (void)state;
    static const text_case cases[] = {
        {0, 0.1, "0.1"},    {0, 1e-300, "1e-300"},
        {1, 3, "3"},        {1, 9007199254740992, "9007199254740992"},
        {2, 1, "true"},     {2, 0, "false"},
        {3, 0, "cholesky"}, {3, 1, "saga"},
        {3, 7, "unknown"},
    };
    char out[PARAM_TEXT_SIZE];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        param_text(&sample_params[cases[i].param], cases[i].value, out);
        assert_string_equal(out, cases[i].text);
    }
}

static void read_from_settings(void **state)
{
    (void)state;
    static const stint_setting settings[] = {
        {"alpha", "2"}, {"solver", "cholesky"}, {"intercept", "false"},
        {"depth", "7"}, {"alpha", "0.5"},       {"intercept", NULL},
    };
    sample s;
    ctx *c = stint_open(NULL);
    assert_int_equal(params_read(c, "tree", sample_params, settings, 6, &s), STINT_OK);
    assert_true(s.alpha == 0.5 && s.depth == 7 && s.intercept == 1 && s.solver == 0);
    assert_int_equal(params_read(c, "tree", sample_params, settings + 1, 1, &s), STINT_OK);
    assert_true(s.solver == 0);
    assert_int_equal(
        params_read(c, "tree", sample_params, &(stint_setting){"solver", "saga"}, 1, &s), STINT_OK);
    assert_true(s.solver == 1);
    assert_int_equal(params_read(c, "tree", sample_params, NULL, 0, &s), STINT_OK);
    assert_true(s.alpha == 0.1 && s.depth == 6 && s.intercept == 1 && s.solver == 1);
    stint_close(c);
}

static void what_is_no_value_is_refused(void **state)
{
    (void)state;
    static const struct {
        stint_setting setting;
        const char *message;
    } cases[] = {
        {{"alhpa", "1"}, "tree has no parameter \"alhpa\"; did you mean \"alpha\"?"},
        {{"q", "1"}, "tree has no parameter \"q\"; known are alpha, depth, intercept, solver"},
        {{"depth", "0"}, "tree: depth is \"0\"; write a whole number from 1 to 64"},
        {{"depth", "6.5"}, "tree: depth is \"6.5\"; write a whole number from 1 to 64"},
        {{"depth", "65"}, "tree: depth is \"65\"; write a whole number from 1 to 64"},
        {{"depth", NULL}, "tree: depth has no value; write a whole number from 1 to 64"},
        {{"alpha", "inf"}, "tree: alpha is \"inf\"; write a number from 0 to 1e+300"},
        {{"alpha", "1x"}, "tree: alpha is \"1x\"; write a number from 0 to 1e+300"},
        {{"intercept", "1"}, "tree: intercept is \"1\"; write true or false"},
        {{"solver", "lsqr"}, "tree: solver is \"lsqr\"; write cholesky or saga"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        sample s = {.alpha = -1};
        ctx *c = stint_open(NULL);
        assert_int_equal(params_read(c, "tree", sample_params, &cases[i].setting, 1, &s),
                         STINT_EUSAGE);
        assert_string_equal(stint_message(c), cases[i].message);
        assert_true(s.alpha == -1);
        stint_close(c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(found_by_name),
        cmocka_unit_test(stored_in_the_struct),
        cmocka_unit_test(as_text),
        cmocka_unit_test(read_from_settings),
        cmocka_unit_test(what_is_no_value_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
