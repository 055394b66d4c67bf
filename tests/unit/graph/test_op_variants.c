/* Every operation again: over inputs in other layouts, in narrow floats and in integers, over
 * no elements. */
#include "unit/fixture.h"
#include "unit/graph/elements.h"
#include "unit/graph/assert_values.h"
#include "unit/graph/layouts.h"

/* A case's value and gradients over inputs that lie in some way, one after the other. */
typedef struct outcome {
    int64_t n;
    double at[(1 + OP_INPUTS) * 4 * OP_MOST_ELEMENTS];
} outcome;

static bool take(outcome *o, stint_tensor *t)
{
    double *x = elements_read(t);
    for (int64_t i = 0; x && i < stint_tensor_count(t); i++)
        o->at[o->n++] = x[i];
    free(x);
    return x != NULL;
}

/* The same bits of what is computed element by element; sums may be formed in another order. */
static bool same(const op_case *c, stint_dtype d, const outcome *a, const outcome *b)
{
    double most = 1, precision = element_precision(d);
    for (int64_t i = 0; i < a->n; i++)
        most = fmax(most, fabs(a->at[i]));
    bool is_exact = c->flags & OP_ELEMENTWISE || d > STINT_BF16;
    double error = is_exact ? 0 : 16 * precision * most;
    for (int64_t i = 0; i < a->n; i++)
        if (!(fabs(a->at[i] - b->at[i]) <= error))
            return false;
    return a->n == b->n;
}

static bool take_gradients(ctx *x, const op_case *c, stint_tensor **in, outcome *o)
{
    stint_tensor *out = op_case_build(c, in), *gradient[OP_INPUTS];
    bool ok = op_case_gradients(x, c, out, in, gradient) == STINT_OK;
    for (int i = 0; ok && i < c->inputs; i++)
        ok = !op_input_has_gradient(c, i) || (gradient[i] && take(o, gradient[i]));
    return ok;
}

static bool has_gradient(const op_case *c)
{
    for (int i = 0; i < c->inputs; i++)
        if (op_input_has_gradient(c, i))
            return true;
    return false;
}

static bool run_layout(ctx *x, const op_case *c, layout how, stint_dtype d, outcome *o)
{
    static char room[OP_INPUTS][LAYOUT_ROOM];
    double values[OP_MOST_ELEMENTS];
    stint_tensor *in[OP_INPUTS];
    stint_scope *s = stint_scope_open(x);
    o->n = 0;
    for (int i = 0; i < c->inputs; i++) {
        op_case_values(c, i, d, values);
        in[i] = layout_tensor(x, how, op_input_dtype(&c->in[i], d), &c->in[i], values, room[i]);
    }
    bool ok = take(o, op_case_build(c, in));
    if (ok && d <= STINT_F64 && has_gradient(c))
        ok = take_gradients(x, c, in, o);
    ok &= stint_scope_close(s) == STINT_OK;
    if (!ok)
        print_error("%s: %s, %s: %s\n", c->name, stint_dtype_text(d), layout_names[how],
                    stint_message(x));
    stint_clear(x);
    return ok;
}

static void layouts_do_not_matter(void **state)
{
    fixture *t = *state;
    static outcome want, got;
    int bad = 0;
    for (int i = 0; i < op_case_count(); i++)
        for (stint_dtype d = STINT_F32; d <= STINT_BOOL; d++) {
            const op_case *c = op_case_at(i);
            if (c->flags & (OP_ORACLE | OP_DELICATE) || !(c->dtypes & (1u << d)))
                continue;
            for (layout how = LAYOUT_SLICED; how < LAYOUT_COPIED; how++) {
                layout like = how == LAYOUT_REPEATED ? LAYOUT_COPIED : LAYOUT_ROWS;
                if (!run_layout(t->ctx, c, like, d, &want) ||
                    !run_layout(t->ctx, c, how, d, &got)) {
                    bad++;
                    continue;
                }
                if (same(c, d, &want, &got))
                    continue;
                print_error("%s: %s, %s: another result\n", c->name, stint_dtype_text(d),
                            layout_names[how]);
                bad++;
            }
        }
    assert_int_equal(bad, 0);
}

/* ---- dtypes: against f64 over the same values ---- */

