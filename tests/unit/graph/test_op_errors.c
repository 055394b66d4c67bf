/* What an operation cannot do gives NULL and one message that names the operation and the shapes;
 * NULL gives NULL in silence; the first failure is kept. */
#include "unit/fixture.h"
#include "unit/graph/elements.h"

typedef struct operands {
    stint_context *ctx;
    stint_tensor *x23, *x34, *x3, *x0; /* f32 [2,3], [3,4], [3], [] */
    stint_tensor *d23;                 /* f64 */
    stint_tensor *i2, *i3, *b23;       /* i64 [2], i32 [3], bool [2,3] */
    stint_tensor *generator;
} operands;

static operands operands_new(stint_context *c)
{
    return (operands){
        .ctx = c,
        .x23 = stint_zeros(c, STINT_F32, STINT_SHAPE(2, 3)),
        .x34 = stint_zeros(c, STINT_F32, STINT_SHAPE(3, 4)),
        .x3 = stint_zeros(c, STINT_F32, STINT_SHAPE(3)),
        .x0 = stint_zeros(c, STINT_F32, STINT_SCALAR),
        .d23 = stint_zeros(c, STINT_F64, STINT_SHAPE(2, 3)),
        .i2 = stint_zeros(c, STINT_I64, STINT_SHAPE(2)),
        .i3 = stint_zeros(c, STINT_I32, STINT_SHAPE(3)),
        .b23 = stint_zeros(c, STINT_BOOL, STINT_SHAPE(2, 3)),
        .generator = stint_generator(c, 1),
    };
}

