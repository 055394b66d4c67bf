/* Configurations numbered through several models' grids. */
#include "experiment/grid.h"

#include "unit/fixture.h"

#define HEAD "data: {source: t.csv, target: y}\nsearch:\n  models:\n"

static grid load(fixture *t, config *cfg, const char *models)
{
    char text[1024];
    snprintf(text, sizeof text, HEAD "%s", models);
    if (config_parse(t->ctx, "c.yaml", text, strlen(text), NULL, 0, cfg) != STINT_OK)
        fail_msg("%s", stint_message(t->ctx));
    return grid_of(cfg);
}

static void assert_text(fixture *t, const grid *g, int64_t number, const char *json,
                        const char *label)
{
    str text;
    str_init(&text, t->ctx, TAG_BASE);
    grid_text(g, number, &text);
    assert_string_equal(text.at, json);
    str_clear(&text);
    grid_label(g, number, &text);
    assert_string_equal(text.at, label);
    str_deinit(&text);
}

static void several_models(void **state)
{
    fixture *t = *state;
    config cfg;
    int64_t own;
    double values[PARAM_MOST];
    grid g = load(t, &cfg,
                  "    - ridge: {alpha: [0.5, 2, 8], intercept: [true, false]}\n"
                  "    - ridge: {alpha: {log: [1, 100], n: 3}}\n"
                  "    - ridge: {alpha: 7}\n");
    assert_int_equal(g.configurations, 6 + 3 + 1);
    static const int models[] = {0, 0, 0, 0, 0, 0, 1, 1, 1, 2},
                     owns[] = {0, 1, 2, 3, 4, 5, 0, 1, 2, 0};
    for (int i = 0; i < 10; i++) {
        assert_int_equal(grid_model(&g, i, &own), models[i]);
        assert_int_equal(own, owns[i]);
    }
    static const double alphas[] = {0.5, 0.5, 2, 2, 8, 8, 1, 10, 100, 7};
    for (int i = 0; i < 10; i++) {
        grid_values_of(&g, i, values);
        assert_near(values[0], alphas[i], 1e-15);
        assert_true(values[1] == !(i < 6 && i % 2));
    }
    config_free(&cfg);
}

static void labels_name_what_varies(void **state)
{
    fixture *t = *state;
    config cfg;
    grid g = load(t, &cfg, "    - ridge: {alpha: {log: [1, 3], n: 3}}\n");
    assert_text(t, &g, 1, "{\"alpha\": 1.7320508075688772, \"intercept\": true}", "alpha 1.73205");
    config_free(&cfg);
}

static void parameters_and_texts(void **state)
{
    fixture *t = *state;
    config cfg;
    grid g = load(t, &cfg, "    - ridge: {alpha: [0.1, 1.0e+22], intercept: [true, false]}\n");
    double *params = mem_alloc(t->ctx, TAG_BASE, cfg.models[0].class->size);
    assert_int_equal(grid_params(t->ctx, &g, 3, params), STINT_OK);
    assert_true(params[0] == 1e22 && params[1] == 0);
    assert_text(t, &g, 0, "{\"alpha\": 0.1, \"intercept\": true}", "alpha 0.1, intercept true");
    assert_int_equal(grid_params(t->ctx, &g, 4, params), STINT_EFAIL);
    assert_message(t, "configuration 4 is not one of 4");
    assert_int_equal(grid_params(t->ctx, &g, -1, params), STINT_EFAIL);
    stint_clear(t->ctx);
    mem_free(params);
    config_free(&cfg);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(several_models),
        FIXTURE_TEST(labels_name_what_varies),
        FIXTURE_TEST(parameters_and_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
