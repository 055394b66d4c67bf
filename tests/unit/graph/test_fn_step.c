/* A traced training step: the eager step's bits, the planned bytes, no allocation in a call. */
#include "base/fault.h"
#include "base/mem.h"
#include "unit/fixture.h"
#include "unit/graph/elements.h"
#include "unit/graph/mlp.h"

enum { STEPS = 20 };

static void eager_steps(ctx *c, mlp *m, float *losses)
{
    for (int k = 0; k < STEPS; k++) {
        stint_tensor *in[2], *loss;
        stint_scope *s = stint_scope_open(c);
        mlp_batch(c, k, in);
        assert_int_equal(mlp_step(m, in, &loss), STINT_OK);
        assert_int_equal(stint_read(loss, &losses[k], 4), STINT_OK);
        assert_int_equal(stint_scope_close(s), STINT_OK);
    }
}

static void traced_steps(ctx *c, stint_fn *f, int steps, float *losses)
{
    for (int k = 0; k < steps; k++) {
        stint_tensor *in[2], *loss;
        stint_scope *s = stint_scope_open(c);
        mlp_batch(c, k, in);
        assert_int_equal(stint_fn_call(f, in, &loss), STINT_OK);
        assert_int_equal(stint_read(loss, &losses[k], 4), STINT_OK);
        assert_int_equal(stint_scope_close(s), STINT_OK);
    }
}

static void assert_same_bits(stint_tensor *a, stint_tensor *b)
{
    void *x = elements_bytes(a), *y = elements_bytes(b);
    assert_non_null(x);
    assert_non_null(y);
    assert_int_equal(elements_size(a), elements_size(b));
    assert_memory_equal(x, y, (size_t)elements_size(a));
    free(x);
    free(y);
}

static void tracing_changes_no_bit(void **state)
{
    fixture *t = *state;
    mlp eager, traced;
    float want[STEPS], got[STEPS];
    assert_true(mlp_init(&eager, t->ctx) && mlp_init(&traced, t->ctx));
    eager_steps(t->ctx, &eager, want);
    stint_fn *f = stint_fn_new(t->ctx, mlp_step, &traced, 2, 1);
    traced_steps(t->ctx, f, STEPS, got);
    for (int k = 0; k < STEPS; k++)
        if (memcmp(&want[k], &got[k], 4) != 0)
            fail_msg("step %d: loss %.9g, eagerly %.9g", k, got[k], want[k]);
    for (int i = 0; i < MLP_WEIGHTS; i++) {
        assert_same_bits(traced.w[i], eager.w[i]);
        assert_same_bits(traced.velocity[i], eager.velocity[i]);
    }
    assert_same_bits(traced.generator, eager.generator);
    assert_true(want[STEPS - 1] < want[0] && want[0] < 10); /* it learns */
    stint_fn_free(f);
    mlp_deinit(&eager);
    mlp_deinit(&traced);
}

