/* Nets, derivatives, policies and loss scaling, called wrongly: each call is refused in words that
 * name the operation, what was given, and what it takes.  What was not made is NULL, and taken. */
#include "stint/derivatives.h"
#include "stint/fn.h"
#include "stint/optim.h"
#include "unit/fixture.h"
#include "unit/graph/elements.h"

#define F32(...) stint_zeros(c, STINT_F32, STINT_SHAPE(__VA_ARGS__))
#define F64(...) stint_zeros(c, STINT_F64, STINT_SHAPE(__VA_ARGS__))
#define I64(...) stint_zeros(c, STINT_I64, STINT_SHAPE(__VA_ARGS__))
#define CONV(...)                                                                                  \
    &(stint_convolution)                                                                           \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }
#define POOL(...)                                                                                  \
    &(stint_pooling)                                                                               \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }

#define REFUSAL_LIST(X)                                                                            \
    X(stint_conv2d(F32(1, 2, 4, 4), F32(3, 1, 2, 2), NULL, NULL),                                  \
      "conv2d: channels differ: [1,2,4,4] by [3,1,2,2]")                                           \
    X(stint_conv2d(F32(1, 4, 4, 4), F32(4, 4, 2, 2), NULL, CONV(.groups = 2)),                     \
      "conv2d: channels of a group differ: [1,4,4,4] by [4,4,2,2]")                                \
    X(stint_conv2d(F32(1, 4, 4, 4), F32(4, 1, 2, 2), NULL, CONV(.groups = 3)),                     \
      "conv2d: groups do not divide the channels of both: [1,4,4,4] by [4,1,2,2]")                 \
    X(stint_conv2d(F32(1, 4, 4, 4), F32(4, 1, 2, 2), NULL, CONV(.groups = -1)),                    \
      "conv2d: a group count of -1; it is 1 … 2147483647")                                         \
    X(stint_conv2d(F32(1, 2, 4, 4), F32(3, 2, 5, 2), NULL, NULL),                                  \
      "conv2d: no window fits; the kernel, dilated, is wider than x with its padding: "            \
      "[1,2,4,4] by [3,2,5,2]")                                                                    \
    X(stint_conv2d(F32(1, 2, 4, 4), F32(3, 2, 0, 2), NULL, NULL),                                  \
      "conv2d: a kernel of no elements: [1,2,4,4] by [3,2,0,2]")                                   \
    X(stint_conv2d(F32(1, 2, 4, 4), F32(3, 2, 2, 2), NULL, CONV(.stride = {1, -2})),               \
      "conv2d: a stride of -2; it is 1 … 2147483647")                                              \
    X(stint_conv2d(F32(1, 2, 4, 4), F32(3, 2, 2, 2), NULL, CONV(.padding = {-1})),                 \
      "conv2d: a padding of -1; it is 0 … 2147483647")                                             \
    X(stint_conv2d(F32(1, 2, 4, 4), F32(3, 2, 2, 2), NULL, CONV(.padding = {INT64_MAX})),          \
      "conv2d: a padding of 9223372036854775807; it is 0 … 2147483647")                            \
    X(stint_conv2d(F32(1, 2, 4, 4), F32(3, 2, 2, 2), NULL, CONV(.dilation = {-3})),                \
      "conv2d: a dilation of -3; it is 1 … 2147483647")                                            \
    X(stint_conv2d(F32(1, 2, 4, 4), F32(3, 2, 2, 2), F32(2), NULL),                                \
      "conv2d: a bias has a value a channel of the result: [3,2,2,2] by [2]")                      \
    X(stint_conv2d(F32(2, 4, 4), F32(3, 2, 2, 2), NULL, NULL),                                     \
      "conv2d: of [batch, channels, h, w] by [out, channels, h, w]: [2,4,4] by [3,2,2,2]")         \
    X(stint_conv2d(F32(1, 2, 4, 4), F64(3, 2, 2, 2), NULL, NULL),                                  \
      "conv2d: operands of one float dtype, not f32, f64 and f64")                                 \
    X(stint_conv1d(F32(1, 2, 4), F32(3, 2, 5), NULL, CONV(.dilation = {2}, .padding = {2})),       \
      "conv1d: no window fits; the kernel, dilated, is wider than x with its padding: "            \
      "[1,2,4] by [3,2,5]")                                                                        \
    X(stint_max_pool2d(F32(1, 2, 4, 4), POOL(.stride = {1, 1})),                                   \
      "max_pool2d: a kernel of 0; it is 1 … 2147483647")                                           \
    X(stint_avg_pool2d(F32(1, 2, 4, 4), POOL(.kernel = {2, -2})),                                  \
      "avg_pool2d: a kernel of -2; it is 1 … 2147483647")                                          \
    X(stint_max_pool1d(F32(1, 2, 4), POOL(.kernel = {2}, .stride = {-1})),                         \
      "max_pool1d: a stride of -1; it is 1 … 2147483647")                                          \
    X(stint_avg_pool1d(F32(1, 2, 4), POOL(.kernel = {5})),                                         \
      "avg_pool1d: no window fits, or one sees padding alone: 1 by 5, padding 0 by 0, of "         \
      "[1,2,1,4]")                                                                                 \
    X(stint_max_pool2d(F32(1, 2, 4, 4), POOL(.kernel = {2, 2}, .padding = {2, 0})),                \
      "max_pool2d: no window fits, or one sees padding alone: 2 by 2, padding 2 by 0, of "         \
      "[1,2,4,4]")                                                                                 \
    X(stint_max_pool2d(F32(2, 4, 4), POOL(.kernel = {2, 2})),                                      \
      "max_pool2d: of floats [batch, channels, h, w], not f32 [2,4,4]")                            \
    X(stint_max_pool2d(F32(1, 2, 4, 4), NULL),                                                     \
      "max_pool2d: how is NULL; it says at least the kernel's size")                               \
    X(stint_adaptive_max_pool2d(F32(1, 2, 4, 4), (const int64_t[]){0, 1}),                         \
      "adaptive_max_pool2d: a size of 0; it is 1 … 2147483647")                                    \
    X(stint_adaptive_avg_pool2d(F32(1, 2, 4, 4), (const int64_t[]){1, INT64_MAX}),                 \
      "adaptive_avg_pool2d: a size of 9223372036854775807; it is 1 … 2147483647")                  \
    X(stint_adaptive_avg_pool2d(F32(1, 2, 0, 4), (const int64_t[]){1, 1}),                         \
      "adaptive_avg_pool2d: of no elements: [1,2,0,4]")                                            \
    X(stint_attention(F32(3, 2), F32(5, 2), F32(5, 4), F32(3, 4), NULL),                           \
      "attention: the mask does not broadcast to scores [..,T,S]: [3,4] to [3,5]")                 \
    X(stint_attention(F32(3, 2), F32(5, 2), F32(5, 4), F32(2, 3, 5), NULL),                        \
      "attention: the mask does not broadcast to scores [..,T,S]: [2,3,5] to [3,5]")               \
    X(stint_attention(F32(3, 2), F32(5, 2), F32(5, 4), I64(3, 5), NULL),                           \
      "attention: operands of one float dtype, a mask of that or bool, not f32, f32, f32 and "     \
      "i64")                                                                                       \
    X(stint_attention(F32(3, 2), F32(5, 3), F32(5, 4), NULL, NULL),                                \
      "attention: q [..,T,D], k [..,S,D], v [..,S,E], not [3,2], [5,3] and [5,4]")                 \
    X(stint_attention(F32(2, 3, 2), F32(3, 5, 2), F32(5, 4), NULL, NULL),                          \
      "attention: q [..,T,D], k [..,S,D], v [..,S,E] of leading axes that broadcast, not "         \
      "[2,3,2], [3,5,2] and [5,4]")                                                                \
    X(stint_attention(F32(2), F32(2), F32(2), NULL, NULL),                                         \
      "attention: q [..,T,D], k [..,S,D], v [..,S,E], not [2], [2] and [2]")                       \
    X(stint_group_norm(F32(2, 4, 3), 3, NULL, NULL, 1e-5),                                         \
      "group_norm: 3 groups do not divide the channels of [2,4,3]")                                \
    X(stint_group_norm(F32(2, 4, 3), 0, NULL, NULL, 1e-5),                                         \
      "group_norm: 0 groups do not divide the channels of [2,4,3]")                                \
    X(stint_group_norm(F32(2), 1, NULL, NULL, 1e-5),                                               \
      "group_norm: of floats [batch, channels, ..], not of f32 [2]")                               \
    X(stint_group_norm(F32(2, 4, 3), 2, F32(3), NULL, 1e-5), "group_norm: gain is [4], not [3]")   \
    X(stint_lstm(F32(2, 3, 4), F32(4, 8), F32(2, 8), F32(6), NULL), "lstm: bias is [8], not [6]")  \
    X(stint_lstm(F32(2, 3, 4), F32(4, 8), F32(2, 6), NULL, NULL),                                  \
      "lstm: w_recurrent is [2,8], not [2,6]")                                                     \
    X(stint_lstm(F32(2, 3, 4), F32(4, 8), F32(2, 8), NULL, &(stint_sequence){.c0 = F32(3, 2)}),    \
      "lstm: c0 is [2,2], not [3,2]")                                                              \
    X(stint_gru(F32(2, 3, 4), F32(3, 6), F32(2, 6), NULL, NULL, NULL),                             \
      "gru: w_input is [4,6], not [3,6]")                                                          \
    X(stint_gru(F32(2, 3, 4), F32(4, 6), F32(2, 6), NULL, NULL,                                    \
                &(stint_sequence){.lengths = I64(3)}),                                             \
      "gru: lengths are i32 or i64 [2], not i64 [3]")                                              \
    X(stint_window(F32(5), 0, 0, 1, 1),                                                            \
      "window: size, step and dilation are 1 or more, not 0, 1, 1")                                \
    X(stint_window(F32(5), 1, 2, 1, 1), "window: axis 1 of a tensor of 1 axes: [5]")

