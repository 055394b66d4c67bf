/* What the body of a stint_fn may do: change tensors from outside and its own, give back any
 * tensor; and what is refused: reading, changing inputs, calling another fn. */
#include "stint/fn.h"
#include "unit/fixture.h"

enum { N = 4 };

typedef struct body {
    stint_context *ctx;
    stint_tensor *w, *kept;
    stint_fn *other;
} body;

static stint_tensor *same(stint_context *c, float x)
{
    return stint_tensor_new(c, STINT_F32, STINT_SHAPE(N), (const float[N]){x, x, x, x});
}

static float first(stint_tensor *t)
{
    float x[N] = {NAN};
    return stint_read(t, x, (size_t)stint_tensor_count(t) * sizeof *x) == STINT_OK ? x[0] : NAN;
}

#define BODY(name) static stint_status name(void *self, stint_tensor *const *in, stint_tensor **out)

BODY(reads)
{
    float x[N];
    (void)self;
    out[0] = stint_neg(in[0]);
    return stint_read(in[0], x, sizeof x);
}

BODY(writes)
{
    float x[N] = {0};
    (void)self;
    out[0] = stint_neg(in[0]);
    return stint_write(in[0], x, sizeof x);
}

BODY(changes_input)
{
    (void)self;
    out[0] = stint_add_(in[0], in[0]);
    return STINT_OK;
}

BODY(negates)
{
    (void)self;
    out[0] = stint_neg(in[0]);
    return STINT_OK;
}

BODY(calls)
{
    body *b = self;
    return stint_fn_call(b->other, in, out);
}

BODY(gives_what_it_changes_again)
{
    body *b = self;
    stint_add_(b->w, in[0]);
    out[0] = stint_alias(b->w);
    stint_add_(b->w, in[0]);
    return STINT_OK;
}

BODY(fails_half_way)
{
    body *b = self;
    stint_add_(b->w, in[0]);
    stint_add_(b->w, in[0]);
    out[0] = stint_matmul(b->w, b->w);
    return STINT_OK;
}

static void what_cannot_be_traced_is_refused(void **state)
{
    static const struct {
        stint_fn_body *body;
        const char *says;
    } row[] = {{reads, "must not read"},
               {writes, "must not read"},
               {changes_input, "an input of a traced function"},
               {calls, "must not call"},
               {gives_what_it_changes_again, "an output needs the value"},
               {fails_half_way, "matmul"}};
    fixture *t = *state;
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        stint_scope *s = stint_scope_open(t->ctx);
        body b = {.ctx = t->ctx, .w = same(t->ctx, 7)};
        stint_tensor *x = same(t->ctx, 1), *out;
        b.other = stint_fn_new(t->ctx, negates, &b, 1, 1);
        assert_int_equal(stint_fn_call(b.other, &x, &out), STINT_OK);
        stint_fn *f = stint_fn_new(t->ctx, row[i].body, &b, 1, 1);
        assert_int_equal(stint_fn_call(f, &x, &out), STINT_EUSAGE);
        assert_message(t, row[i].says);
        assert_true(first(b.w) == 7 && first(x) == 1);
        stint_add_(b.w, x);
        assert_true(first(b.w) == 8); /* it can be changed as before */
        stint_fn_free(f);
        stint_fn_free(b.other);
        assert_int_equal(stint_scope_close(s), STINT_OK);
    }
}

/* ---- values, call by call */

BODY(own)
{
    body *b = self;
    stint_tensor *sum = stint_zeros(b->ctx, STINT_F32, STINT_SHAPE(N));
    stint_add_(sum, in[0]);
    stint_add_(sum, in[0]);
    out[0] = stint_sum(sum, STINT_ALL_AXES, false);
    return STINT_OK;
}

BODY(own_generator)
{
    body *b = self;
    (void)in;
    stint_tensor *g = stint_generator(b->ctx, 3), *x = stint_uniform(g, STINT_F32, 0, NULL, 0, 1);
    out[0] = stint_sub(x, stint_uniform(g, STINT_F32, 0, NULL, 0, 1));
    out[0] = stint_equal(out[0], stint_scalar(b->ctx, STINT_F32, 0));
    out[0] = stint_add(stint_cast(out[0], STINT_F32), stint_mul_number(stint_neg(x), 0));
    return STINT_OK;
}

/* Handles of temporaries that were changed go, among them and after them w is changed twice. */
BODY(scoped)
{
    body *b = self;
    stint_scope *s = stint_scope_open(b->ctx);
    stint_tensor *own = stint_neg(in[0]);
    stint_add_(own, in[0]);
    stint_add_(b->w, in[0]);
    stint_add_(b->w, in[0]);
    stint_status status = stint_scope_close(s);
    out[0] = stint_neg(b->w);
    return status;
}

BODY(weight_itself)
{
    body *b = self;
    out[0] = stint_add_(b->w, in[0]);
    return STINT_OK;
}

