/* What operations refuse, and in which words. */
#include "stint/tensor.h"
#include "unit/fixture.h"

#define F32(...) stint_zeros(c, STINT_F32, STINT_SHAPE(__VA_ARGS__))
#define F64(...) stint_zeros(c, STINT_F64, STINT_SHAPE(__VA_ARGS__))
#define I64(...) stint_zeros(c, STINT_I64, STINT_SHAPE(__VA_ARGS__))

#define REFUSAL_LIST(X)                                                                            \
    X(stint_add(F32(3), F64(3)), "add: dtypes differ: f32 [3] and f64 [3]")                        \
    X(stint_add(F32(2, 3), F32(2)), "add: shapes do not broadcast: f32 [2,3] and f32 [2]")         \
    X(stint_div(I64(3), I64(3)), "div: of floats only; cast first: i64 [3]")                       \
    X(stint_neg(stint_equal(F32(3), F32(3))),                                                      \
      "neg: of numbers, not of bool; cast first: bool [3]")                                        \
    X(stint_logical_not(F32(3)), "logical_not: of bool only: f32 [3]")                             \
    X(stint_where(F32(3), F32(3), F32(3)), "where: the condition must be bool: f32 [3]")           \
    X(stint_clamp(F32(3), 1, 0), "clamp: low 1 is not at most high 0")                             \
    X(stint_matmul(F32(32, 784), F32(512, 10)), "matmul: inner sizes differ: [32,784] x [512,10]") \
    X(stint_matmul(F32(32), F32(32, 10)),                                                          \
      "matmul: matrices have two axes or more: [32] x [32,10]")                                    \
    X(stint_matmul(F32(2, 3, 4), F32(3, 4, 5)),                                                    \
      "matmul: leading axes do not broadcast: [2,3,4] x [3,4,5]")                                  \
    X(stint_matmul(F32(2, 2), F64(2, 2)), "matmul: operands of one float dtype, not f32 and f64")  \
    X(stint_linear(F32(5, 3), F32(4, 2), NULL), "linear: x[..,K] and w[K,N], not [5,3] and [4,2]") \
    X(stint_sum(F32(32, 10), 3, false), "sum: axis 3 of a tensor of 2 axes: [32,10]")              \
    X(stint_sum(F32(32, 10), -3, false), "sum: axis -3 of a tensor of 2 axes: [32,10]")            \
    X(stint_softmax(F32(3), STINT_ALL_AXES), "softmax: of one axis, not of all: [3]")              \
    X(stint_mean(I64(3), 0, false), "mean: of floats only, not i64; cast first")                   \
    X(stint_max(F32(0, 3), 0, false), "max: of no elements: f32 [0,3]")                            \
    X(stint_argmin(F32(3, 0), 1, false), "argmin: of no elements: f32 [3,0]")                      \
    X(stint_reshape(F32(2, 3), STINT_SHAPE(4)), "reshape: [2,3] to [4]: 6 elements do not fit")    \
    X(stint_reshape(F32(2, 3), STINT_SHAPE(-1, 4)),                                                \
      "reshape: [2,3] to [-1,4]: 6 elements do not fit")                                           \
    X(stint_reshape(F32(2, 3), STINT_SHAPE(-1, -1)),                                               \
      "reshape: one size may be -1, none less: [2,3] to [-1,-1]")                                  \
    X(stint_permute(F32(2, 3), (const int[]){1, 1}), "permute: an axis is named twice")            \
    X(stint_broadcast(F32(2, 3), STINT_SHAPE(2, 4)),                                               \
      "broadcast: only axes of 1 repeat: [2,3] to [2,4]")                                          \
    X(stint_broadcast(F32(2), STINT_SHAPE(INT64_MAX, 2)),                                          \
      "broadcast: more bytes than can be counted: [9223372036854775807,2]")                        \
    X(stint_squeeze_axis(F32(2, 3), 0), "squeeze_axis: axis 0 is not of size 1: [2,3]")            \
    X(stint_expand_axis(F32(1, 1, 1, 1, 1, 1, 1, 1), 0),                                           \
      "expand_axis: a new axis 0 of a tensor of 8 axes: [1,1,1,1,1,1,1,1]")                        \
    X(stint_slice(F32(3), 0, 0, 3, 0), "slice: a step of 0; it is at least 1")                     \
    X(stint_pad(F32(3), 0, -1, 0, 0), "pad: fewer than no elements: -1 before, 0 after")           \
    X(stint_concat(2, (stint_tensor *[]){F32(2, 3), F32(2, 4)}, 0),                                \
      "concat: shapes differ beside the axis: f32 [2,3] and f32 [2,4]")                            \
    X(stint_gather(F32(2), F32(2), 0), "gather: an index is i32 or i64, not f32")                  \
    X(stint_scatter_add(F32(2), I64(3), 0, 4),                                                     \
      "scatter_add: the axes of the index are no axes of the values there: f32 [2] and i64 [3]")   \
    X(stint_embedding(F32(2), I64(3)), "embedding: a table is [n, width], not [2]")                \
    X(stint_cross_entropy(F32(2, 3), I64(3), STINT_REDUCE_MEAN),                                   \
      "cross_entropy: labels have the shape of the logits less its last axis: f32 [2,3] and "      \
      "i64 [3]")                                                                                   \
    X(stint_bce_with_logits(F32(2, 1), F32(2), STINT_REDUCE_SUM),                                  \
      "bce_with_logits: targets have the shape of x: [2,1] and [2]")                               \
    X(stint_layer_norm(F32(2, 3), F32(2), NULL, 0), "layer_norm: gain is [3], not [2]")            \
    X(stint_batch_norm(F32(1, 3), NULL, NULL, &(stint_batch_norm_state){.training = true}),        \
      "batch_norm: a channel has no variance in training: [1,3]")                                  \
    X(stint_uniform(F32(2), STINT_F32, STINT_SHAPE(3), 0, 1),                                      \
      "random: a generator is i64 [2]: f32 [2]")                                                   \
    X(stint_add_(stint_transpose(F32(2, 3), 0, 1), F32(3, 2)),                                     \
      "add_: x is a view (permute); change what it is a view of")                                  \
    X(stint_add_(stint_scalar(c, STINT_F32, 1), F32(1)),                                           \
      "add_: x is a constant, which has no memory of its own")                                     \
    X(stint_mul_(F32(3), F32(2, 3)), "mul_: f32 [2,3] into f32 [3]")

static void refusals_say_why(void **state)
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

static void nothing_of_nothing(void **state)
{
    fixture *t = *state;
    ctx *c = t->ctx;
    stint_scope *s = stint_scope_open(c);
    assert_null(stint_add(NULL, F32(1)));
    assert_null(stint_add(F32(1), NULL));
    assert_null(stint_sum(NULL, 7, false));
    assert_null(stint_where(NULL, F32(1), F32(1)));
    assert_null(stint_concat(2, (stint_tensor *[]){F32(1), NULL}, 0));
    assert_null(stint_cross_entropy(NULL, NULL, STINT_REDUCE_MEAN));
    assert_null(stint_add_(F32(1), NULL));
    assert_null(stint_dropout(NULL, 0.5, NULL));
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(refusals_say_why),
        FIXTURE_TEST(nothing_of_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