static double *run_over(ctx *x, const op_case *c, stint_dtype values_of, stint_dtype d, int64_t *n,
                        stint_dtype *gives)
{
    double values[OP_MOST_ELEMENTS];
    stint_tensor *in[OP_INPUTS];
    stint_scope *s = stint_scope_open(x);
    for (int i = 0; i < c->inputs; i++) {
        op_case_values(c, i, values_of, values);
        in[i] =
            elements_tensor(x, op_input_dtype(&c->in[i], d), c->in[i].axes, c->in[i].shape, values);
    }
    stint_tensor *out = op_case_build(c, in);
    double *read = elements_read(out);
    *n = stint_tensor_count(out);
    *gives = stint_tensor_dtype(out);
    if (!read)
        print_error("%s: %s: %s\n", c->name, stint_dtype_text(d), stint_message(x));
    (void)stint_scope_close(s);
    stint_clear(x);
    return read;
}

static stint_dtype expected_dtype(const op_case *c, stint_dtype d)
{
    if (c->flags & OP_TO_BOOL)
        return STINT_BOOL;
    bool widens = c->flags & OP_SUMS && d > STINT_BF16;
    return c->flags & OP_TO_I64 || widens ? STINT_I64 : d;
}

static int differs_from_f64(ctx *x, const op_case *c, stint_dtype d)
{
    int64_t n, m;
    stint_dtype gives, wide;
    double *got = run_over(x, c, d, d, &n, &gives), most = 0;
    double *want = run_over(x, c, d, STINT_F64, &m, &wide);
    int bad = !got || !want || n != m || gives != expected_dtype(c, d);
    for (int64_t i = 0; want && i < m; i++)
        most = fmax(most, fabs(want[i]));
    /* each intermediate value may be rounded; cancellation is among the case's largest values */
    double precision = element_precision(gives);
    for (int64_t i = 0; !bad && i < n; i++)
        bad = !(fabs(got[i] - want[i]) <= 8 * precision * (fabs(want[i]) + fmax(1, most)));
    if (bad && got && want)
        print_error("%s: %s is %s: %.9g … not %.9g …\n", c->name, stint_dtype_text(d),
                    stint_dtype_text(gives), got[0], want[0]);
    free(got);
    free(want);
    return bad;
}

/* Bytes and bools wrap where f64 does not: of these, the layouts' test sees the moving ones. */
static bool is_comparable(const op_case *c, stint_dtype d)
{
    return d != STINT_F64 && d != STINT_BOOL && c->dtypes & (1u << d) && c->dtypes & OP_F64 &&
           !(c->flags & (OP_ORACLE | OP_DELICATE));
}

static void dtypes_agree_with_f64(void **state)
{
    fixture *t = *state;
    int bad = 0;
    for (int i = 0; i < op_case_count(); i++)
        for (stint_dtype d = STINT_F32; d <= STINT_U8; d++)
            if (is_comparable(op_case_at(i), d))
                bad += differs_from_f64(t->ctx, op_case_at(i), d);
    assert_int_equal(bad, 0);
}

/* ---- no elements ---- */

static int fails_empty(ctx *x, const op_case *c, stint_dtype d)
{
    stint_tensor *in[OP_INPUTS], *gradient[OP_INPUTS];
    stint_scope *s = stint_scope_open(x);
    for (int i = 0; i < c->inputs; i++)
        in[i] = stint_zeros(x, op_input_dtype(&c->in[i], d), STINT_SHAPE(2, 0, 3));
    stint_tensor *out = op_case_build(c, in);
    bool ok = out && stint_tensor_axes(out) == 3 && stint_tensor_size(out, 1) == 0 &&
              stint_read(out, NULL, 0) == STINT_OK;
    out = ok ? op_case_build(c, in) : NULL;
    ok = ok && stint_gradients(1, &out, NULL, c->inputs, in, gradient) == STINT_OK;
    for (int i = 0; ok && i < c->inputs; i++)
        ok = !gradient[i] || stint_read(gradient[i], NULL, 0) == STINT_OK;
    if (!ok)
        print_error("%s of [2,0,3]: %s\n", c->name, stint_message(x));
    (void)stint_scope_close(s);
    stint_clear(x);
    return !ok;
}

static void elementwise_takes_no_elements(void **state)
{
    fixture *t = *state;
    int bad = 0, tried = 0;
    for (int i = 0; i < op_case_count(); i++)
        if (op_case_at(i)->flags & OP_ELEMENTWISE) {
            bad += fails_empty(t->ctx, op_case_at(i), STINT_F32);
            tried++;
        }
    assert_int_equal(bad, 0);
    assert_true(tried > 40);
}

