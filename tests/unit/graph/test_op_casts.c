/* Casts: rounding to even, saturation, NaN, against conversions of the tests' own. */
#include "unit/fixture.h"
#include "unit/graph/assert_values.h"

static void casts_convert(void **state)
{
    fixture *t = *state;
    enum { N = 16 };
    static const double x[N] = {NAN,  INFINITY, -INFINITY, 0,    -0.0, 1.5,  -1.5,  2.5,
                                0.99, -0.99,    300,       -3e9, 3e9,  1e19, -1e19, 65520};
    static const double i32[N] = {0,         INT32_MAX, INT32_MIN, 0,    0,   1,
                                  -1,        2,         0,         0,    300, INT32_MIN,
                                  INT32_MAX, INT32_MAX, INT32_MIN, 65520};
    static const double i64[N] = {0, 0x1p63, -0x1p63, 0,    0,   1,      -1,      2,
                                  0, 0,      300,     -3e9, 3e9, 0x1p63, -0x1p63, 65520};
    static const double boolean[N] = {1, 1, 1, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    double narrow[N];
    stint_scope *s = stint_scope_open(t->ctx);
    stint_tensor *from = elements_tensor(t->ctx, STINT_F64, STINT_SHAPE(N), x);
    assert_values(stint_cast(from, STINT_I32), N, i32);
    assert_values(stint_cast(from, STINT_I64), N, i64);
    assert_values(stint_cast(from, STINT_BOOL), N, boolean);
    static const stint_dtype floats[] = {STINT_F32, STINT_F16, STINT_BF16};
    for (int k = 0; k < 3; k++) {
        for (int i = 0; i < N; i++)
            narrow[i] = element_round(floats[k], x[i]);
        assert_values(stint_cast(from, floats[k]), N, narrow);
        assert_values(stint_cast(stint_cast(from, floats[k]), STINT_F64), N, narrow);
    }
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

/* Halfway cases, subnormals and the ends of the range, both ways. */
static void narrow_floats_round_to_even(void **state)
{
    fixture *t = *state;
    enum { N = 10 };
    static const double x[N] = {1 + 0x1p-11, 1 + 3 * 0x1p-11, 1 + 0x1p-8, 1 + 3 * 0x1p-8, 0x1p-24,
                                0x1p-25,     3 * 0x1p-25,     65519.99,   -0x1.ffp127,    0x1p-133};
    stint_scope *s = stint_scope_open(t->ctx);
    double want[N];
    for (stint_dtype d = STINT_F16; d <= STINT_BF16; d++)
        for (stint_dtype wide = STINT_F32; wide <= STINT_F64; wide++) {
            for (int i = 0; i < N; i++)
                want[i] = element_round(d, element_round(wide, x[i]));
            stint_tensor *from = elements_tensor(t->ctx, wide, STINT_SHAPE(N), x);
            assert_values(stint_cast(from, d), N, want);
        }
    assert_int_equal(stint_scope_close(s), STINT_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(casts_convert),
        FIXTURE_TEST(narrow_floats_round_to_even),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
