/* Initialisers: bounds, moments, orthogonality, and that they are functions of the generator. */
#include "nn/orthonormal.h"
#include "stint/optim.h"

#include "unit/fixture.h"

enum { MOST_SETTINGS = 3, MOST = 64 * 64 };

typedef struct draw_case {
    const char *class;
    stint_setting setting[MOST_SETTINGS];
    int axes;
    int64_t shape[4];
    double deviation, mean;
    bool bounded; /* uniform: within ±√3 deviation of the mean */
} draw_case;

static const draw_case draws[] = {
    {"zeros", {{0}}, 2, {40, 60}, 0, 0, true},
    {"ones", {{0}}, 1, {60}, 0, 1, true},
    {"constant", {{"value", "-2.5"}}, 3, {4, 5, 6}, 0, -2.5, true},
    {"uniform", {{0}}, 2, {40, 60}, 0.288675, 0.5, true},
    {"uniform", {{"low", "-3"}, {"high", "1"}}, 1, {2400}, 1.154701, -1, true},
    {"normal", {{"mean", "2"}, {"deviation", "0.3"}}, 2, {40, 60}, 0.3, 2, false},
    {"xavier_uniform", {{0}}, 2, {40, 60}, 0.141421, 0, true},
    {"xavier_normal", {{"nonlinearity", "tanh"}}, 2, {40, 60}, 0.235702, 0, false},
    {"xavier_normal", {{"gain", "3"}}, 4, {10, 20, 3, 4}, 0.223607, 0, false},
    {"kaiming_uniform", {{0}}, 2, {40, 60}, 0.223607, 0, true},
    {"kaiming_normal",
     {{"fan_mode", "fan_out"}, {"nonlinearity", "relu"}},
     2,
     {40, 60},
     0.182574,
     0,
     false},
    {"kaiming_normal", {{"negative_slope", "2"}}, 4, {10, 20, 3, 4}, 0.040825, 0, false},
    {"kaiming_normal", {{"nonlinearity", "selu"}}, 3, {30, 20, 4}, 0.083853, 0, false},
    {"lecun_normal", {{0}}, 2, {40, 60}, 0.158114, 0, false},
};

static int setting_count(const draw_case *d)
{
    int n = 0;
    while (n < MOST_SETTINGS && d->setting[n].key)
        n++;
    return n;
}

static int64_t drawn(ctx *c, stint_tensor *generator, const draw_case *d, float out[MOST])
{
    stint_tensor *w = stint_initialise(generator, d->class, setting_count(d), d->setting, STINT_F32,
                                       d->axes, d->shape);
    assert_string_equal(stint_message(c), "");
    int64_t n = stint_tensor_count(w);
    assert_int_equal(stint_tensor_axes(w), d->axes);
    assert_int_equal(stint_read(w, out, (size_t)n * sizeof *out), STINT_OK);
    return n;
}