/* One wrong call each, and what its message has: the operation's name and two more things. */
#define WRONG_LIST(X)                                                                              \
    X(add, stint_add(o->x23, o->x34), "add", "[2,3]", "[3,4]")                                     \
    X(add_dtypes, stint_add(o->x23, o->d23), "add", "f32", "f64")                                  \
    X(mul_bool, stint_mul(o->b23, o->b23), "mul", "bool", "[2,3]")                                 \
    X(div_integers, stint_div(o->i2, o->i2), "div", "i64", "[2]")                                  \
    X(pow_integers, stint_pow(o->i2, o->i2), "pow", "i64", "[2]")                                  \
    X(maximum, stint_maximum(o->x23, o->i3), "maximum", "f32", "i32")                              \
    X(less, stint_less(o->x23, o->x34), "less", "[2,3]", "[3,4]")                                  \
    X(equal_dtypes, stint_equal(o->x23, o->d23), "equal", "f32", "f64")                            \
    X(logical_not, stint_logical_not(o->x23), "logical_not", "f32", "bool")                        \
    X(where_condition, stint_where(o->x23, o->x23, o->x23), "where", "f32", "bool")                \
    X(where_shapes, stint_where(o->b23, o->x34, o->x23), "where", "[2,3]", "[3,4]")                \
    X(where_dtypes, stint_where(o->b23, o->x23, o->d23), "where", "f32", "f64")                    \
    X(cast, stint_cast(o->x23, (stint_dtype)99), "cast", "99", "dtype")                            \
    X(neg_bool, stint_neg(o->b23), "neg", "bool", "[2,3]")                                         \
    X(exp_integers, stint_exp(o->i2), "exp", "i64", "[2]")                                         \
    X(sqrt_bool, stint_sqrt(o->b23), "sqrt", "bool", "[2,3]")                                      \
    X(sigmoid_integers, stint_sigmoid(o->i3), "sigmoid", "i32", "[3]")                             \
    X(clamp_limits, stint_clamp(o->x23, 1, -1), "clamp", "1", "-1")                                \
    X(hardtanh_limits, stint_hardtanh(o->x23, 1, -1), "hardtanh", "1", "-1")                       \
    X(sum_axis, stint_sum(o->x23, 2, false), "sum", "2", "[2,3]")                                  \
    X(sum_axis_below, stint_sum(o->x23, -3, false), "sum", "-3", "[2,3]")                          \
    X(mean_integers, stint_mean(o->i2, 0, false), "mean", "i64", "float")                          \
    X(max_axis, stint_max(o->x0, 0, false), "max", "0", "[]")                                      \
    X(argmax_all, stint_argmax(o->x23, STINT_ALL_AXES, false), "argmax", "all", "[2,3]")           \
    X(argmin_axis, stint_argmin(o->x23, 5, false), "argmin", "5", "[2,3]")                         \
    X(variance_axis, stint_variance(o->x23, 7, 0, false), "variance", "7", "[2,3]")                \
    X(softmax_axis, stint_softmax(o->x23, 2), "softmax", "2", "[2,3]")                             \
    X(softmax_integers, stint_softmax(o->i2, 0), "softmax", "i64", "float")                        \
    X(log_softmax_axis, stint_log_softmax(o->x23, -4), "log_softmax", "-4", "[2,3]")               \
    X(log_sum_exp_axis, stint_log_sum_exp(o->x3, 1, false), "log_sum_exp", "1", "[3]")             \
    X(reshape, stint_reshape(o->x23, STINT_SHAPE(4, 2)), "reshape", "[2,3]", "[4,2]")              \
    X(reshape_rest, stint_reshape(o->x23, STINT_SHAPE(4, -1)), "reshape", "[2,3]", "[4,-1]")       \
    X(reshape_rests, stint_reshape(o->x23, STINT_SHAPE(-1, -1)), "reshape", "-1", "[2,3]")         \
    X(reshape_axes, stint_reshape(o->x0, STINT_SHAPE(1, 1, 1, 1, 1, 1, 1, 1, 1)), "reshape", "9",  \
      "8")                                                                                         \
    X(transpose, stint_transpose(o->x23, 0, 2), "transpose", "2", "[2,3]")                         \
    X(permute, stint_permute(o->x23, (int[]){0, 0}), "permute", "", "twice")                       \
    X(permute_axis, stint_permute(o->x23, (int[]){0, 2}), "permute", "2", "[2,3]")                 \
    X(broadcast, stint_broadcast(o->x23, STINT_SHAPE(2, 4)), "broadcast", "[2,3]", "[2,4]")        \
    X(broadcast_fewer, stint_broadcast(o->x23, STINT_SHAPE(3)), "broadcast", "[2,3]", "[3]")       \
    X(expand_axis, stint_expand_axis(o->x23, 4), "expand_axis", "4", "[2,3]")                      \
    X(squeeze_axis, stint_squeeze_axis(o->x23, 0), "squeeze_axis", "0", "[2,3]")                   \
    X(slice_axis, stint_slice(o->x23, 2, 0, 1, 1), "slice", "2", "[2,3]")                          \
    X(slice_step, stint_slice(o->x23, 0, 0, 2, 0), "slice", "step", "0")                           \
    X(pad_axis, stint_pad(o->x23, 2, 1, 1, 0), "pad", "2", "[2,3]")                                \
    X(pad_less, stint_pad(o->x23, 0, -1, 1, 0), "pad", "-1", "before")                             \
    X(concat, stint_concat(2, (stint_tensor *[]){o->x23, o->x34}, 0), "concat", "[2,3]", "[3,4]")  \
    X(concat_dtypes, stint_concat(2, (stint_tensor *[]){o->x23, o->d23}, 0), "concat", "f32",      \
      "f64")                                                                                       \
    X(concat_axes, stint_concat(2, (stint_tensor *[]){o->x23, o->x3}, 0), "concat", "[2,3]",       \
      "[3]")                                                                                       \
    X(concat_axis, stint_concat(2, (stint_tensor *[]){o->x23, o->x23}, 2), "concat", "2", "[2,3]") \
    X(stack, stint_stack(2, (stint_tensor *[]){o->x23, o->x34}, 0), "stack", "[2,3]", "[3,4]")     \
    X(stack_axis, stint_stack(2, (stint_tensor *[]){o->x23, o->x23}, 3), "stack", "3", "[2,3]")    \
    X(gather_index, stint_gather(o->x23, o->x3, 0), "gather", "f32", "i64")                        \
    X(gather_axis, stint_gather(o->x23, o->i2, 2), "gather", "2", "[2,3]")                         \
    X(scatter_index, stint_scatter_add(o->x23, o->x3, 0, 4), "scatter_add", "f32", "i64")          \
    X(scatter_shapes, stint_scatter_add(o->x23, o->i3, 0, 4), "scatter_add", "[2,3]", "[3]")       \
    X(one_hot, stint_one_hot(o->x3, 4, STINT_F32), "one_hot", "f32", "i64")                        \
    X(embedding_table, stint_embedding(o->x3, o->i2), "embedding", "[n, width]", "[3]")            \
    X(embedding_index, stint_embedding(o->x23, o->x3), "", "f32", "i64")                           \
    X(matmul, stint_matmul(o->x23, o->x23), "matmul", "[2,3] x [2,3]", "inner")                    \
    X(matmul_vector, stint_matmul(o->x23, o->x3), "matmul", "[2,3]", "[3]")                        \
    X(matmul_dtypes, stint_matmul(o->x23, stint_cast(o->x34, STINT_F64)), "matmul", "f32", "f64")  \
    X(matmul_integers,                                                                             \
      stint_matmul(stint_reshape(o->i2, STINT_SHAPE(1, 2)),                                        \
                   stint_reshape(o->i2, STINT_SHAPE(2, 1))),                                       \
      "matmul", "i64", "float")                                                                    \
    X(linear, stint_linear(o->x23, o->x23, NULL), "", "[2,3]", "[2,3]")                            \
    X(linear_bias, stint_linear(o->x23, o->x34, o->x3), "linear", "[3,4]", "[3]")                  \
    X(layer_norm, stint_layer_norm(o->x34, o->x3, NULL, 1e-5), "layer_norm", "gain", "[3]")        \
    X(batch_norm,                                                                                  \
      stint_batch_norm(o->x34, o->x3, NULL, &(stint_batch_norm_state){.training = true}),          \
      "batch_norm", "gain", "[3]")                                                                 \
    X(batch_norm_running,                                                                          \
      stint_batch_norm(o->x23, NULL, NULL, &(stint_batch_norm_state){.eps = 1}), "batch_norm",     \
      "running_mean", "running_variance")                                                          \
    X(uniform, stint_uniform(o->x23, STINT_F32, STINT_SHAPE(2), 0, 1), "", "generator", "[2,3]")   \
    X(normal_integers, stint_normal(o->generator, STINT_I32, STINT_SHAPE(2), 0, 1), "normal",      \
      "i32", "float")                                                                              \
    X(dropout, stint_dropout(o->x23, 1.5, o->generator), "dropout", "1.5", "0 to 1")               \
    X(cross_entropy, stint_cross_entropy(o->x23, o->i3, STINT_REDUCE_MEAN), "cross_entropy",       \
      "[2,3]", "[3]")                                                                              \
    X(cross_entropy_labels, stint_cross_entropy(o->x23, o->x3, STINT_REDUCE_MEAN),                 \
      "cross_entropy", "i64", "f32")                                                               \
    X(bce, stint_bce_with_logits(o->x23, o->x3, STINT_REDUCE_MEAN), "bce_with_logits", "[2,3]",    \
      "[3]")                                                                                       \
    X(mse, stint_mse(o->x23, o->d23, STINT_REDUCE_MEAN), "mse", "f32", "f64")                      \
    X(huber, stint_huber(o->x23, o->x34, 1, STINT_REDUCE_SUM), "huber", "[2,3]", "[3,4]")          \
    X(add_in_place, stint_add_(o->x3, o->x23), "add_", "[2,3]", "[3]")                             \
    X(mul_in_place_dtype, stint_mul_(o->x23, o->d23), "mul_", "f32", "f64")                        \
    X(assign_shape, stint_assign(o->x23, o->x34), "assign", "[3,4]", "[2,3]")                      \
    X(add_to_view, stint_add_(stint_transpose(o->x23, 0, 1), o->x0), "add", "view", "")            \
    X(zeros_axes, stint_zeros(o->ctx, STINT_F32, STINT_SHAPE(1, 1, 1, 1, 1, 1, 1, 1, 1)), "", "9", \
      "8")                                                                                         \
    X(zeros_below, stint_zeros(o->ctx, STINT_F32, STINT_SHAPE(2, -1)), "", "[2,-1]", "")           \
    X(full_dtype, stint_full(o->ctx, (stint_dtype)77, STINT_SHAPE(2), 1), "", "77", "dtype")       \
    X(new_huge, stint_tensor_new(o->ctx, STINT_F64, STINT_SHAPE(INT64_MAX / 2, 8), NULL), "",      \
      "8]", "")                                                                                    \
    X(broadcast_huge, stint_broadcast(o->x0, STINT_SHAPE(INT64_MAX, 2)), "broadcast", "2]", "")

