/* The product step: batches, operands repeated over them, any layout, and what comes after.
 * Operands are small integers, so that products are exact and compared by their bits. */
#include "unit/device/steps_fixture.h"

enum { A, B, BIAS, SIDE, OUT, SECOND, BUFFERS };
enum { MOST = 300000 };
#include "unit/device/memory_fixture.h"

/* Sides turned: its last two axes lie the other way round; repeated: a bit for each batch axis
 * along which it is the same. */
typedef struct layout {
    int axes;
    int64_t size[4], k; /* [batch axes.., m, n] */
    bool a_turned, b_turned, out_turned;
    unsigned a_repeated, b_repeated;
} layout;

static const layout layouts[] = {
    {2, {3, 5}, 7},
    {2, {1, 1}, 1},
    {2, {33, 65}, 0},
    {2, {0, 5}, 3},
    {2, {300, 1}, 40},
    {2, {2, 600}, 9},
    {2, {130, 270}, 300},
    {2, {70, 40}, 33, true, false, false},
    {2, {70, 40}, 33, false, true, true},
    {3, {5, 3, 4}, 6},
    {3, {50, 2, 3}, 4},
    {3, {4, 30, 20}, 10, false, false, false, 0, 1}, /* rows of one product */
    {3, {4, 30, 20}, 10, false, true, true, 0, 1},   /* those, the output turned */
    {3, {4, 30, 20}, 10, true, false, false, 0, 1},  /* rows that do not go on */
    {3, {4, 30, 20}, 10, false, false, false, 1, 0},
    {4, {3, 4, 20, 8}, 10, false, false, false, 0, 2}, /* the inner batch axis alone */
    {4, {3, 4, 20, 8}, 10, false, false, false, 0, 3},
    {4, {3, 4, 20, 8}, 10, false, false, false, 2, 1},
    {4, {3, 1, 20, 8}, 10, false, false, false, 0, 1},
    {4, {3, 1, 20, 8}, 10, true, false, true, 0, 1}, /* rows that do not go on over an axis of 1 */
    {3, {2, 400, 300}, 50, false, false, false, 0, 0},
    {2, {400, 100}, 70}, /* several rows at a time, and some over */
    {2, {40, 48}, 10},
};
enum { LAYOUTS = sizeof layouts / sizeof *layouts };

/* A view over [batch axes.., rows, cols], of what is not repeated. */
static step_view operand(const layout *l, int32_t buffer, uint8_t dtype, int64_t rows, int64_t cols,
                         bool turned, unsigned repeated)
{
    step_view v = {.buffer = buffer, .dtype = dtype, .offset = 3};
    int last = l->axes - 1;
    v.stride[last] = turned ? rows : 1;
    v.stride[last - 1] = turned ? 1 : cols;
    int64_t n = rows * cols;
    for (int i = last - 2; i >= 0; i--)
        if (!(repeated >> i & 1)) {
            v.stride[i] = n;
            n *= l->size[i];
        }
    return v;
}

static double exact(const matmul_args *a, int64_t point, uint8_t dtype)
{
    int axes = a->space.axes;
    int64_t row = a->a.offset, col = a->b.offset, i = point;
    for (int x = axes - 1; x >= 0; i /= a->space.size[x], x--) {
        int64_t at = i % a->space.size[x];
        row += x == axes - 1 ? 0 : at * a->a.stride[x];
        col += x == axes - 2 ? 0 : at * a->b.stride[x];
    }
    double sum = 0;
    for (int64_t k = 0; k < a->k; k++)
        sum += number_at(dtype, memory[A], row + k * a->a.stride[axes - 1]) *
               number_at(dtype, memory[B], col + k * a->b.stride[axes - 2]);
    return sum;
}

static matmul_args args_of(const layout *l, uint8_t dtype)
{
    matmul_args a = {.space = {.axes = l->axes}, .k = l->k, .shared = -1};
    int64_t m = l->size[l->axes - 2], n = l->size[l->axes - 1];
    memcpy(a.space.size, l->size, sizeof l->size);
    a.a = operand(l, A, dtype, m, l->k, l->a_turned, l->a_repeated);
    a.b = operand(l, B, dtype, l->k, n, l->b_turned, l->b_repeated);
    for (int64_t i = 0; i < MOST; i++) {
        number_put(dtype, memory[A], i, (double)(i * 7 % 11 - 5));
        number_put(dtype, memory[B], i, (double)(i * 5 % 13 - 6));
        number_put(STINT_F32, memory[BIAS], i, (double)(i % 17));
        number_put(STINT_F32, memory[SIDE], i, (double)(i % 31));
        number_put(STINT_F64, memory[OUT], i, NAN);
        number_put(STINT_F64, memory[SECOND], i, NAN);
    }
    return a;
}