static void warming_up_changes_nothing(void **state)
{
    fixture *t = *state;
    mlp m, fresh;
    stint_tensor *in[2];
    stint_scope *s = stint_scope_open(t->ctx);
    assert_true(mlp_init(&m, t->ctx) && mlp_init(&fresh, t->ctx));
    stint_fn *f = stint_fn_new(t->ctx, mlp_step, &m, 2, 1);
    mlp_batch(t->ctx, 0, in);
    assert_int_equal(stint_fn_warm_up(f, in), STINT_OK);
    assert_int_equal(stint_fn_warm_up(f, in), STINT_OK);
    for (int i = 0; i < MLP_WEIGHTS; i++) {
        assert_same_bits(m.w[i], fresh.w[i]);
        assert_same_bits(m.velocity[i], fresh.velocity[i]);
    }
    assert_same_bits(m.generator, fresh.generator);
    stint_fn_free(f);
    mlp_deinit(&m);
    mlp_deinit(&fresh);
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

static void planned_bytes_are_allocated_bytes(void **state)
{
    fixture *t = *state;
    mlp m;
    stint_plan_facts facts;
    stint_text text;
    stint_tensor *in[2];
    stint_scope *s = stint_scope_open(t->ctx);
    assert_true(mlp_init(&m, t->ctx));
    stint_fn *f = stint_fn_new(t->ctx, mlp_step, &m, 2, 1);
    mlp_batch(t->ctx, 0, in);
    assert_int_equal(stint_fn_facts(f, &facts), STINT_EUSAGE); /* of no plan yet */
    stint_clear(t->ctx);
    assert_int_equal(stint_fn_warm_up(f, in), STINT_OK);
    assert_int_equal(stint_fn_facts(f, &facts), STINT_OK);
    assert_int_equal(facts.planned_bytes, facts.allocated_bytes);
    assert_true(facts.planned_bytes > 0 && facts.planned_bytes <= facts.unshared_bytes);
    assert_int_equal(facts.result_bytes, 4); /* the loss */
    assert_true(facts.steps > 4 && facts.steps < facts.nodes);
    assert_true(facts.flops > 2.0 * MLP_ROWS * MLP_IN * MLP_HIDDEN);
    assert_int_equal(stint_plan_text(f, &text), STINT_OK);
    assert_non_null(strstr(text.at, "matmul"));
    stint_text_free(&text);
    assert_int_equal(stint_plan_dot(f, &text), STINT_OK);
    assert_non_null(strstr(text.at, "digraph"));
    stint_text_free(&text);
    stint_fn_free(f);
    mlp_deinit(&m);
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

#ifdef STINT_FAULTS
static void a_call_allocates_nothing(void **state)
{
    fixture *t = *state;
    mlp m;
    stint_tensor *in[2], *loss;
    stint_scope *s = stint_scope_open(t->ctx);
    assert_true(mlp_init(&m, t->ctx));
    stint_fn *f = stint_fn_new(t->ctx, mlp_step, &m, 2, 1);
    mlp_batch(t->ctx, 0, in);
    assert_int_equal(stint_fn_call(f, in, &loss), STINT_OK);
    int64_t live = budget_live(ctx_budget(t->ctx));
    fault_arm("*:alloc:1");
    for (int k = 0; k < 5; k++)
        assert_int_equal(stint_fn_call(f, in, &loss), STINT_OK);
    assert_null(mem_alloc(t->ctx, TAG_BASE, 8)); /* the first since */
    fault_arm(NULL);
    stint_clear(t->ctx);
    assert_int_equal(budget_live(ctx_budget(t->ctx)), live);
    stint_fn_free(f);
    mlp_deinit(&m);
    assert_int_equal(stint_scope_close(s), STINT_OK);
}
#endif

/* ---- inputs, outputs, variants ---- */

static stint_status twice_and_sum(void *self, stint_tensor *const *in, stint_tensor **out)
{
    ++*(int *)self;
    out[0] = stint_mul_number(in[0], 2);
    out[1] = stint_sum(in[0], STINT_ALL_AXES, false);
    out[2] = in[0];
    return STINT_OK;
}

static void assert_floats(stint_tensor *t, int n, const float *want)
{
    float got[32];
    assert_int_equal(stint_read(t, got, (size_t)n * 4), STINT_OK);
    for (int i = 0; i < n; i++)
        if (got[i] != want[i])
            fail_msg("element %d is %g, not %g", i, (double)got[i], (double)want[i]);
}

static void shapes_have_plans_of_their_own(void **state)
{
    fixture *t = *state;
    int traced = 0;
    stint_tensor *out[3];
    stint_scope *s = stint_scope_open(t->ctx);
    stint_fn *f = stint_fn_new(t->ctx, twice_and_sum, &traced, 1, 3);
    stint_tensor *six = stint_tensor_new(t->ctx, STINT_F32, STINT_SHAPE(2, 3),
                                         (float[]){1, 2, 3, 4, 5, 6}),
                 *two = stint_tensor_new(t->ctx, STINT_F32, STINT_SHAPE(2), (float[]){1, 2});
    for (int k = 0; k < 3; k++) {
        assert_int_equal(stint_fn_call(f, &six, out), STINT_OK);
        assert_floats(out[0], 6, (float[]){2, 4, 6, 8, 10, 12});
        assert_floats(out[1], 1, (float[]){21});
        assert_floats(out[2], 6, (float[]){1, 2, 3, 4, 5, 6});
        assert_int_equal(stint_fn_call(f, &two, out), STINT_OK);
        assert_floats(out[0], 2, (float[]){2, 4});
    }
    assert_int_equal(traced, 2);
    /* inputs that do not lie row-major, or have no value yet */
    stint_tensor *turned = stint_transpose(
        stint_tensor_new(t->ctx, STINT_F32, STINT_SHAPE(3, 2), (float[]){1, 4, 2, 5, 3, 6}), 0, 1);
    assert_int_equal(stint_fn_call(f, &turned, out), STINT_OK);
    assert_floats(out[0], 6, (float[]){2, 4, 6, 8, 10, 12});
    stint_tensor *pending = stint_add_number(six, 1);
    assert_int_equal(stint_fn_call(f, &pending, out), STINT_OK);
    assert_floats(out[1], 1, (float[]){27});
    stint_tensor *part = stint_slice(stint_full(t->ctx, STINT_F32, STINT_SHAPE(4), 3), 0, 1, 3, 1);
    assert_int_equal(stint_fn_call(f, &part, out), STINT_OK);
    assert_floats(out[1], 1, (float[]){6});
    assert_int_equal(traced, 2);
    stint_fn_free(f);
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

static stint_status fails(void *self, stint_tensor *const *in, stint_tensor **out)
{
    (void)self;
    out[0] = stint_matmul(in[0], in[0]);
    return STINT_OK;
}

static stint_status sets_nothing(void *self, stint_tensor *const *in, stint_tensor **out)
{
    (void)self, (void)in, (void)out;
    return STINT_OK;
}

static void bodies_that_fail_are_reported(void **state)
{
    fixture *t = *state;
    stint_tensor *out[1];
    stint_scope *s = stint_scope_open(t->ctx);
    stint_tensor *x = stint_zeros(t->ctx, STINT_F32, STINT_SHAPE(2, 3));
    stint_fn *f = stint_fn_new(t->ctx, fails, NULL, 1, 1),
             *g = stint_fn_new(t->ctx, sets_nothing, NULL, 1, 1);
    assert_int_equal(stint_fn_call(f, &x, out), STINT_EUSAGE);
    assert_message(t, "matmul");
    assert_int_equal(stint_fn_call(g, &x, out), STINT_EUSAGE);
    assert_message(t, "output 0");
    assert_int_not_equal(stint_fn_call(f, &(stint_tensor *){NULL}, out), STINT_OK);
    stint_clear(t->ctx);
    stint_fn_free(f);
    stint_fn_free(g);
    stint_fn_free(NULL);
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(tracing_changes_no_bit),
        FIXTURE_TEST(warming_up_changes_nothing),
        FIXTURE_TEST(planned_bytes_are_allocated_bytes),
#ifdef STINT_FAULTS
        FIXTURE_TEST(a_call_allocates_nothing),
#endif
        FIXTURE_TEST(shapes_have_plans_of_their_own),
        FIXTURE_TEST(bodies_that_fail_are_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
