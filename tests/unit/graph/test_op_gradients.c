/* Every gradient rule against central differences, of the first order and, where the operation is
 * smooth, of the second. */
#include "unit/fixture.h"
#include "unit/graph/gradient_check.h"

static void gradients_are_those_of_differences(void **state)
{
    fixture *t = *state;
    static gradient_truth truth;
    int bad = 0, checked = 0;
    for (int i = 0; i < op_case_count(); i++) {
        const op_case *c = op_case_at(i);
        char why[512];
        if (!gradient_is_checked(c))
            continue;
        checked++;
        if (gradient_by_differences(t->ctx, c, &truth, why, sizeof why) &&
            gradient_agrees(t->ctx, c, &truth, why, sizeof why))
            continue;
        stint_clear(t->ctx);
        print_error("%s\n", why);
        bad++;
    }
    assert_int_equal(bad, 0);
    assert_true(checked > 200);
}

/* The check itself sees a sign, a factor and a missing gradient. */
static stint_tensor *wrong_sign(stint_tensor *x)
{
    return stint_sub(stint_detach(stint_mul_number(x, 2)), x);
}

static stint_tensor *wrong_factor(stint_tensor *x)
{
    return stint_add(stint_detach(stint_mul_number(x, 1e-5)), x);
}

/* x³, of the right first derivative: 3x², as a constant */
static stint_tensor *wrong_second(stint_tensor *x)
{
    stint_tensor *square = stint_detach(stint_square(x));
    return stint_sub(stint_mul(x, stint_mul_number(square, 3)),
                     stint_detach(stint_mul(stint_mul_number(square, 2), x)));
}

static void wrong_gradients_are_seen(void **state)
{
    fixture *t = *state;
    static const op_case wrong[] = {
        {.name = "wrong sign", .inputs = 1, .in = {IN(1, 2, 3)}, .unary = wrong_sign},
        {.name = "wrong factor", .inputs = 1, .in = {IN(1, 2, 3)}, .unary = wrong_factor},
        {.name = "none", .inputs = 1, .in = {IN(1, 2, 3)}, .unary = stint_detach},
        {.name = "second", .inputs = 1, .in = {IN(1, 2, 3)}, .unary = wrong_second},
    };
    static gradient_truth truth;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        op_case c = wrong[i];
        char why[512] = "";
        c.dtypes = OP_F64;
        c.flags = OP_SMOOTH;
        assert_true(gradient_is_checked(&c));
        assert_true(gradient_by_differences(t->ctx, &c, &truth, why, sizeof why));
        assert_false(gradient_agrees(t->ctx, &c, &truth, why, sizeof why));
        if (!strstr(why, strcmp(c.name, "second") ? "first gradient" : "second gradient"))
            fail_msg("%s: %s", c.name, why);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(wrong_gradients_are_seen),
        FIXTURE_TEST(gradients_are_those_of_differences),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
