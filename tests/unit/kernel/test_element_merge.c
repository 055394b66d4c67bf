/* Merging axes keeps the order of elements for every operand. */
#include "unit/kernel/element_cases.h"

enum { OPERANDS = 3, CASES = 2000 };

/* Where element e lies. */
static int64_t place(const element_space *s, const int64_t *stride, int64_t e)
{
    int64_t at = 0;
    for (int a = s->axes - 1; a >= 0; a--) {
        at += e % s->size[a] * stride[a];
        e /= s->size[a];
    }
    return at;
}

static int64_t count_of(const element_space *s)
{
    int64_t n = 1;
    for (int a = 0; a < s->axes; a++)
        n *= s->size[a];
    return n;
}

/* Strides of a row-major array, some axes repeated, some stretched. */
static void draw_case(uint64_t number, element_space *s, int64_t stride[OPERANDS][STINT_AXES])
{
    rng r = {31, number};
    uint64_t draws = 0;
    s->axes = (int)rng_below(r, draws++, STINT_AXES + 1);
    for (int a = 0; a < s->axes; a++)
        s->size[a] = 1 + (int64_t)rng_below(r, draws++, 3);
    for (int i = 0; i < OPERANDS; i++) {
        int64_t step = 1;
        for (int a = s->axes - 1; a >= 0; a--) {
            uint64_t kind = rng_below(r, draws++, 8);
            stride[i][a] = kind == 0 ? 0 : step;
            step = kind == 0 ? step : (step + (kind == 1)) * s->size[a];
        }
    }
}

static void order_is_kept(void **state)
{
    (void)state;
    int merged = 0;
    for (int number = 0; number < CASES; number++) {
        element_space before, after;
        int64_t old[OPERANDS][STINT_AXES], new[OPERANDS][STINT_AXES];
        draw_case((uint64_t)number, &before, old);
        after = before;
        memcpy(new, old, sizeof new);
        element_merge(&after, OPERANDS, new);
        assert_true(after.axes <= before.axes);
        assert_true(count_of(&after) == count_of(&before) && count_of(&after) <= 6561);
        merged += after.axes < before.axes;
        for (int a = 0; a < after.axes; a++)
            assert_true(after.size[a] > 1);
        for (int i = 0; i < OPERANDS; i++)
            for (int64_t e = 0; e < count_of(&before); e++)
                assert_true(place(&before, old[i], e) == place(&after, new[i], e));
    }
    assert_true(merged > CASES / 2);
}

static void what_can_be_merged_is(void **state)
{
    (void)state;
    static const struct {
        element_space s;
        int64_t stride[2][STINT_AXES];
        int axes;
    } rows[] = {
        {{3, {2, 3, 4}}, {{12, 4, 1}, {12, 4, 1}}, 1}, /* both row-major */
        {{3, {2, 3, 4}}, {{12, 4, 1}, {0, 4, 1}}, 2},  /* one repeated along the first axis */
        {{3, {2, 3, 4}}, {{0, 0, 0}, {12, 4, 1}}, 1},  /* a scalar goes with all */
        {{3, {2, 1, 4}}, {{4, 77, 1}, {4, 99, 1}}, 1}, /* an axis of 1 */
        {{2, {3, 4}}, {{1, 3}, {4, 1}}, 2},            /* transposed */
        {{2, {3, 4}}, {{5, 1}, {5, 1}}, 2},            /* rows with gaps */
        {{2, {1, 1}}, {{5, 1}, {5, 1}}, 0},            /* one element */
        {{0, {0}}, {{0}, {0}}, 0},
    };
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        element_space s = rows[r].s;
        int64_t stride[2][STINT_AXES];
        memcpy(stride, rows[r].stride, sizeof stride);
        element_merge(&s, 2, stride);
        assert_int_equal(s.axes, rows[r].axes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_is_kept),
        cmocka_unit_test(what_can_be_merged_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
