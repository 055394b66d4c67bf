/* Handles and scopes: dropped in any order, kept, nested, after the context is gone. */
#include "base/rng.h"
#include "unit/fixture.h"
#include "unit/graph/elements.h"

enum { HANDLES = 12, ORDERS = 200 };

/* A graph of kept handles: leaves, views, sums, a pending product, realised and not. */
static void grow(stint_context *c, stint_tensor **h, bool realise)
{
    stint_scope *s = stint_scope_open(c);
    float x[12];
    for (int i = 0; i < 12; i++)
        x[i] = (float)(i + 1);
    h[0] = stint_tensor_new(c, STINT_F32, STINT_SHAPE(3, 4), x);
    h[1] = stint_transpose(h[0], 0, 1);
    h[2] = stint_matmul(h[0], h[1]);
    h[3] = stint_slice(h[2], 0, 1, 3, 1);
    h[4] = stint_sum(h[3], 1, false);
    h[5] = stint_alias(h[4]);
    h[6] = stint_exp(stint_mul_number(h[1], 0.1));
    h[7] = stint_reshape(h[6], STINT_SHAPE(12));
    h[8] = stint_full(c, STINT_F32, STINT_SHAPE(12), 2);
    h[9] = stint_add(h[7], h[8]);
    h[10] = stint_argmax(h[2], 0, false);
    h[11] = stint_concat(2, (stint_tensor *[]){h[7], h[9]}, 0);
    for (int i = 0; i < HANDLES; i++)
        assert_ptr_equal(stint_keep(h[i]), h[i]);
    if (realise)
        assert_int_equal(stint_realise(1, &h[9]), STINT_OK);
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

static void order_of(int *order, rng r)
{
    for (int i = 0; i < HANDLES; i++)
        order[i] = i;
    for (int i = HANDLES - 1; i > 0; i--) {
        int j = (int)rng_below(r, (uint64_t)i, (uint64_t)i + 1), was = order[i];
        order[i] = order[j];
        order[j] = was;
    }
}

/* A handle whose value does not depend on what was dropped before. */
static void check_one(stint_tensor **h, int which)
{
    double *x = elements_read(h[which]);
    assert_non_null(x);
    if (which == 4 || which == 5)
        assert_true(x[0] == 70 + 174 + 278 && x[1] == 110 + 278 + 446);
    if (which == 10)
        assert_true(x[0] == 2);
    free(x);
}

static void handles_drop_in_any_order(void **state)
{
    fixture *t = *state;
    stint_tensor *h[HANDLES];
    int order[HANDLES];
    for (int k = 0; k < ORDERS; k++) {
        order_of(order, (rng){1, (uint64_t)k});
        grow(t->ctx, h, k % 2);
        for (int i = 0; i < HANDLES; i++) {
            if (i == k % HANDLES)
                check_one(h, order[HANDLES - 1]);
            stint_drop(h[order[i]]);
        }
        assert_string_equal(stint_message(t->ctx), "");
    }
    stint_drop(NULL);
}

static void handles_outlive_the_context(void **state)
{
    (void)state;
    stint_tensor *h[HANDLES];
    int order[HANDLES];
    float x[16];
    for (int k = 0; k < ORDERS; k++) {
        stint_context *c = stint_open(NULL);
        order_of(order, (rng){2, (uint64_t)k});
        grow(c, h, k % 2);
        int before = k % (HANDLES + 1);
        for (int i = 0; i < before; i++)
            stint_drop(h[order[i]]);
        stint_close(c);
        for (int i = before; i < HANDLES; i++) {
            stint_tensor *left = h[order[i]];
            assert_null(stint_tensor_context(left));
            assert_null(stint_exp(left));
            assert_int_not_equal(stint_read(left, x, sizeof x), STINT_OK);
            stint_drop(left);
        }
    }
}

static void scopes_nest(void **state)
{
    fixture *t = *state;
    stint_scope *outer = stint_scope_open(t->ctx);
    stint_tensor *a = stint_scalar(t->ctx, STINT_F64, 3);
    stint_scope *inner = stint_scope_open(t->ctx);
    stint_tensor *b = stint_square(a), *kept = stint_keep(stint_add(a, b));
    assert_true(stint_item(b) == 9);
    assert_int_equal(stint_scope_close(inner), STINT_OK);
    assert_true(stint_item(a) == 3 && stint_item(kept) == 12);
    stint_tensor *again = stint_alias(kept); /* in the outer scope */
    stint_drop(kept);
    assert_true(stint_item(again) == 12);
    stint_drop(again); /* before its scope closes */
    (void)stint_scope_open(t->ctx);
    (void)stint_scope_open(t->ctx);
    assert_non_null(stint_scalar(t->ctx, STINT_F32, 1));
    assert_int_equal(stint_scope_close(outer), STINT_OK); /* and those opened since */
    stint_tensor *free_of_scopes = stint_scalar(t->ctx, STINT_F32, 2);
    assert_true(stint_item(free_of_scopes) == 2);
    stint_drop(free_of_scopes);
}

static void a_scope_reports_the_first_failure(void **state)
{
    fixture *t = *state;
    stint_scope *s = stint_scope_open(t->ctx);
    assert_null(stint_reshape(stint_zeros(t->ctx, STINT_F32, STINT_SHAPE(2)), STINT_SHAPE(3)));
    assert_int_equal(stint_scope_close(s), STINT_EUSAGE);
    assert_message(t, "reshape");
}

/* What is dropped is freed at once: memory after a hundred steps is that after two. */
static void memory_does_not_grow(void **state)
{
    fixture *t = *state;
    int64_t live = 0;
    for (int k = 0; k < 100; k++) {
        stint_scope *s = stint_scope_open(t->ctx);
        stint_tensor *x = stint_full(t->ctx, STINT_F32, STINT_SHAPE(64, 64), 1), *gradient;
        stint_tensor *y = stint_sum(stint_tanh(stint_matmul(x, x)), STINT_ALL_AXES, false);
        assert_int_equal(stint_gradients(1, &y, NULL, 1, &x, &gradient), STINT_OK);
        assert_int_equal(stint_realise(2, (stint_tensor *[]){y, gradient}), STINT_OK);
        assert_int_equal(stint_scope_close(s), STINT_OK);
        if (k == 1)
            live = budget_live(ctx_budget(t->ctx));
    }
    assert_int_equal(budget_live(ctx_budget(t->ctx)), live);
}

static void kept_handles_left_open_scopes(void **state)
{
    fixture *t = *state;
    (void)stint_scope_open(t->ctx); /* left open: closing the context closes it */
    assert_non_null(stint_square(stint_zeros(t->ctx, STINT_F32, STINT_SHAPE(100))));
}

static void wrapped_memory_is_read_and_written(void **state)
{
    fixture *t = *state;
    stint_scope *s = stint_scope_open(t->ctx);
    float memory[12] = {1, 2, -1, 3, 4, -1, 5, 6, -1, 7, 8, -1}, out[8];
    stint_tensor *w = stint_wrap(t->ctx, STINT_F32, STINT_SHAPE(4, 2), (int64_t[]){3, 1}, memory);
    static const float rows[] = {1, 2, 3, 4, 5, 6, 7, 8}, turned[] = {1, 3, 5, 7, 2, 4, 6, 8};
    assert_int_equal(stint_read(w, out, sizeof out), STINT_OK);
    assert_memory_equal(out, rows, sizeof out);
    assert_int_equal(stint_read(stint_transpose(w, 0, 1), out, sizeof out), STINT_OK);
    assert_memory_equal(out, turned, sizeof out);
    assert_true(stint_item(stint_sum(w, STINT_ALL_AXES, false)) == 36);
    assert_int_equal(stint_write(w, turned, sizeof turned), STINT_OK);
    assert_true(memory[0] == 1 && memory[1] == 3 && memory[3] == 5 && memory[10] == 8);
    assert_ptr_equal(stint_add_(w, stint_scalar(t->ctx, STINT_F32, 10)), w);
    assert_int_equal(stint_realise(1, &w), STINT_OK);
    assert_true(memory[0] == 11 && memory[10] == 18);
    for (int i = 2; i < 12; i += 3)
        assert_true(memory[i] == -1); /* the gaps are the caller's */
    stint_tensor *plain = stint_wrap(t->ctx, STINT_F32, STINT_SHAPE(3), NULL, memory);
    assert_true(stint_item(stint_max(plain, 0, false)) == 13);
    assert_int_equal(stint_scope_close(s), STINT_OK);
    assert_true(memory[0] == 11);
}

/* Pending work reads what was there when it was asked for. */
static void writing_waits_for_pending_work(void **state)
{
    fixture *t = *state;
    stint_scope *s = stint_scope_open(t->ctx);
    stint_tensor *x = stint_tensor_new(t->ctx, STINT_F32, STINT_SHAPE(3), (float[]){1, 2, 3});
    stint_tensor *twice = stint_mul_number(x, 2);
    stint_tensor *total = stint_sum(stint_square(twice), STINT_ALL_AXES, false);
    assert_int_equal(stint_write(x, (float[]){10, 20, 30}, 12), STINT_OK);
    float out[3];
    assert_int_equal(stint_read(twice, out, sizeof out), STINT_OK);
    assert_true(out[0] == 2 && out[1] == 4 && out[2] == 6);
    assert_true(stint_item(total) == 56);
    assert_int_equal(stint_read(stint_mul_number(x, 2), out, sizeof out), STINT_OK);
    assert_true(out[0] == 20 && out[1] == 40 && out[2] == 60);
    /* a realised result has a value of its own too */
    assert_int_equal(stint_write(twice, (float[]){7, 8, 9}, 12), STINT_OK);
    assert_int_equal(stint_read(twice, out, sizeof out), STINT_OK);
    assert_true(out[0] == 7 && out[2] == 9);
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

static void contexts_do_not_mix(void **state)
{
    fixture *t = *state;
    stint_context *other = stint_open(NULL);
    stint_scope *s = stint_scope_open(t->ctx);
    stint_tensor *x = stint_zeros(t->ctx, STINT_F32, STINT_SHAPE(3));
    stint_tensor *y = stint_zeros(other, STINT_F32, STINT_SHAPE(3));
    stint_tensor *z = stint_square(x), *of_y = stint_neg(y), *out;
    assert_int_equal(stint_gradients(1, &z, NULL, 1, &y, &out), STINT_EUSAGE);
    assert_message(t, "another context");
    assert_int_equal(stint_gradients(1, &z, &y, 1, &x, &out), STINT_EUSAGE);
    assert_message(t, "another context");
    assert_int_equal(stint_realise(2, (stint_tensor *[]){of_y, z}), STINT_EUSAGE);
    assert_message(t, "two contexts");
    stint_tape *tape = stint_tape_open(t->ctx);
    stint_tape_watch(tape, y);
    assert_message(t, "another context");
    stint_tape_close(tape);
    assert_null(stint_tensor_new(t->ctx, (stint_dtype)99, STINT_SHAPE(3), NULL));
    assert_message(t, "99");
    assert_int_equal(stint_scope_close(s), STINT_OK);
    stint_close(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(handles_drop_in_any_order),
        FIXTURE_TEST(handles_outlive_the_context),
        FIXTURE_TEST(scopes_nest),
        FIXTURE_TEST(a_scope_reports_the_first_failure),
        FIXTURE_TEST(memory_does_not_grow),
        FIXTURE_TEST(kept_handles_left_open_scopes),
        FIXTURE_TEST(wrapped_memory_is_read_and_written),
        FIXTURE_TEST(writing_waits_for_pending_work),
        FIXTURE_TEST(contexts_do_not_mix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
