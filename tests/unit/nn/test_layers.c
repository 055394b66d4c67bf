/* Each layer's output and gradients against PyTorch's. */
#include "unit/nn/oracle.h"

static stint_net *net_of(ctx *c, const json_t *one, stint_dtype d)
{
    int64_t shape[STINT_AXES];
    int axes = oracle_shape(json_object_get(one, "shape"), shape);
    stint_net *n = stint_net_new(c, d, axes, shape, 1);
    char *layers = json_dumps(json_object_get(one, "layers"), 0);
    if (stint_net_add_json(n, layers) != STINT_OK)
        fail_msg("%s: %s", layers, stint_message(c));
    free(layers);
    return n;
}

static const json_t *weight_of(const json_t *one, const char *name)
{
    const json_t *w = json_object_get(json_object_get(one, "weights"), name);
    if (!w)
        fail_msg("there is no weight %s", name);
    return w;
}

static void set_weights(const char *what, stint_net *n, const json_t *one)
{
    char name[64];
    float x[ORACLE_MOST];
    int count = stint_net_weights(n);
    if (count != (int)json_object_size(json_object_get(one, "weights")))
        fail_msg("%s: %d weights", what, count);
    for (int i = 0; i < count; i++) {
        stint_tensor *w = stint_net_weight(n, i, name, sizeof name);
        int64_t k = oracle_floats(json_object_get(weight_of(one, name), "value"), x);
        assert_int_equal(stint_write(w, x, (size_t)k * sizeof *x), STINT_OK);
    }
}

static void check_shape(const char *what, const stint_net *n, const json_t *one)
{
    int64_t want[STINT_AXES], got[STINT_AXES];
    int axes = oracle_shape(json_object_get(one, "output_shape"), want);
    if (stint_net_output(n, got) != axes || memcmp(want, got, sizeof *want * (size_t)axes) != 0)
        fail_msg("%s: another output shape", what);
}

static void check_case(ctx *c, const char *what, const json_t *one)
{
    enum { WEIGHTS = 16 };
    int64_t shape[STINT_AXES], out[STINT_AXES];
    char name[64];
    stint_dtype d = json_object_get(one, "whole") ? STINT_I32 : STINT_F32;
    stint_net *n = net_of(c, one, d);
    stint_scope *s = stint_scope_open(c);
    set_weights(what, n, one);
    check_shape(what, n, one);
    shape[0] = out[0] = json_integer_value(json_object_get(one, "batch"));
    int axes = 1 + oracle_shape(json_object_get(one, "shape"), shape + 1);
    int out_axes = 1 + oracle_shape(json_object_get(one, "output_shape"), out + 1);
    stint_tensor *x = oracle_tensor(c, d, axes, shape, json_object_get(one, "x"));
    stint_tensor *y = stint_net_apply(n, x, json_is_true(json_object_get(one, "training")));
    assert_string_equal(stint_message(c), "");
    oracle_check(what, "output", y, json_object_get(one, "output"), 1e-5);

    stint_tensor *seed = oracle_tensor(c, STINT_F32, out_axes, out, json_object_get(one, "seed"));
    stint_tensor *source[WEIGHTS + 1], *gradient[WEIGHTS + 1];
    int count = stint_net_weights(n);
    for (int i = 0; i < count; i++)
        source[i] = stint_net_weight(n, i, NULL, 0);
    source[count] = x;
    y = stint_net_apply(n, x, json_is_true(json_object_get(one, "training")));
    assert_int_equal(stint_gradients(1, &y, &seed, count + (d == STINT_F32), source, gradient),
                     STINT_OK);
    for (int i = 0; i < count; i++) {
        stint_net_weight(n, i, name, sizeof name);
        oracle_check(what, name, gradient[i], json_object_get(weight_of(one, name), "gradient"),
                     2e-5);
    }
    if (d == STINT_F32)
        oracle_check(what, "gradient of x", gradient[count], json_object_get(one, "x_gradient"),
                     2e-5);
    assert_int_equal(stint_scope_close(s), STINT_OK);
    stint_net_free(n);
}

static void layers_are_as_pytorchs(void **state)
{
    fixture *t = *state;
    const char *name;
    json_t *one, *all = oracle_read(t->ctx);
    json_object_foreach(json_object_get(all, "layers"), name, one) check_case(t->ctx, name, one);
    assert_int_equal(json_object_size(json_object_get(all, "layers")), 50);
    json_decref(all);
}

static void losses_are_as_pytorchs(void **state)
{
    fixture *t = *state;
    const char *name;
    int64_t shape[STINT_AXES];
    json_t *one, *all = oracle_read(t->ctx), *losses = json_object_get(all, "losses");
    oracle_shape(json_object_get(losses, "shape"), shape);
    json_object_foreach(json_object_get(losses, "cases"), name, one)
    {
        stint_scope *s = stint_scope_open(t->ctx);
        const char *class = json_string_value(json_object_get(one, "class"));
        const char *delta =
            json_string_value(json_object_get(json_object_get(one, "settings"), "delta"));
        const json_t *target = json_object_get(one, "target");
        bool labels = json_array_size(target) == (size_t)shape[0];
        stint_tensor *x =
            oracle_tensor(t->ctx, STINT_F32, 2, shape, json_object_get(losses, "output"));
        stint_tensor *y =
            oracle_tensor(t->ctx, labels ? STINT_I32 : STINT_F32, labels ? 1 : 2, shape, target);
        stint_tensor *gradient,
            *loss = stint_loss_of(class, delta != NULL, &(stint_setting){"delta", delta}, x, y);
        assert_int_equal(stint_gradients(1, &loss, NULL, 1, &x, &gradient), STINT_OK);
        oracle_check(name, "gradient", gradient, json_object_get(one, "gradient"), 1e-5);
        assert_near(stint_item(loss), json_number_value(json_object_get(one, "value")), 1e-6);
        assert_int_equal(stint_scope_close(s), STINT_OK);
    }
    json_decref(all);
    assert_null(stint_loss_of("mse_", 0, NULL, NULL, NULL));
}

static void bad_losses_are_refused(void **state)
{
    fixture *t = *state;
    stint_tensor *x = stint_zeros(t->ctx, STINT_F32, STINT_SHAPE(2));
    assert_null(stint_loss_of("hubert", 0, NULL, x, x));
    assert_message(t, "there is no loss \"hubert\"; did you mean \"huber\"?");
    assert_null(stint_loss_of("huber", 1, &(stint_setting){"delat", "1"}, x, x));
    assert_message(t, "did you mean \"delta\"?");
    assert_null(stint_loss_of("huber", 1, &(stint_setting){"delta", "0"}, x, x));
    assert_message(t, "delta is \"0\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(layers_are_as_pytorchs),
        FIXTURE_TEST(losses_are_as_pytorchs),
        FIXTURE_TEST(bad_losses_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