#define X(name, call, op, a, b)                                                                    \
    static stint_tensor *wrong_##name(const operands *o)                                           \
    {                                                                                              \
        return call;                                                                               \
    }
WRONG_LIST(X)
#undef X

static const struct {
    const char *name;
    stint_tensor *(*call)(const operands *o);
    const char *says[3];
} wrong[] = {
#define X(name, call, op, a, b) {#name, wrong_##name, {op, a, b}},
    WRONG_LIST(X)
#undef X
};
enum { WRONG = sizeof wrong / sizeof *wrong };

static void wrong_calls_say_why(void **state)
{
    fixture *t = *state;
    int bad = 0;
    for (int i = 0; i < WRONG; i++) {
        stint_scope *s = stint_scope_open(t->ctx);
        operands o = operands_new(t->ctx);
        bool refused = !wrong[i].call(&o) && stint_scope_close(s) == STINT_EUSAGE;
        for (int k = 0; k < 3; k++)
            refused &= strstr(stint_message(t->ctx), wrong[i].says[k]) != NULL;
        if (!refused)
            print_error("%s: \"%s\"\n", wrong[i].name, stint_message(t->ctx));
        bad += !refused;
        stint_clear(t->ctx);
    }
    assert_int_equal(bad, 0);
}

static void the_first_failure_is_kept(void **state)
{
    fixture *t = *state;
    stint_scope *s = stint_scope_open(t->ctx);
    operands o = operands_new(t->ctx);
    stint_tensor *first = stint_matmul(o.x23, o.x23);
    stint_tensor *later = stint_softmax(stint_add(first, o.x23), -1);
    assert_null(later);
    assert_null(stint_add(o.x23, o.x34));
    float out[6];
    assert_int_not_equal(stint_read(later, out, sizeof out), STINT_OK);
    assert_true(isnan(stint_item(later)));
    assert_int_equal(stint_scope_close(s), STINT_EUSAGE);
    assert_non_null(strstr(stint_message(t->ctx), "matmul"));
    assert_null(strstr(stint_message(t->ctx), "add"));
    stint_clear(t->ctx);
    assert_string_equal(stint_message(t->ctx), "");
}

