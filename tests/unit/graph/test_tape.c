/* Gradients through realised values (tapes), of and from several, of gradients; and where none
 * pass. */
#include "unit/fixture.h"
#include "unit/graph/elements.h"

static stint_tensor *number(fixture *t, double x)
{
    return elements_tensor(t->ctx, STINT_F64, STINT_SCALAR, &x);
}

static void a_tape_remembers_what_was_read(void **state)
{
    fixture *t = *state;
    stint_scope *s = stint_scope_open(t->ctx);
    stint_tensor *x = number(t, 3), *gradient, *second;
    stint_tape *tape = stint_tape_open(t->ctx);
    stint_tape_watch(tape, x);
    stint_tensor *square = stint_square(x), *y = stint_exp(stint_mul_number(square, 0.1));
    double value = stint_item(y);
    assert_near(value, exp(0.9), 1e-14);
    assert_int_equal(stint_tape_gradient(tape, y, 1, &x, &gradient), STINT_OK);
    assert_near(stint_item(gradient), 0.6 * value, 1e-14);
    assert_int_equal(stint_tape_gradient(tape, gradient, 1, &x, &second), STINT_OK);
    assert_near(stint_item(second), (0.2 + 0.36) * value, 1e-14);
    stint_tape_close(tape);
    assert_int_equal(stint_scope_close(s), STINT_OK);
    stint_tape_close(NULL);
}

