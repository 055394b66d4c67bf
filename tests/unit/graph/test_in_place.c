/* In place: the handle stands for the new value, readers asked for before see the old one, and
 * what still needs it afterwards is refused by name. */
#include "unit/fixture.h"
#include "unit/graph/elements.h"

static stint_tensor *of3(fixture *t, double a, double b, double c)
{
    return elements_tensor(t->ctx, STINT_F64, STINT_SHAPE(3), (double[]){a, b, c});
}

static void assert_three(stint_tensor *x, double a, double b, double c)
{
    double *got = elements_read(x);
    assert_non_null(got);
    assert_int_equal(stint_tensor_count(x), 3);
    if (got[0] != a || got[1] != b || got[2] != c)
        fail_msg("%g %g %g, not %g %g %g", got[0], got[1], got[2], a, b, c);
    free(got);
}

/* Both operations are named. */
static void assert_names(fixture *t, const char *reader, const char *writer)
{
    assert_non_null(strstr(stint_message(t->ctx), reader));
    assert_message(t, writer);
}

static void each_changes_its_operand(void **state)
{
    fixture *t = *state;
    stint_scope *s = stint_scope_open(t->ctx);
    stint_tensor *x = of3(t, 1, 2, 3), *b = of3(t, 2, 2, 4);
    assert_ptr_equal(stint_add_(x, b), x);
    assert_three(x, 3, 4, 7);
    assert_ptr_equal(stint_mul_(x, b), x);
    assert_ptr_equal(stint_sub_(x, stint_scalar(t->ctx, STINT_F64, 4)), x);
    assert_three(x, 2, 4, 24);
    assert_ptr_equal(stint_div_(x, b), x);
    assert_three(x, 1, 2, 6);
    assert_ptr_equal(stint_assign(x, stint_neg(x)), x);
    assert_three(x, -1, -2, -6);
    assert_ptr_equal(stint_add_(x, x), x);
    assert_three(x, -2, -4, -12);
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

static void earlier_readers_see_the_old_value(void **state)
{
    fixture *t = *state;
    stint_scope *s = stint_scope_open(t->ctx);
    stint_tensor *x = of3(t, 1, 2, 3), *twice = stint_mul_number(x, 2);
    for (int i = 0; i < 3; i++)
        stint_add_(x, twice);
    stint_tensor *later = stint_mul_number(x, 10);
    assert_three(later, 70, 140, 210);
    assert_three(twice, 2, 4, 6);
    assert_three(x, 7, 14, 21);
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

/* Elements that are read after their place was written. */
static void operands_may_be_views_of_the_target(void **state)
{
    fixture *t = *state;
    stint_scope *s = stint_scope_open(t->ctx);
    double m[9] = {1, 2, 3, 4, 5, 6, 7, 8, 9}, want[9] = {0, -2, -4, 2, 0, -2, 4, 2, 0};
    stint_tensor *x = elements_tensor(t->ctx, STINT_F64, STINT_SHAPE(3, 3), m);
    assert_non_null(stint_sub_(x, stint_transpose(x, 0, 1)));
    double *got = elements_read(x);
    assert_memory_equal(got, want, sizeof want);
    free(got);
    stint_tensor *y = of3(t, 1, 2, 3);
    assert_non_null(stint_mul_(y, stint_slice(y, 0, 2, 3, 1))); /* by its last, broadcast */
    assert_three(y, 3, 6, 9);
    stint_tensor *z = of3(t, 1, 2, 3);
    assert_non_null(stint_assign(
        z, stint_concat(
               2, (stint_tensor *[]){stint_slice(z, 0, 1, 3, 1), stint_slice(z, 0, 0, 1, 1)}, 0)));
    assert_three(z, 2, 3, 1);
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

static void other_handles_of_the_old_value_fail(void **state)
{
    fixture *t = *state;
    double out[3];
    stint_scope *s = stint_scope_open(t->ctx);
    stint_tensor *x = stint_exp(of3(t, 1, 2, 3)), *other = stint_alias(x);
    stint_tensor *view = stint_slice(x, 0, 0, 2, 1);
    assert_non_null(stint_add_(x, x));
    assert_null(stint_neg(other));
    assert_names(t, "exp", "add_");
    assert_int_equal(stint_read(other, out, sizeof out), STINT_EUSAGE);
    assert_names(t, "exp", "add_");
    assert_null(stint_neg(view));
    assert_names(t, "exp", "add_");
    assert_int_equal(stint_read(view, out, 16), STINT_EUSAGE);
    stint_clear(t->ctx);
    stint_drop(other);
    stint_drop(view);
    double *got = elements_read(x);
    assert_near(got[0], 2 * exp(1), 1e-14);
    free(got);
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

/* Refused at the latest when the gradient, which may be the old value itself, is read. */
static void assert_refused(fixture *t, stint_tensor *y, stint_tensor *seed, stint_tensor *x,
                           const char *reader, const char *writer)
{
    double got[3];
    stint_tensor *out;
    stint_status s = stint_gradients(1, &y, &seed, 1, &x, &out);
    if (s == STINT_OK)
        s = stint_read(out, got, sizeof got);
    else
        assert_null(out);
    assert_int_equal(s, STINT_EUSAGE);
    assert_names(t, reader, writer);
}

static void gradients_that_need_the_old_value_are_refused(void **state)
{
    fixture *t = *state;
    stint_scope *s = stint_scope_open(t->ctx);
    stint_tensor *x = of3(t, 1, 2, 3), *w = of3(t, 4, 5, 6), *out;
    stint_tensor *y = stint_exp(x), *z = stint_mul_number(y, 2);
    stint_add_(y, stint_scalar(t->ctx, STINT_F64, 1));
    assert_refused(t, z, NULL, x, "exp", "add_");
    assert_refused(t, z, w, x, "exp", "add_");
    /* y b, over y: the gradient of b needs y, that of y does not */
    stint_tensor *b = of3(t, 2, 2, 2), *product = stint_mul_(stint_mul_number(x, 2), b);
    assert_refused(t, product, NULL, b, "mul", "mul_");
    assert_refused(t, product, w, b, "mul", "mul_");
    assert_int_equal(stint_gradients(1, &product, &w, 1, &x, &out), STINT_OK);
    assert_three(out, 16, 20, 24);
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

/* Two changes at once; the handle that is left of the first value stays refused. */
static void values_that_are_gone_stay_gone(void **state)
{
    fixture *t = *state;
    stint_scope *s = stint_scope_open(t->ctx);
    stint_tensor *x = of3(t, 1, 2, 3), *other = stint_alias(x);
    const char *name = "x";
    char path[128];
    stint_add_(x, of3(t, 1, 1, 1));
    stint_mul_(x, of3(t, 2, 2, 2));
    assert_three(x, 4, 6, 8);
    assert_null(stint_neg(other));
    assert_names(t, "value", "add_");
    snprintf(path, sizeof path, "%s/x", t->dir);
    assert_int_equal(stint_tensors_save(t->ctx, path, 1, &name, &other), STINT_EUSAGE);
    assert_names(t, "save", "add_");
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

/* What a tape needs is kept where it cannot be computed again: over memory that is changed. */
static void tapes_keep_what_was_computed_over_a_value(void **state)
{
    fixture *t = *state;
    stint_scope *s = stint_scope_open(t->ctx);
    stint_tape *tape = stint_tape_open(t->ctx);
    stint_tensor *w = of3(t, 1, 2, 3), *gradient, *both[2];
    stint_tape_watch(tape, w);
    stint_tensor *x = stint_neg(w);
    assert_three(x, -1, -2, -3);
    stint_tensor *before = stint_square(x); /* x^2, read by its own square, and x goes */
    both[0] = stint_square(before);
    stint_drop(before);
    stint_mul_(x, of3(t, 2, 2, 2));
    both[1] = stint_mul(x, x);
    stint_drop(x);
    assert_int_equal(stint_realise(2, both), STINT_OK);
    assert_int_equal(stint_tape_gradient(tape, both[1], 1, &w, &gradient), STINT_OK);
    assert_three(gradient, 8, 16, 24);
    assert_int_equal(stint_gradients(1, &both[0], NULL, 1, &w, &gradient), STINT_EUSAGE);
    assert_names(t, "square", "mul_"); /* its x is gone */
    stint_tape_close(tape);
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

static void tapes_keep_readers_of_the_old_value(void **state)
{
    fixture *t = *state;
    stint_scope *s = stint_scope_open(t->ctx);
    stint_tape *tape = stint_tape_open(t->ctx);
    stint_tensor *w = of3(t, 1, 2, 3), *gradient, *both[2];
    stint_tape_watch(tape, w);
    stint_tensor *x = stint_neg(w);
    assert_three(x, -1, -2, -3);
    stint_tensor *twice = stint_add(x, x);
    both[0] = stint_square(twice);
    stint_drop(twice);
    both[1] = stint_add_(x, of3(t, 5, 5, 5));
    assert_int_equal(stint_realise(2, both), STINT_OK);
    assert_int_equal(stint_tape_gradient(tape, both[0], 1, &w, &gradient), STINT_OK);
    assert_three(gradient, 8, 16, 24); /* of 4 w^2 */
    stint_tape_close(tape);
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

static void what_has_no_memory_is_refused(void **state)
{
    fixture *t = *state;
    stint_scope *s = stint_scope_open(t->ctx);
    stint_tensor *x = of3(t, 1, 2, 3), *one = stint_scalar(t->ctx, STINT_F64, 1);
    assert_null(stint_add_(stint_slice(x, 0, 0, 2, 1), one));
    assert_message(t, "view");
    assert_null(stint_add_(stint_full(t->ctx, STINT_F64, STINT_SHAPE(3), 1), one));
    assert_message(t, "constant");
    assert_null(stint_add_(one, x));
    stint_clear(t->ctx);
    assert_three(x, 1, 2, 3); /* a refusal changes nothing */
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(each_changes_its_operand),
        FIXTURE_TEST(earlier_readers_see_the_old_value),
        FIXTURE_TEST(operands_may_be_views_of_the_target),
        FIXTURE_TEST(other_handles_of_the_old_value_fail),
        FIXTURE_TEST(gradients_that_need_the_old_value_are_refused),
        FIXTURE_TEST(values_that_are_gone_stay_gone),
        FIXTURE_TEST(tapes_keep_what_was_computed_over_a_value),
        FIXTURE_TEST(tapes_keep_readers_of_the_old_value),
        FIXTURE_TEST(what_has_no_memory_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
