/* Accumulated gradients are the large batch's: of a linear model y = x w + b with squared error,
 * whose gradients are computed by hand. */
#include "unit/optim/oracle.h"

enum { ROWS = 11, INPUTS = 3 };

typedef struct problem {
    double x[ROWS][INPUTS], y[ROWS], w[INPUTS], b;
} problem;

static problem problem_make(void)
{
    problem p = {.w = {0.5, -1, 2}, .b = 0.25};
    for (int i = 0; i < ROWS; i++) {
        p.y[i] = cos(3.0 * i);
        for (int j = 0; j < INPUTS; j++)
            p.x[i][j] = sin(1.0 + i * INPUTS + j);
    }
    return p;
}

/* Gradients of the mean over rows from … to-1 of (x w + b - y)² */
static void gradient_by_hand(const problem *p, int from, int to, double w[INPUTS], double *b)
{
    memset(w, 0, INPUTS * sizeof *w);
    *b = 0;
    for (int i = from; i < to; i++) {
        double error = p->b - p->y[i];
        for (int j = 0; j < INPUTS; j++)
            error += p->x[i][j] * p->w[j];
        for (int j = 0; j < INPUTS; j++)
            w[j] += 2 * error * p->x[i][j] / (to - from);
        *b += 2 * error / (to - from);
    }
}

typedef struct cut_case {
    int rows; /* of a micro-batch; the last has the remainder */
    stint_dtype dtype;
    double relative;
} cut_case;

static void check_cut(ctx *c, const cut_case *cut, const problem *p, stint_accumulator *a)
{
    double w[INPUTS], b;
    stint_tensor *g[2];
    for (int from = 0, to; from < ROWS; from = to) {
        stint_scope *s = stint_scope_open(c);
        to = from + cut->rows < ROWS ? from + cut->rows : ROWS;
        gradient_by_hand(p, from, to, w, &b);
        g[0] = tensor_of(c, cut->dtype, STINT_SHAPE(INPUTS, 1), w);
        g[1] = tensor_of(c, cut->dtype, STINT_SCALAR, &b);
        assert_int_equal(stint_accumulator_add(a, to - from, g), STINT_OK);
        assert_int_equal(stint_scope_close(s), STINT_OK);
    }
    stint_scope *s = stint_scope_open(c);
    gradient_by_hand(p, 0, ROWS, w, &b);
    assert_int_equal(stint_accumulator_take(a, g), STINT_OK);
    assert_int_equal(stint_tensor_dtype(g[0]), cut->dtype);
    check_values("w", g[0], w, cut->relative);
    check_values("b", g[1], &b, cut->relative);
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

static void micro_batches_are_the_large_batch(void **state)
{
    fixture *t = *state;
    static const cut_case cases[] = {{11, STINT_F64, 1e-14}, {4, STINT_F64, 1e-14},
                                     {1, STINT_F64, 1e-14},  {10, STINT_F64, 1e-14},
                                     {4, STINT_F32, 1e-6},   {3, STINT_F32, 1e-6}};
    problem p = problem_make();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        stint_scope *s = stint_scope_open(t->ctx);
        stint_tensor *like[2] = {stint_zeros(t->ctx, cases[i].dtype, STINT_SHAPE(INPUTS, 1)),
                                 stint_zeros(t->ctx, cases[i].dtype, STINT_SCALAR)};
        stint_accumulator *a = stint_accumulator_new(t->ctx, 2, like);
        check_cut(t->ctx, &cases[i], &p, a);
        check_cut(t->ctx, &cases[i], &p, a); /* begins again from zero */
        stint_accumulator_free(a);
        assert_int_equal(stint_scope_close(s), STINT_OK);
    }
}

static void no_rows_and_no_gradients(void **state)
{
    fixture *t = *state;
    stint_scope *s = stint_scope_open(t->ctx);
    stint_tensor *like[2] = {stint_zeros(t->ctx, STINT_F64, STINT_SHAPE(2)),
                             stint_zeros(t->ctx, STINT_F16, STINT_SHAPE(2))};
    stint_tensor *g[2] = {tensor_of(t->ctx, STINT_F64, STINT_SHAPE(2), (double[]){1, 2}), NULL};
    stint_accumulator *a = stint_accumulator_new(t->ctx, 2, like);
    assert_int_equal(stint_accumulator_add(a, 0, g), STINT_EUSAGE);
    assert_message(t, "gradients of 0 rows");
    assert_int_equal(stint_accumulator_add(a, 3, g), STINT_OK);
    assert_int_equal(stint_accumulator_take(a, g), STINT_OK);
    check_values("one", g[0], (double[]){1, 2}, 0);
    assert_int_equal(stint_tensor_dtype(g[1]), STINT_F16);
    check_values("never added", stint_cast(g[1], STINT_F64), (double[]){0, 0}, 0);
    assert_int_equal(stint_accumulator_take(a, g), STINT_OK);
    check_values("nothing", g[0], (double[]){0, 0}, 0);
    stint_accumulator_free(a);
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(micro_batches_are_the_large_batch),
        FIXTURE_TEST(no_rows_and_no_gradients),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