static void reductions_of_nothing(void **state)
{
    fixture *t = *state;
    stint_scope *s = stint_scope_open(t->ctx);
    static const double zeros[] = {0, 0, 0}, nans[] = {NAN, NAN, NAN};
    stint_tensor *none = stint_zeros(t->ctx, STINT_F32, STINT_SHAPE(0, 3));
    assert_values(stint_sum(none, 0, false), 3, zeros);
    assert_values(stint_sum(none, STINT_ALL_AXES, false), 1, zeros);
    assert_values(stint_sum(none, 1, false), 0, zeros);
    assert_values(stint_mean(none, 0, false), 3, nans);
    assert_null(stint_max(none, 0, false));
    assert_message(t, "[0,3]");
    assert_null(stint_min(none, STINT_ALL_AXES, false));
    assert_message(t, "[0,3]");
    assert_null(stint_argmax(none, 0, false));
    assert_message(t, "[0,3]");
    assert_values(stint_softmax(none, -1), 0, zeros);
    assert_values(stint_log_softmax(none, 1), 0, zeros);
    assert_values(stint_layer_norm(none, NULL, NULL, 1e-5), 0, zeros);
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

static void moving_nothing(void **state)
{
    fixture *t = *state;
    stint_scope *s = stint_scope_open(t->ctx);
    static const double zeros[6] = {0}, ones[] = {1, 1, 1, 1, 1, 1};
    stint_tensor *none = stint_zeros(t->ctx, STINT_F32, STINT_SHAPE(0, 3)),
                 *some = stint_full(t->ctx, STINT_F32, STINT_SHAPE(2, 3), 1),
                 *index = stint_zeros(t->ctx, STINT_I64, STINT_SHAPE(0));
    assert_values(stint_concat(2, (stint_tensor *[]){none, some}, 0), 6, ones);
    assert_values(stint_slice(some, 1, 2, 2, 1), 0, ones);
    assert_values(stint_gather(some, index, 0), 0, ones);
    assert_values(stint_scatter_add(none, index, 0, 2), 6, zeros);
    assert_values(stint_reshape(none, 2, (int64_t[]){3, 0}), 0, zeros);
    assert_values(stint_transpose(none, 0, 1), 0, zeros);
    assert_values(stint_pad(none, 0, 1, 1, 1), 6, ones);
    assert_values(stint_embedding(some, index), 0, zeros);
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

static void products_of_nothing(void **state)
{
    fixture *t = *state;
    stint_scope *s = stint_scope_open(t->ctx);
    static const double zeros[4] = {0}, bias[] = {1, 1, 1, 1};
    stint_tensor *gradient[2];
    for (stint_dtype d = STINT_F32; d <= STINT_BF16; d++) {
        stint_tensor *a = stint_zeros(t->ctx, d, STINT_SHAPE(0, 3)),
                     *b = stint_full(t->ctx, d, STINT_SHAPE(3, 2), 1),
                     *c = stint_zeros(t->ctx, d, STINT_SHAPE(2, 0)),
                     *e = stint_zeros(t->ctx, d, STINT_SHAPE(0, 2)),
                     *one = stint_full(t->ctx, d, STINT_SHAPE(2), 1);
        assert_values(stint_matmul(a, b), 0, zeros);
        assert_values(stint_matmul(c, e), 4, zeros);
        assert_values(stint_linear(c, e, one), 4, bias);
        assert_values(stint_matmul(stint_zeros(t->ctx, d, STINT_SHAPE(0, 2, 3)), b), 0, zeros);
        stint_tensor *product = stint_matmul(c, e);
        assert_int_equal(stint_gradients(1, &product, NULL, 2, (stint_tensor *[]){c, e}, gradient),
                         STINT_OK);
        assert_values(gradient[0], 0, zeros);
        assert_values(gradient[1], 0, zeros);
    }
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(layouts_do_not_matter),
        FIXTURE_TEST(dtypes_agree_with_f64),
        FIXTURE_TEST(elementwise_takes_no_elements),
        FIXTURE_TEST(reductions_of_nothing),
        FIXTURE_TEST(moving_nothing),
        FIXTURE_TEST(products_of_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