static void run(const layout *l, uint8_t dtype, int order, bool with_program, bool by_copy)
{
    static const element_code code[] = {
        {ELEMENT_ADD, 3, 0, 1, 0}, {ELEMENT_RELU, 3, 3, 0, 0}, {ELEMENT_ADD, 3, 3, 2, 0}};
    static const element_code copy[] = {{ELEMENT_COPY, 1, 0, 0, 0}};
    const uint8_t in_dtype[] = {dtype, STINT_F32, STINT_F32}, first[] = {by_copy};
    const uint8_t out_register[] = {3, 0};
    const uint8_t out_dtype[] = {dtype, STINT_F64};
    element_domain d = dtype == STINT_F64 ? ELEMENT_F64 : ELEMENT_F32;
    element_program bias = {d, 3, 0, 4, 3, 2, in_dtype, NULL, code, out_register, out_dtype};
    element_program store = {d, 1, 0, 2, by_copy, 1, in_dtype, NULL, copy, first, out_dtype};
    matmul_args a = args_of(l, dtype);
    int64_t m = l->size[l->axes - 2], n = l->size[l->axes - 1];
    step_view in[3] = {{.buffer = -1}, {.buffer = BIAS, .dtype = STINT_F32, .offset = 1}};
    in[1].stride[l->axes - 1] = 1; /* one for each column */
    in[2] = operand(l, SIDE, STINT_F32, m, n, false, 0);
    if (order & 1) /* one for all */
        memset(in[2].stride, 0, sizeof in[2].stride);
    bool turned = order == 0 ? !l->out_turned : l->out_turned; /* the second */
    step_view out[2] = {operand(l, OUT, dtype, m, n, l->out_turned, 0),
                        operand(l, SECOND, STINT_F64, m, n, turned, 0)};
    a.after = (step_program){with_program ? &bias : &store, in, out};
    matmul_cut(&a);
    step_run(&step_matmul, &a, memory, order);
    int64_t count = points(&a.space);
    for (int64_t i = 0; i < count; i++) {
        double want = exact(&a, i, dtype), sum = want + (double)((i % n + 1) % 17);
        double got = number_at(dtype, memory[OUT], place(&a.space, &out[0], i));
        double side = number_at(STINT_F32, memory[SIDE], place(&a.space, &in[2], i));
        assert_true(got == (!with_program ? want : (sum > 0 ? sum : 0) + side));
        if (with_program)
            assert_true(number_at(STINT_F64, memory[SECOND], place(&a.space, &out[1], i)) == want);
    }
    assert_true(isnan(number_at(STINT_F64, memory[OUT], 0))); /* nothing before it, */
    if (count > 0 && dtype == STINT_F64)                      /* nothing behind */
        assert_true(isnan(number_at(dtype, memory[OUT], 3 + count)));
}

static void products_are_stored(void **state)
{
    (void)state;
    for (int l = 0; l < LAYOUTS; l++)
        for (int order = 0; order < ORDERS; order++) {
            run(&layouts[l], STINT_F32, order, false, order & 1);
            run(&layouts[l], STINT_F64, order, false, order & 1);
        }
}

static void programs_run_on_products(void **state)
{
    (void)state;
    for (int l = 0; l < LAYOUTS; l++)
        for (int order = 0; order < ORDERS; order++) {
            run(&layouts[l], STINT_F32, order, true, false);
            run(&layouts[l], STINT_F64, order, true, false);
        }
}

static void repeated_operands_make_one_product(void **state)
{
    (void)state;
    for (int l = 0; l < LAYOUTS; l++) {
        matmul_args a = args_of(&layouts[l], STINT_F32);
        element_program p = {.codes = 0};
        a.after.program = &p;
        matmul_cut(&a);
        if (layouts[l].axes == 3 && layouts[l].b_repeated == 1 && !layouts[l].a_turned)
            assert_true(a.gemm.batches == 1 && a.gemm.m == 120);
        if (layouts[l].a_turned && layouts[l].axes == 3)
            assert_true(a.gemm.batches == 4 && a.gemm.m == 30);
    }
}

static void a_step_says_what_it_does(void **state)
{
    fixture *t = *state;
    matmul_args a = args_of(&layouts[9], STINT_F32);
    element_program p = {.codes = 3};
    str text;
    a.after.program = &p;
    matmul_cut(&a);
    str_init(&text, t->ctx, TAG_BASE);
    step_matmul.describe(&a, &text);
    assert_string_equal(text.at, "5 of [3,4] = [3,6] x [6,4], 3 operations");
    str_deinit(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_are_stored),
        cmocka_unit_test(programs_run_on_products),
        cmocka_unit_test(repeated_operands_make_one_product),
        FIXTURE_TEST(a_step_says_what_it_does),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