static void calls_give(void **state)
{
    static const struct {
        stint_fn_body *body;
        float out[3], w;
    } row[] = {{own, {8, 8, 8}, 0},
               {own_generator, {0, 0, 0}, 0},
               {scoped, {-2, -4, -6}, 6},
               {weight_itself, {1, 2, 3}, 3}};
    fixture *t = *state;
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        stint_scope *s = stint_scope_open(t->ctx);
        body b = {.ctx = t->ctx, .w = same(t->ctx, 0)};
        stint_tensor *x = same(t->ctx, 1), *out;
        stint_fn *f = stint_fn_new(t->ctx, row[i].body, &b, 1, 1);
        for (int k = 0; k < 3; k++) {
            assert_int_equal(stint_fn_call(f, &x, &out), STINT_OK);
            if (first(out) != row[i].out[k])
                fail_msg("body %d, call %d: %g", (int)i, k, first(out));
        }
        assert_true(first(b.w) == row[i].w);
        stint_add_(b.w, x);
        assert_true(first(out) == row[i].out[2]); /* whatever becomes of w */
        stint_fn_free(f);
        assert_int_equal(stint_scope_close(s), STINT_OK);
    }
}

static void pending_tensors_are_computed_before(void **state)
{
    fixture *t = *state;
    stint_scope *s = stint_scope_open(t->ctx);
    body b = {.ctx = t->ctx, .w = stint_mul_number(same(t->ctx, 1), 3)};
    stint_tensor *x = same(t->ctx, 1), *out;
    stint_fn *f = stint_fn_new(t->ctx, weight_itself, &b, 1, 1);
    for (int k = 0; k < 2; k++)
        assert_int_equal(stint_fn_call(f, &x, &out), STINT_OK);
    assert_true(first(b.w) == 5);
    stint_fn_free(f);
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

BODY(keeps)
{
    body *b = self;
    stint_drop(b->kept);
    b->kept = stint_keep(stint_neg(in[0]));
    out[0] = stint_exp(b->kept);
    return STINT_OK;
}

static void what_is_kept_has_no_value(void **state)
{
    fixture *t = *state;
    stint_scope *s = stint_scope_open(t->ctx);
    body b = {.ctx = t->ctx};
    stint_tensor *x = same(t->ctx, 0), *out;
    stint_fn *f = stint_fn_new(t->ctx, keeps, &b, 1, 1);
    for (int k = 0; k < 2; k++)
        assert_int_equal(stint_fn_call(f, &x, &out), STINT_OK);
    assert_true(first(out) == 1);
    assert_null(stint_exp(b.kept));
    assert_message(t, "traced function");
    stint_drop(b.kept);
    stint_fn_free(f);
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

BODY(state_and_sum)
{
    body *b = self;
    stint_tensor *next = stint_add(in[0], b->w), *m = stint_softmax(next, -1);
    out[0] = next;
    out[1] = stint_add(stint_mul(in[0], in[0]), stint_sum(m, -1, true));
    return STINT_OK;
}

/* A state that goes round: it is read before it is written. */
static void outputs_may_be_inputs(void **state)
{
    fixture *t = *state;
    stint_scope *s = stint_scope_open(t->ctx);
    body b = {.ctx = t->ctx, .w = same(t->ctx, 1)};
    stint_tensor *x = same(t->ctx, 1), *out[2];
    stint_fn *f = stint_fn_new(t->ctx, state_and_sum, &b, 1, 2);
    for (int k = 1; k <= 4; k++) {
        assert_int_equal(stint_fn_call(f, &x, out), STINT_OK);
        assert_true(first(out[0]) == (float)(k + 1) && first(out[1]) == (float)(k * k + 1));
        x = out[0];
    }
    stint_fn_free(f);
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

/* w is read, changed, used for long, and what was read is wanted at the end. */
BODY(compares_with_before)
{
    body *b = self;
    stint_tensor *before = stint_exp(stint_mul_number(b->w, 0.5));
    stint_add_(b->w, in[0]);
    stint_tensor *x = stint_reshape(b->w, STINT_SHAPE(2, 2)), *w = x;
    for (int i = 0; i < 20; i++)
        x = stint_matmul(stint_sigmoid(stint_neg(stint_tanh(stint_square(x)))), w);
    out[0] = stint_sub(stint_reshape(x, STINT_SHAPE(N)), before);
    return STINT_OK;
}

static void old_values_do_not_undo_fusing(void **state)
{
    fixture *t = *state;
    stint_scope *s = stint_scope_open(t->ctx);
    body b = {.ctx = t->ctx, .w = same(t->ctx, 0)};
    stint_tensor *x = same(t->ctx, 1), *out;
    stint_plan_facts facts;
    stint_fn *f = stint_fn_new(t->ctx, compares_with_before, &b, 1, 1);
    assert_int_equal(stint_fn_call(f, &x, &out), STINT_OK);
    assert_int_equal(stint_fn_facts(f, &facts), STINT_OK);
    if (facts.steps > 20 + 20 + 4) /* a product and its operand, 20 times, and the ends */
        fail_msg("%d steps", (int)facts.steps);
    stint_fn_free(f);
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(what_cannot_be_traced_is_refused),
        FIXTURE_TEST(calls_give),
        FIXTURE_TEST(pending_tensors_are_computed_before),
        FIXTURE_TEST(what_is_kept_has_no_value),
        FIXTURE_TEST(outputs_may_be_inputs),
        FIXTURE_TEST(old_values_do_not_undo_fusing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
