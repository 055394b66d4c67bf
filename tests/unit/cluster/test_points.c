/* Rows read alike wherever they lie; the first that is not finite is named. */
#include "cluster/points.h"

#include "unit/fixture.h"

enum { N = 5000, D = 7, STRIDE = 9 };

typedef struct places {
    double *dense, *apart;
    float *narrow;
} places;

static double value(int64_t i, int64_t j)
{
    return (double)(i * 31 % 997) / 8 - (double)j;
}

static places make(void)
{
    places p = {calloc((size_t)N * D, sizeof(double)), calloc((size_t)N * STRIDE, sizeof(double)),
                calloc((size_t)N * STRIDE, sizeof(float))};
    for (int64_t i = 0; i < N; i++)
        for (int64_t j = 0; j < D; j++) {
            p.dense[i * D + j] = p.apart[i * STRIDE + j] = value(i, j);
            p.narrow[i * STRIDE + j] = (float)value(i, j);
        }
    return p;
}

static void drop(places *p)
{
    free(p->dense);
    free(p->apart);
    free(p->narrow);
}

static stint_status rows_of(void *self, int64_t from, int64_t count, double *out)
{
    const places *p = self;
    memcpy(out, p->dense + from * D, (size_t)(count * D) * sizeof *out);
    return STINT_OK;
}

static stint_status gather_of(void *self, const int64_t *which, int64_t count, double *out)
{
    for (int64_t i = 0; i < count; i++)
        rows_of(self, which[i], 1, out + i * D);
    return STINT_OK;
}

enum { KINDS = 5 };

static points kind(places *p, int i)
{
    const points all[KINDS] = {
        {.n = N, .d = D, .f64 = p->dense, .stride = D},
        {.n = N, .d = D, .f64 = p->apart, .stride = STRIDE},
        {.n = N, .d = D, .f32 = p->narrow, .stride = STRIDE},
        {.n = N, .d = D, .rows = rows_of, .self = p},
        {.n = N, .d = D, .rows = rows_of, .gather = gather_of, .self = p},
    };
    return all[i];
}

static void reads_alike(void **state)
{
    fixture *t = *state;
    places p = make();
    double out[40 * D];
    const int64_t which[] = {4999, 0, 17, 17, 3};
    for (int i = 0; i < KINDS; i++) {
        points q = kind(&p, i);
        const double *x;
        double *made;
        int64_t before = budget_live(ctx_budget(t->ctx));
        assert_int_equal(points_read(&q, 1234, 40, out), STINT_OK);
        assert_memory_equal(out, p.dense + 1234 * D, sizeof out);
        assert_int_equal(points_pick(&q, which, 5, out), STINT_OK);
        for (int k = 0; k < 5; k++)
            assert_memory_equal(out + k * D, p.dense + which[k] * D, D * sizeof *out);
        assert_int_equal(points_load(t->ctx, &q, &x, &made), STINT_OK);
        assert_memory_equal(x, p.dense, (size_t)N * D * sizeof *x);
        assert_int_equal(budget_live(ctx_budget(t->ctx)) - before, points_bytes(&q));
        assert_true((made == NULL) == (i == 0));
        mem_free(made);
        assert_int_equal(points_check(t->ctx, &q, NULL), STINT_OK);
    }
    drop(&p);
}

static void names_row(void *self, int64_t row, char *out, size_t size)
{
    (void)self;
    snprintf(out, size, "data.csv:%d", (int)row + 2);
}

static void names_what_is_not_finite(void **state)
{
    fixture *t = *state;
    places p = make();
    pool *three = pool_new(t->ctx, 3);
    static const struct {
        int64_t row, column;
        double value;
        const char *message;
    } rows[] = {{4999, 6, NAN, "row 4999: column 6 is not a number"},
                {17, 0, INFINITY, "row 17: column 0 is infinite"},
                {17, 3, -INFINITY, "row 17: column 0 is infinite"}, /* the first is still there */
                {0, 2, NAN, "row 0: column 2 is not a number"}};
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        p.dense[rows[r].row * D + rows[r].column] = rows[r].value;
        p.apart[rows[r].row * STRIDE + rows[r].column] = rows[r].value;
        p.narrow[rows[r].row * STRIDE + rows[r].column] = (float)rows[r].value;
        for (int i = 0; i < KINDS; i++)
            for (int threads = 0; threads < 2; threads++) {
                points q = kind(&p, i);
                assert_int_equal(points_check(t->ctx, &q, threads ? three : NULL), STINT_EDATA);
                assert_message(t, rows[r].message);
            }
    }
    static const char *const names[D] = {"a", "b", "age", "d", "e", "f", "g"};
    points named = kind(&p, 0);
    named.names = names;
    named.name_row = names_row;
    assert_int_equal(points_check(t->ctx, &named, NULL), STINT_EDATA);
    assert_message(t, "data.csv:2: \"age\" is not a number");
    pool_free(three);
    drop(&p);
}

static void directions_have_length_one(void **state)
{
    (void)state;
    double x[] = {3, 4, 0, 0, 1e-200, 0, 1e300, 1e300, -3, 4}, out[10], picked[4];
    points_directions d;
    points p = {.n = 5, .d = 2, .f64 = x, .stride = 2};
    const points *q = points_directed(&d, &p);
    assert_int_equal(points_read(q, 0, 5, out), STINT_OK);
    const double want[] = {0.6, 0.8, 0, 0, 1, 0, sqrt(0.5), sqrt(0.5), -0.6, 0.8};
    for (int i = 0; i < 10; i++)
        assert_near(out[i], want[i], 1e-15);
    const int64_t which[] = {4, 3};
    assert_int_equal(points_pick(q, which, 2, picked), STINT_OK);
    assert_memory_equal(picked, out + 8, 2 * sizeof *out);
    assert_memory_equal(picked + 2, out + 6, 2 * sizeof *out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(reads_alike),
        FIXTURE_TEST(names_what_is_not_finite),
        cmocka_unit_test(directions_have_length_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