static void without_a_tape_what_was_read_is_a_value(void **state)
{
    fixture *t = *state;
    stint_scope *s = stint_scope_open(t->ctx);
    stint_tensor *x = number(t, 3), *gradient;
    stint_tensor *y = stint_square(x);
    assert_int_equal(stint_gradients(1, &y, NULL, 1, &x, &gradient), STINT_OK); /* pending */
    assert_true(stint_item(gradient) == 6);
    assert_true(stint_item(y) == 9);
    assert_int_equal(stint_gradients(1, &y, NULL, 1, &x, &gradient), STINT_OK);
    assert_null(gradient);
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

static void clearing_a_tape_forgets(void **state)
{
    fixture *t = *state;
    stint_scope *s = stint_scope_open(t->ctx);
    stint_tensor *x = number(t, 3), *gradient;
    stint_tape *tape = stint_tape_open(t->ctx);
    stint_tape_watch(tape, x);
    stint_tensor *y = stint_square(x);
    assert_true(stint_item(y) == 9);
    stint_tape_clear(tape);
    assert_int_equal(stint_tape_gradient(tape, y, 1, &x, &gradient), STINT_OK);
    assert_null(gradient);
    stint_tensor *z = stint_square(x); /* watched no longer */
    assert_true(stint_item(z) == 9);
    assert_int_equal(stint_tape_gradient(tape, z, 1, &x, &gradient), STINT_OK);
    assert_null(gradient);
    stint_tape_watch(tape, x);
    z = stint_square(x);
    assert_true(stint_item(z) == 9);
    assert_int_equal(stint_tape_gradient(tape, z, 1, &x, &gradient), STINT_OK);
    assert_true(stint_item(gradient) == 6);
    stint_tape_clear(tape);
    stint_tape_clear(tape);
    stint_tape_close(tape);
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

/* What is kept for gradients goes when the tape is cleared, while the handles stay. */
static void clearing_gives_memory_back(void **state)
{
    fixture *t = *state;
    int64_t live[4] = {0}, with_tape = 0;
    for (int k = 0; k < 4; k++) { /* the first times fill the cache of plans */
        bool taped = k % 2;
        stint_scope *s = stint_scope_open(t->ctx);
        stint_tensor *x = stint_full(t->ctx, STINT_F32, STINT_SHAPE(100, 100), 0.5);
        stint_tensor *own = stint_add(x, x);
        assert_int_equal(stint_realise(1, &own), STINT_OK);
        stint_tape *tape = taped ? stint_tape_open(t->ctx) : NULL;
        if (taped)
            stint_tape_watch(tape, own);
        stint_tensor *y = NULL;
        for (int i = 0; i < 10; i++) {
            stint_tensor *next = stint_tanh(y ? y : own);
            assert_int_equal(stint_realise(1, &next), STINT_OK);
            stint_drop(y);
            y = next;
        }
        if (taped)
            with_tape = budget_live(ctx_budget(t->ctx));
        stint_tape_clear(tape);
        stint_tape_close(tape);
        live[k] = budget_live(ctx_budget(t->ctx));
        assert_int_equal(stint_scope_close(s), STINT_OK);
    }
    assert_int_equal(live[3], live[2]);
    assert_true(with_tape >= live[3] + 8 * 40000);
}

static void tapes_are_apart(void **state)
{
    fixture *t = *state;
    stint_scope *s = stint_scope_open(t->ctx);
    stint_tensor *a = number(t, 2), *b = number(t, 5), *gradient[2];
    stint_tape *first = stint_tape_open(t->ctx), *second = stint_tape_open(t->ctx);
    stint_tape_watch(first, a);
    stint_tape_watch(second, b);
    stint_tape_watch(second, a);
    stint_tensor *y = stint_mul(a, b);
    assert_true(stint_item(y) == 10);
    stint_tape_close(first);
    assert_int_equal(stint_tape_gradient(second, y, 2, (stint_tensor *[]){a, b}, gradient),
                     STINT_OK);
    assert_true(stint_item(gradient[0]) == 5 && stint_item(gradient[1]) == 2);
    stint_tape_close(second);
    (void)stint_tape_open(t->ctx); /* left open */
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

static void several_targets_and_sources(void **state)
{
    fixture *t = *state;
    stint_scope *s = stint_scope_open(t->ctx);
    stint_tensor *a = number(t, 2), *b = number(t, 3), *c = number(t, 4), *out[3];
    stint_tensor *targets[] = {stint_mul(a, b), stint_square(b)};
    stint_tensor *seeds[] = {number(t, 10), NULL};
    assert_int_equal(stint_gradients(2, targets, seeds, 3, (stint_tensor *[]){a, b, c}, out),
                     STINT_OK);
    assert_true(stint_item(out[0]) == 30);
    assert_true(stint_item(out[1]) == 20 + 6);
    assert_null(out[2]); /* unconnected */
    /* a target that is a source; the same source twice; a source that is in between */
    assert_int_equal(stint_gradients(1, &a, NULL, 2, (stint_tensor *[]){a, a}, out), STINT_OK);
    assert_true(stint_item(out[0]) == 1 && stint_item(out[1]) == 1);
    stint_tensor *middle = stint_mul(a, b), *top = stint_square(middle);
    assert_int_equal(stint_gradients(1, &top, NULL, 2, (stint_tensor *[]){middle, a}, out),
                     STINT_OK);
    assert_true(stint_item(out[0]) == 12 && stint_item(out[1]) == 36);
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

/* A view of a view is a source like any other. */
static void views_between_are_sources(void **state)
{
    fixture *t = *state;
    static const double x[6] = {1, 2, 3, 4, 5, 6};
    stint_scope *s = stint_scope_open(t->ctx);
    stint_tensor *base = elements_tensor(t->ctx, STINT_F64, STINT_SHAPE(2, 3), x), *out;
    stint_tensor *const between[] = {
        stint_transpose(base, 0, 1),   stint_reshape(base, STINT_SHAPE(3, 2)),
        stint_slice(base, 1, 0, 2, 1), stint_broadcast(base, STINT_SHAPE(2, 2, 3)),
        stint_expand_axis(base, 0),
    };
    for (size_t i = 0; i < sizeof between / sizeof *between; i++) {
        stint_tensor *v = between[i];
        stint_tensor *const over[] = {
            stint_transpose(v, 0, 1),
            stint_reshape(v, STINT_SHAPE(-1)),
            stint_slice(v, 1, 0, 1, 1),
            stint_expand_axis(v, 0),
        };
        for (size_t k = 0; k < sizeof over / sizeof *over; k++) {
            stint_tensor *y = stint_square(over[k]);
            assert_int_equal(stint_gradients(1, &y, NULL, 1, &v, &out), STINT_OK);
            if (!out)
                fail_msg("view %d of view %d: no gradient", (int)k, (int)i);
        }
    }
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

static void a_value_used_often_sums_its_gradients(void **state)
{
    fixture *t = *state;
    stint_scope *s = stint_scope_open(t->ctx);
    stint_tensor *x = number(t, 1.5), *y = x, *gradient;
    for (int i = 0; i < 10; i++)
        y = stint_add(y, y); /* 1024 x, by 10 nodes */
    y = stint_add(stint_mul(y, x), stint_sub(x, x));
    assert_int_equal(stint_gradients(1, &y, NULL, 1, &x, &gradient), STINT_OK);
    assert_near(stint_item(gradient), 2048 * 1.5, 1e-15);
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

static void derivatives_of_any_order(void **state)
{
    fixture *t = *state;
    stint_scope *s = stint_scope_open(t->ctx);
    enum { ORDERS = 6 };
    stint_tensor *x = number(t, 0.7), *y[ORDERS + 1] = {stint_sin(x)};
    static const int sign[] = {1, 1, -1, -1};
    for (int k = 0; k < ORDERS; k++) {
        assert_int_equal(stint_gradients(1, &y[k], NULL, 1, &x, &y[k + 1]), STINT_OK);
        assert_non_null(y[k + 1]);
    }
    for (int k = 0; k <= ORDERS; k++)
        assert_near(stint_item(y[k]), sign[k % 4] * (k % 2 ? cos(0.7) : sin(0.7)), 1e-14);
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

static void no_gradient_passes(void **state)
{
    fixture *t = *state;
    stint_scope *s = stint_scope_open(t->ctx);
    stint_tensor *x = number(t, 3), *out;
    stint_no_grad_open(t->ctx);
    stint_no_grad_open(t->ctx);
    stint_tensor *inner = stint_square(x);
    stint_no_grad_close(t->ctx);
    stint_tensor *middle = stint_square(x);
    stint_no_grad_close(t->ctx);
    stint_tensor *after = stint_square(x), *mixed = stint_mul(inner, x);
    stint_tensor *const none[] = {inner, middle, stint_detach(after), stint_greater(x, x)};
    for (int i = 0; i < 3; i++) {
        assert_int_equal(stint_gradients(1, &none[i], NULL, 1, &x, &out), STINT_OK);
        assert_null(out);
    }
    assert_int_equal(stint_gradients(1, &after, NULL, 1, &x, &out), STINT_OK);
    assert_true(stint_item(out) == 6);
    assert_int_equal(stint_gradients(1, &mixed, NULL, 1, &x, &out), STINT_OK);
    assert_true(stint_item(out) == 9);
    assert_true(stint_item(inner) == 9);
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

static void through_conditions_and_indices(void **state)
{
    fixture *t = *state;
    stint_scope *s = stint_scope_open(t->ctx);
    stint_tensor *x = number(t, 3), *out;
    stint_tensor *y = stint_where(stint_greater(x, number(t, 0)), stint_square(x), stint_neg(x));
    stint_tensor *z = stint_cast(stint_cast(x, STINT_I32), STINT_F64);
    assert_int_equal(stint_gradients(1, &y, NULL, 1, &x, &out), STINT_OK);
    assert_true(stint_item(out) == 6);
    assert_int_equal(stint_gradients(1, &z, NULL, 1, &x, &out), STINT_OK);
    assert_null(out); /* integers pass none */
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_tape_remembers_what_was_read),
        FIXTURE_TEST(without_a_tape_what_was_read_is_a_value),
        FIXTURE_TEST(clearing_a_tape_forgets),
        FIXTURE_TEST(clearing_gives_memory_back),
        FIXTURE_TEST(tapes_are_apart),
        FIXTURE_TEST(several_targets_and_sources),
        FIXTURE_TEST(views_between_are_sources),
        FIXTURE_TEST(a_value_used_often_sums_its_gradients),
        FIXTURE_TEST(derivatives_of_any_order),
        FIXTURE_TEST(no_gradient_passes),
        FIXTURE_TEST(through_conditions_and_indices),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