static void wrong_operands_are_refused(void **state)
{
    fixture *t = *state;
    ctx *c = t->ctx;
#define X(call, message)                                                                           \
    {                                                                                              \
        stint_scope *s = stint_scope_open(c);                                                      \
        assert_null(call);                                                                         \
        assert_string_equal(stint_message(c), message);                                            \
        assert_int_equal(stint_scope_close(s), STINT_EUSAGE);                                      \
        stint_clear(c);                                                                            \
    }
    REFUSAL_LIST(X)
#undef X
}

/* Actions: the status, and what the message has. */
static void refused(fixture *t, stint_status got, const char *says)
{
    assert_int_equal(got, STINT_EUSAGE);
    assert_message(t, says);
}

static stint_status sum_step(void *self, stint_tensor *const *in, stint_tensor **out)
{
    (void)self;
    out[0] = stint_sum(in[0], STINT_ALL_AXES, false);
    return STINT_OK;
}

static stint_tensor *sum_of(void *self)
{
    return stint_sum(self, STINT_ALL_AXES, false);
}

static stint_status hessian_step(void *self, stint_tensor *const *in, stint_tensor **out)
{
    return stint_hessian(self, sum_of, in[0], 1, in, out);
}

static void wrong_policies_are_refused(void **state)
{
    fixture *t = *state;
    ctx *c = t->ctx;
    stint_scope *s = stint_scope_open(c);
    stint_tensor *x = F32(3), *out;
    stint_fn *f = stint_fn_new(c, sum_step, NULL, 1, 1);
    refused(t, stint_fn_recompute(f, (stint_recompute)7, 0),
            "recompute: policy 7 with value 0; policies are 0 … 3, values 0 or more");
    refused(t, stint_fn_recompute(f, STINT_RECOMPUTE_BUDGET, -1),
            "recompute: policy 3 with value -1; policies are 0 … 3, values 0 or more");
    refused(t, stint_fn_storage(f, STINT_F64),
            "storage: activations are f32, bf16 or f16, not f64");
    refused(t, stint_fn_storage(f, (stint_dtype)99), "f32, bf16 or f16, not ?");
    assert_int_equal(stint_fn_recompute(f, STINT_RECOMPUTE_BUDGET, 0), STINT_OK);
    assert_int_equal(stint_fn_recompute(f, STINT_RECOMPUTE_BLOCKS, 0), STINT_OK);
    assert_int_equal(stint_fn_call(f, &x, &out), STINT_OK);
    refused(t, stint_fn_recompute(f, STINT_KEEP_ALL, 0),
            "recompute: set it before the first call or warm-up");
    refused(t, stint_fn_storage(f, STINT_BF16), "storage: set it before the first call");
    stint_fn_free(f);
    f = stint_fn_new(c, hessian_step, c, 1, 1);
    refused(t, stint_fn_call(f, &x, &out), "a traced function must not call another stint_fn");
    stint_fn_free(f);
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

static void wrong_derivatives_are_refused(void **state)
{
    fixture *t = *state;
    ctx *c = t->ctx;
    stint_scope *s = stint_scope_open(c);
    stint_tensor *x = F32(2, 3), *f = stint_square(x), *whole = I64(3), *out, *wide = F64(2, 3);
    stint_tensor *none = NULL, *row = F32(3);
    refused(t, stint_hessian_vector(whole, 1, &x, &x, &out), "target 0 is i64; only floats have");
    refused(t, stint_hessian_vector(f, 1, &x, &row, &out),
            "hessian product: vector 0 is f32 [3], its source f32 [2,3]");
    refused(t, stint_jacobian_vector(1, &f, 1, &x, &wide, &out),
            "jacobian product: vector 0 is f64 [2,3], its source f32 [2,3]");
    refused(t, stint_hessian_diagonal_estimate(f, 1, &x, row, 1, &out),
            "random: a generator is i64 [2]: f32 [3]");
    refused(t, stint_hessian_diagonal_estimate(f, 1, &x, stint_generator(c, 1), -2, &out),
            "hessian diagonal: -2 draws; at least one");
    assert_int_equal(stint_hessian_vector(none, 1, &x, &x, &out), STINT_EUSAGE);
    assert_int_equal(stint_hessian_vector(f, 1, &none, &x, &out), STINT_EUSAGE);
    assert_string_equal(stint_message(c), "");
    /* of no scalar: that of its sum */
    assert_int_equal(stint_hessian_vector(f, 1, &x, &x, &out), STINT_OK);
    assert_int_equal(stint_tensor_count(out), 6);
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

static void wrong_scalers_are_refused(void **state)
{
    fixture *t = *state;
    ctx *c = t->ctx;
    stint_scope *s = stint_scope_open(c);
    static const stint_setting bad[] = {
        {"scale", "0"},    {"scale", "x"},      {"growth", "0.5"},    {"backoff", "2"},
        {"interval", "0"}, {"most_skips", "0"}, {"interval", "1e99"}, {"patience", "3"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_null(stint_scaler_new(c, 1, &bad[i]));
        assert_int_equal(ctx_status(c), STINT_EUSAGE);
        assert_non_null(strstr(stint_message(c), "scaler"));
        assert_message(t, bad[i].key);
    }
    stint_tensor *g = F32(3), *finite = NULL;
    stint_scaler *scaler = stint_scaler_new(c, 0, NULL);
    refused(t, stint_scaler_update(scaler, finite), "the condition of an update is a bool scalar");
    refused(t, stint_scaler_update(scaler, F32(1)), "the condition of an update is a bool scalar");
    stint_scaler_free(scaler);
    assert_null(stint_scaler_scale(NULL, g));
    assert_int_equal(stint_scaler_unscale(NULL, 1, &g, &finite), STINT_EUSAGE);
    assert_null(finite);
    assert_int_equal(stint_scaler_update(NULL, finite), STINT_EUSAGE);
    assert_int_equal(stint_scaler_check(NULL), STINT_EUSAGE);
    assert_int_equal(stint_scaler_states(NULL), 0);
    assert_int_equal(stint_optimiser_update(NULL, 1, &g, &g), STINT_EUSAGE);
    assert_int_equal(stint_optimiser_update_if(NULL, g, 1, &g, &g), STINT_EUSAGE);
    assert_int_equal(stint_optimiser_update_curvature(NULL, 1, &g, &g, &g), STINT_EUSAGE);
    int iterations = 7;
    assert_int_equal(stint_optimiser_minimise(NULL, NULL, NULL, 1, &g, &iterations), STINT_EUSAGE);
    assert_int_equal(iterations, 0);
    assert_int_equal(stint_optimiser_set_rate(NULL, 1), STINT_EUSAGE);
    assert_true(isnan(stint_optimiser_rate(NULL)));
    assert_int_equal(stint_optimiser_states(NULL), 0);
    assert_int_equal(stint_accumulator_add(NULL, 1, &g), STINT_EUSAGE);
    assert_int_equal(stint_accumulator_take(NULL, &g), STINT_EUSAGE);
    assert_true(isnan(stint_schedule_factor(NULL, 3)));
    stint_schedule_observe(NULL, 1);
    assert_string_equal(stint_message(c), "");
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

/* Lengths are values, which nothing knows while the graph is built: beyond the ends they are the
 * ends. */
static void lengths_beyond_the_ends_are_the_ends(void **state)
{
    fixture *t = *state;
    ctx *c = t->ctx;
    static const double given[4] = {-1, 0, 3, 9}, meant[4] = {0, 0, 3, 3};
    for (int gru = 0; gru < 2; gru++) {
        stint_scope *s = stint_scope_open(c);
        stint_tensor *w = stint_uniform(stint_generator(c, 1), STINT_F32, STINT_SHAPE(2, 8), -1, 1);
        stint_tensor *x =
            stint_uniform(stint_generator(c, 2), STINT_F32, STINT_SHAPE(4, 3, 2), -1, 1);
        stint_tensor *y[2], *gradient[2];
        w = gru ? stint_slice(w, 1, 0, 6, 1) : w;
        for (int k = 0; k < 2; k++) {
            stint_sequence how = {
                .lengths = elements_tensor(c, STINT_I64, STINT_SHAPE(4), k ? meant : given)};
            y[k] = gru ? stint_gru(x, w, w, NULL, NULL, &how) : stint_lstm(x, w, w, NULL, &how);
            assert_int_equal(stint_gradients(1, &y[k], NULL, 1, &x, &gradient[k]), STINT_OK);
        }
        stint_tensor *differ[2] = {stint_abs(stint_sub(y[0], y[1])),
                                   stint_abs(stint_sub(gradient[0], gradient[1]))};
        for (int k = 0; k < 2; k++)
            assert_true(stint_item(stint_sum(differ[k], STINT_ALL_AXES, false)) == 0);
        assert_true(stint_item(stint_sum(stint_abs(y[0]), STINT_ALL_AXES, false)) > 0.1);
        assert_int_equal(stint_scope_close(s), STINT_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(wrong_operands_are_refused),
        FIXTURE_TEST(wrong_policies_are_refused),
        FIXTURE_TEST(wrong_derivatives_are_refused),
        FIXTURE_TEST(wrong_scalers_are_refused),
        FIXTURE_TEST(lengths_beyond_the_ends_are_the_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