/* Means within 5 standard errors; the deviation's is about deviation / √(2n). */
static void moments_are_as_named(void **state)
{
    fixture *t = *state;
    static float x[MOST];
    stint_scope *s = stint_scope_open(t->ctx);
    stint_tensor *generator = stint_generator(t->ctx, 5);
    for (size_t i = 0; i < sizeof draws / sizeof draws[0]; i++) {
        const draw_case *d = &draws[i];
        int64_t n = drawn(t->ctx, generator, d, x);
        double mean = 0, squares = 0, most = 0;
        for (int64_t k = 0; k < n; k++)
            mean += x[k] / (double)n;
        for (int64_t k = 0; k < n; k++) {
            squares += (x[k] - mean) * (x[k] - mean) / (double)n;
            most = fmax(most, fabs(x[k] - d->mean));
        }
        double error = d->deviation / sqrt((double)n) + 1e-9;
        bool within = most <= sqrt(3) * d->deviation * (1 + 1e-6);
        if (fabs(mean - d->mean) > 5 * error || fabs(sqrt(squares) - d->deviation) > 5 * error ||
            within != d->bounded)
            fail_msg("%d, %s: mean %g, deviation %g, at most %g", (int)i, d->class, mean,
                     sqrt(squares), most);
    }
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

static void the_generator_decides(void **state)
{
    fixture *t = *state;
    static float a[MOST], b[MOST];
    for (size_t i = 0; i < sizeof draws / sizeof draws[0]; i++) {
        stint_scope *s = stint_scope_open(t->ctx);
        stint_tensor *one = stint_generator(t->ctx, 7), *two = stint_generator(t->ctx, 7);
        int64_t n = drawn(t->ctx, one, &draws[i], a);
        drawn(t->ctx, two, &draws[i], b);
        assert_memory_equal(a, b, (size_t)n * sizeof *a);
        drawn(t->ctx, one, &draws[i], b);
        bool same = memcmp(a, b, (size_t)n * sizeof *a) == 0;
        assert_int_equal(same, draws[i].deviation == 0);
        assert_int_equal(stint_scope_close(s), STINT_OK);
    }
}

typedef struct matrix_case {
    int axes;
    int64_t shape[3], rows, columns;
    const char *gain;
} matrix_case;

static void orthogonal_ones_are(void **state)
{
    fixture *t = *state;
    static const matrix_case cases[] = {
        {2, {20, 20}, 20, 20, "1"}, {2, {12, 40}, 12, 40, "1"},     {2, {40, 12}, 40, 12, "2"},
        {2, {1, 9}, 1, 9, "1"},     {3, {16, 3, 5}, 16, 15, "0.5"}, {3, {6, 3, 5}, 6, 15, "1"},
    };
    static double q[MOST];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const matrix_case *m = &cases[i];
        stint_scope *s = stint_scope_open(t->ctx);
        stint_tensor *w =
            stint_initialise(stint_generator(t->ctx, 3), "orthogonal", 1,
                             &(stint_setting){"gain", m->gain}, STINT_F64, m->axes, m->shape);
        assert_int_equal(stint_read(w, q, (size_t)(m->rows * m->columns) * sizeof *q), STINT_OK);
        bool wide = m->rows <= m->columns;
        int64_t count = wide ? m->rows : m->columns, n = wide ? m->columns : m->rows;
        int64_t vector = wide ? m->columns : 1, along = wide ? 1 : m->columns;
        double length = strtod(m->gain, NULL);
        for (int64_t a = 0; a < count; a++)
            for (int64_t b = 0; b <= a; b++) {
                double dot = 0, want = a == b ? length * length : 0;
                for (int64_t k = 0; k < n; k++)
                    dot += q[a * vector + k * along] * q[b * vector + k * along];
                if (!(fabs(dot - want) < 1e-12))
                    fail_msg("%d: vectors %d, %d: %g", (int)i, (int)a, (int)b, dot);
            }
        assert_int_equal(stint_scope_close(s), STINT_OK);
    }
}

/* Nearly dependent vectors, of which one pass would leave 1e-8 of each other. */
static void orthonormal_to_rounding(void **state)
{
    (void)state;
    double v[3][3] = {{1, 1e-8, 0}, {1, 0, 1e-8}, {1, 0, 0}};
    orthonormal(3, 3, &v[0][0]);
    for (int a = 0; a < 3; a++)
        for (int b = 0; b < 3; b++) {
            double dot = v[a][0] * v[b][0] + v[a][1] * v[b][1] + v[a][2] * v[b][2];
            assert_true(fabs(dot - (a == b)) < 1e-14);
        }
}

typedef struct refusal {
    const char *class;
    stint_setting setting;
    stint_dtype dtype;
    int axes;
    const char *message;
} refusal;

static void bad_ones_are_refused(void **state)
{
    fixture *t = *state;
    static const refusal cases[] = {
        {"xavier", {"gain", "1"}, STINT_F32, 2, "there is no initialiser \"xavier\""},
        {"kaiming_normals", {"gain", "1"}, STINT_F32, 2, "did you mean \"kaiming_normal\""},
        {"kaiming_normal", {"gain", "1"}, STINT_F32, 1, "at least 2 axes"},
        {"normal", {"mean", "1"}, STINT_I32, 1, "this is i32"},
        {"uniform", {"low", "2"}, STINT_F32, 1, "uniform: from 2 to 1"},
        {"lecun_normal", {"fan_mode", "fan_up"}, STINT_F32, 2, "fan_mode is \"fan_up\""},
        {"orthogonal", {"blocks", "3"}, STINT_F32, 2, "3 blocks do not divide"},
        {"forget_bias", {"value", "1"}, STINT_F32, 1, "four gates side by side"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_null(stint_initialise(stint_generator(t->ctx, 1), cases[i].class, 1,
                                     &cases[i].setting, cases[i].dtype, cases[i].axes,
                                     (int64_t[]){3, 4}));
        assert_message(t, cases[i].message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(moments_are_as_named), FIXTURE_TEST(the_generator_decides),
        FIXTURE_TEST(orthogonal_ones_are),  FIXTURE_TEST(orthonormal_to_rounding),
        FIXTURE_TEST(bad_ones_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
