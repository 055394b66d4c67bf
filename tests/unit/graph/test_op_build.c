/* Builders: what is the operand itself, what a reshape can see without a copy, and in place and
 * random state. */
#include "graph/graph_impl.h"
#include "unit/fixture.h"

static node *values(ctx *c, int axes, const int64_t *shape)
{
    return graph_node(stint_zeros(c, STINT_F32, axes, shape));
}

/* No new node where nothing would change. */
static void what_changes_nothing_is_itself(void **state)
{
    fixture *t = *state;
    stint_scope *s = stint_scope_open(t->ctx);
    node *x = values(t->ctx, STINT_SHAPE(2, 3));
    const node *same[] = {
        build_mul_number(x, 1),
        build_div(x, build_number(x, 1)),
        build_binary(OP_POW, x, build_number(x, 1)),
        build_cast(x, STINT_F32),
        build_swap(build_swap(x, 0, 1), 0, 1),
        build_broadcast(x, STINT_SHAPE(2, 3)),
        build_reshape(build_reshape(x, STINT_SHAPE(6)), STINT_SHAPE(2, 3)),
        build_slice(x, 1, 0, 3, 1),
        build_pad(x, 1, 0, 0, 0),
        build_sum_to(x, x),
    };
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        assert_ptr_equal(same[i], x);
    assert_int_equal(build_binary(OP_POW, x, build_number(x, 2))->op, OP_SQUARE);
    assert_int_equal(build_add_number(x, 0)->op, OP_ADD); /* -0 + 0 is 0 */
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

/* A caller's own constant is no mere number: it may have a gradient. */
static void callers_constants_have_gradients(void **state)
{
    fixture *t = *state;
    stint_scope *s = stint_scope_open(t->ctx);
    stint_tensor *x = stint_full(t->ctx, STINT_F32, STINT_SHAPE(2), 3);
    stint_tensor *one = stint_scalar(t->ctx, STINT_F32, 1), *gradient[2];
    stint_tensor *y = stint_mul(x, one);
    assert_int_equal(stint_gradients(1, &y, NULL, 2, (stint_tensor *[]){x, one}, gradient),
                     STINT_OK);
    assert_true(stint_item(gradient[1]) == 6);
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

/* A view of a view passes gradients to the view between, which its handle stands for. */
static void views_between_have_gradients(void **state)
{
    fixture *t = *state;
    stint_scope *s = stint_scope_open(t->ctx);
    stint_tensor *x = stint_zeros(t->ctx, STINT_F32, STINT_SHAPE(2, 3)), *gradient[2];
    stint_tensor *from[] = {stint_transpose(x, 0, 1), stint_reshape(x, STINT_SHAPE(6))};
    stint_tensor *to[] = {stint_transpose(from[0], 0, 1),
                          stint_reshape(from[1], STINT_SHAPE(3, 2))};
    assert_int_equal(stint_gradients(2, to, NULL, 2, from, gradient), STINT_OK);
    assert_non_null(gradient[0]);
    assert_non_null(gradient[1]);
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

static void reshapes_copy_only_where_they_must(void **state)
{
    static const struct {
        int order[3], axes;
        int64_t to[4];
        bool view;
    } cases[] = {
        /* of [2,3,4] as [4,2,3] by strides 1, 12, 4 */
        {{2, 0, 1}, 3, {4, 2, 3}, true},
        {{2, 0, 1}, 2, {4, 6}, true},
        {{2, 0, 1}, 4, {2, 2, 2, 3}, true},
        {{2, 0, 1}, 2, {8, 3}, false},
        {{2, 0, 1}, 4, {4, 1, 6, 1}, true},
        {{2, 0, 1}, 1, {24}, false},
        {{2, 0, 1}, 3, {2, 2, 6}, true},
        {{2, 0, 1}, 2, {2, 12}, false},
        {{2, 0, 1}, 4, {1, 4, 3, 2}, true},
        /* as [3,2,4] by strides 4, 12, 1 */
        {{1, 0, 2}, 4, {3, 2, 2, 2}, true},
        {{1, 0, 2}, 2, {6, 4}, false},
        {{0, 1, 2}, 1, {24}, true},
    };
    fixture *t = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        stint_scope *s = stint_scope_open(t->ctx);
        stint_tensor *x = stint_reshape(stint_arange(t->ctx, STINT_F32, 24), STINT_SHAPE(2, 3, 4));
        stint_tensor *turned = stint_permute(x, cases[i].order);
        stint_tensor *to = stint_reshape(turned, cases[i].axes, cases[i].to);
        assert_int_equal(graph_node(to)->root == graph_node(x)->root, cases[i].view);
        float a[24], b[24];
        assert_int_equal(stint_read(turned, a, sizeof a), STINT_OK);
        assert_int_equal(stint_read(to, b, sizeof b), STINT_OK);
        assert_memory_equal(a, b, sizeof a);
        assert_int_equal(stint_scope_close(s), STINT_OK);
    }
}

/* Into memory that the other operand is a view of */
static void in_place_reads_what_was(void **state)
{
    fixture *t = *state;
    stint_scope *s = stint_scope_open(t->ctx);
    stint_tensor *x =
        stint_tensor_new(t->ctx, STINT_F32, STINT_SHAPE(2, 2), (const float[]){1, 2, 3, 4});
    float got[4];
    x = stint_add_(x, stint_transpose(x, 0, 1));
    assert_int_equal(stint_read(x, got, sizeof got), STINT_OK);
    assert_memory_equal(got, ((const float[]){2, 5, 5, 8}), sizeof got);
    x = stint_add_(x, stint_neg(stint_transpose(x, 0, 1)));
    assert_int_equal(stint_read(x, got, sizeof got), STINT_OK);
    assert_memory_equal(got, ((const float[]){0, 0, 0, 0}), sizeof got);
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

/* A generator counts what was drawn, and one that starts there carries on. */
static void draws_carry_on(void **state)
{
    fixture *t = *state;
    stint_scope *s = stint_scope_open(t->ctx);
    double all[10], first[4], rest[6];
    int64_t counted[2];
    stint_tensor *g = stint_generator(t->ctx, 7), *h = stint_generator(t->ctx, 7);
    assert_int_equal(
        stint_read(stint_uniform(g, STINT_F64, STINT_SHAPE(10), -1, 3), all, sizeof all), STINT_OK);
    stint_tensor *a = stint_uniform(h, STINT_F64, STINT_SHAPE(2, 2), -1, 3);
    stint_tensor *b = stint_uniform(h, STINT_F64, STINT_SHAPE(6), -1, 3);
    assert_int_equal(stint_read(b, rest, sizeof rest), STINT_OK);
    assert_int_equal(stint_read(a, first, sizeof first), STINT_OK);
    assert_memory_equal(all, first, sizeof first);
    assert_memory_equal(all + 4, rest, sizeof rest);
    assert_int_equal(stint_read(h, counted, sizeof counted), STINT_OK);
    assert_int_equal(counted[0], 7);
    assert_int_equal(counted[1], 10);
    for (int i = 0; i < 10; i++)
        assert_true(all[i] >= -1 && all[i] < 3);
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

/* Zero or scaled, by the same choice in the gradient; in f16 as well */
static void dropout_drops(void **state)
{
    enum { N = 4000 };
    fixture *t = *state;
    stint_scope *s = stint_scope_open(t->ctx);
    static float y[N], dx[N];
    stint_tensor *g = stint_generator(t->ctx, 1), *gradient;
    stint_tensor *x = stint_add_number(stint_arange(t->ctx, STINT_F32, N), 1);
    stint_tensor *out = stint_dropout(x, 0.25, g);
    assert_int_equal(stint_gradients(1, &out, NULL, 1, &x, &gradient), STINT_OK);
    assert_int_equal(stint_read(out, y, sizeof y), STINT_OK);
    assert_int_equal(stint_read(gradient, dx, sizeof dx), STINT_OK);
    int dropped = 0;
    for (int i = 0; i < N; i++) {
        float scale = 1 / 0.75F;
        assert_true(dx[i] == 0 || dx[i] == scale);
        assert_true(y[i] == (float)(i + 1) * dx[i]);
        dropped += dx[i] == 0;
    }
    assert_in_range(dropped, N / 4 - 150, N / 4 + 150);
    stint_tensor *half = stint_dropout(stint_cast(x, STINT_F16), 1, g);
    assert_true(stint_item(stint_sum(half, 0, false)) == 0);
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

/* The running statistics move by the batch's: mean, and variance of a sample. */
static void batch_norm_moves(void **state)
{
    fixture *t = *state;
    stint_scope *s = stint_scope_open(t->ctx);
    stint_tensor *x =
        stint_tensor_new(t->ctx, STINT_F64, STINT_SHAPE(2, 1, 2), (const double[]){1, 2, 3, 6});
    stint_tensor *mean = stint_zeros(t->ctx, STINT_F64, STINT_SHAPE(1));
    stint_tensor *variance = stint_tensor_new(t->ctx, STINT_F64, STINT_SHAPE(1), (double[]){1});
    stint_batch_norm_state b = {mean, variance, .momentum = 0.5, .training = true};
    stint_tensor *y = stint_batch_norm(x, NULL, NULL, &b);
    assert_true(fabs(stint_item(mean) - 1.5) < 1e-15);
    assert_true(fabs(stint_item(variance) - (1 + 14.0 / 3) / 2) < 1e-15);
    assert_true(fabs(stint_item(stint_mean(y, STINT_ALL_AXES, false))) < 1e-15);
    b.training = false;
    double out[4];
    assert_int_equal(stint_read(stint_batch_norm(x, NULL, NULL, &b), out, sizeof out), STINT_OK);
    assert_true(fabs(out[3] - 4.5 / sqrt((1 + 14.0 / 3) / 2 + 1e-5)) < 1e-14);
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(what_changes_nothing_is_itself),
        FIXTURE_TEST(callers_constants_have_gradients),
        FIXTURE_TEST(views_between_have_gradients),
        FIXTURE_TEST(reshapes_copy_only_where_they_must),
        FIXTURE_TEST(in_place_reads_what_was),
        FIXTURE_TEST(draws_carry_on),
        FIXTURE_TEST(dropout_drops),
        FIXTURE_TEST(batch_norm_moves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