/* NULL operands, which an earlier failure left, add no message of their own. */
static void null_gives_null(void **state)
{
    fixture *t = *state;
    stint_scope *s = stint_scope_open(t->ctx);
    operands o = operands_new(t->ctx);
    stint_tensor *none = NULL, *out[1];
    stint_tensor *const results[] = {
        stint_add(none, o.x23),
        stint_add(o.x23, none),
        stint_where(o.b23, none, o.x23),
        stint_exp(none),
        stint_cast(none, STINT_F64),
        stint_add_number(none, 1),
        stint_sum(none, 0, false),
        stint_argmax(none, 0, false),
        stint_variance(none, 0, 0, false),
        stint_softmax(none, 0),
        stint_reshape(none, STINT_SHAPE(2)),
        stint_transpose(none, 0, 1),
        stint_permute(none, (int[]){0}),
        stint_broadcast(none, STINT_SHAPE(2)),
        stint_expand_axis(none, 0),
        stint_squeeze_axis(none, 0),
        stint_slice(none, 0, 0, 1, 1),
        stint_pad(none, 0, 1, 1, 0),
        stint_concat(2, (stint_tensor *[]){o.x23, none}, 0),
        stint_concat(2, (stint_tensor *[]){none, o.x23}, 0),
        stint_stack(2, (stint_tensor *[]){o.x23, none}, 0),
        stint_gather(o.x23, none, 0),
        stint_gather(none, o.i2, 0),
        stint_scatter_add(none, o.i2, 0, 3),
        stint_one_hot(none, 3, STINT_F32),
        stint_embedding(none, o.i2),
        stint_matmul(o.x23, none),
        stint_linear(none, o.x34, NULL),
        stint_layer_norm(none, NULL, NULL, 1e-5),
        stint_batch_norm(none, NULL, NULL, &(stint_batch_norm_state){.training = true}),
        stint_uniform(none, STINT_F32, STINT_SHAPE(2), 0, 1),
        stint_normal(none, STINT_F32, STINT_SHAPE(2), 0, 1),
        stint_dropout(none, 0.5, o.generator),
        stint_cross_entropy(none, o.i2, STINT_REDUCE_MEAN),
        stint_cross_entropy(o.x23, none, STINT_REDUCE_MEAN),
        stint_bce_with_logits(o.x23, none, STINT_REDUCE_MEAN),
        stint_mse(none, none, STINT_REDUCE_MEAN),
        stint_mae(none, o.x23, STINT_REDUCE_MEAN),
        stint_huber(o.x23, none, 1, STINT_REDUCE_MEAN),
        stint_soft_margin(none, o.x23, STINT_REDUCE_MEAN),
        stint_multi_label_soft_margin(none, o.x23, STINT_REDUCE_MEAN),
        stint_add_(none, o.x23),
        stint_add_(o.x23, none),
        stint_assign(o.x23, none),
        stint_detach(none),
        stint_alias(none),
        stint_keep(none),
        stint_gelu(none),
        stint_clamp(none, 0, 1),
    };
    for (size_t i = 0; i < sizeof results / sizeof *results; i++)
        if (results[i])
            fail_msg("result %d is no NULL", (int)i);
    assert_string_equal(stint_message(t->ctx), "");
    stint_drop(none);
    assert_int_equal(stint_tensor_count(none), 0);
    assert_null(stint_tensor_context(none));
    assert_int_not_equal(stint_gradients(1, &none, NULL, 1, &o.x23, out), STINT_OK);
    assert_null(out[0]);
    stint_clear(t->ctx);
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

static void reads_and_writes_check_sizes(void **state)
{
    fixture *t = *state;
    stint_scope *s = stint_scope_open(t->ctx);
    operands o = operands_new(t->ctx);
    float x[8] = {0};
    assert_int_equal(stint_read(o.x23, x, 20), STINT_EUSAGE);
    assert_message(t, "[2,3]");
    assert_int_equal(stint_read(o.x23, x, 28), STINT_EUSAGE);
    assert_message(t, "28");
    assert_int_equal(stint_write(o.x23, x, 20), STINT_EUSAGE);
    assert_message(t, "[2,3]");
    assert_int_equal(stint_write(stint_transpose(o.x23, 0, 1), x, 24), STINT_EUSAGE);
    assert_message(t, "view");
    assert_true(isnan(stint_item(o.x23)));
    assert_message(t, "[2,3]");
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

static void gradients_are_of_floats(void **state)
{
    fixture *t = *state;
    stint_scope *s = stint_scope_open(t->ctx);
    operands o = operands_new(t->ctx);
    stint_tensor *target = stint_add(o.i2, o.i2), *out;
    assert_int_equal(stint_gradients(1, &target, NULL, 1, &o.i2, &out), STINT_EUSAGE);
    assert_message(t, "i64");
    target = stint_square(o.x23);
    assert_int_equal(stint_gradients(1, &target, &o.x34, 1, &o.x23, &out), STINT_EUSAGE);
    assert_message(t, "[3,4]");
    assert_int_equal(stint_gradients(1, &target, &o.d23, 1, &o.x23, &out), STINT_EUSAGE);
    assert_message(t, "f64");
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(wrong_calls_say_why),     FIXTURE_TEST(the_first_failure_is_kept),
        FIXTURE_TEST(null_gives_null),         FIXTURE_TEST(reads_and_writes_check_sizes),
        FIXTURE_TEST(gradients_are_of_floats),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
