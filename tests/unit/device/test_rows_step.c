/* Row steps against the row kernels, row by row: layouts, long rows, what comes after. */
#include "unit/device/steps_fixture.h"

#include "base/rng.h"
#include "kernel/row_parts.h"

enum { X, LABEL, OUT, BIAS, BUFFERS };
enum { MOST = 400000 };
#include "unit/device/memory_fixture.h"

typedef struct layout {
    int axes;
    int64_t size[3]; /* the last is the row */
    bool swapped;    /* the row axes lie the other way round in x */
} layout;

static const layout layouts[] = {
    {1, {1}},
    {1, {10}},
    {1, {8193}},
    {1, {40000}},
    {2, {1, 1}},
    {2, {3, 10}},
    {2, {1000, 10}},
    {2, {37, 257}},
    {2, {2, 20000}},
    {2, {3, 8192}},
    {2, {0, 5}},
    {2, {5000, 1}},
    {3, {4, 5, 6}, true},
    {3, {3, 7, 1000}},
    {3, {3, 7, 1000}, true},
    {3, {1, 9, 9}, true},
};

static uint8_t value_dtype(row_op op, element_domain d)
{
    return op == ROW_ARGMAX || op == ROW_ARGMIN ? STINT_I64
           : d == ELEMENT_F32                   ? STINT_F32
                                                : STINT_F64;
}

/* out = result + bias, written as out_dtype; the bias varies along the last axis */
static void run(const layout *l, row_op op, element_domain d, uint8_t label, uint8_t out_dtype,
                int order)
{
    static const element_code add = {ELEMENT_ADD, 2, 0, 1, 0};
    static const uint8_t third = 2;
    uint8_t value = value_dtype(op, d), same[] = {value, value};
    element_program after = {.domain = value == STINT_I64 ? ELEMENT_I64 : d,
                             .inputs = 2,
                             .registers = 3,
                             .codes = 1,
                             .outputs = 1,
                             .in_dtype = same,
                             .code = &add,
                             .out_register = &third,
                             .out_dtype = &out_dtype};
    rows_args a = {.op = op, .domain = d, .space.axes = l->axes, .eps = 1e-5};
    memcpy(a.space.size, l->size, sizeof l->size);
    element_space rows = a.space, results = a.space;
    rows.axes--;
    results.axes -= row_is_single(op);
    a.x = view_contiguous(X, d == ELEMENT_F32 ? STINT_F32 : STINT_F64, &a.space);
    if (l->swapped) {
        a.x.stride[0] = l->size[2];
        a.x.stride[1] = l->size[2] * l->size[0];
    }
    a.label = view_contiguous(op == ROW_CROSS_ENTROPY ? LABEL : -1, label, &rows);
    step_view out = view_contiguous(OUT, out_dtype, &results), in[2] = {{.buffer = -1}};
    in[1] = (step_view){.buffer = BIAS, .dtype = value};
    if (results.axes > 0)
        in[1].stride[results.axes - 1] = 1;
    a.after = (step_program){&after, in, &out};
    step_run(&step_rows, &a, memory, order);
    if (order > 0)
        return;
    static char want[MOST * 8];
    int64_t n = l->size[l->axes - 1], each = row_is_single(op) ? 1 : n, width = 1;
    if (results.axes > 0)
        width = results.size[results.axes - 1];
    int64_t bytes = d == ELEMENT_F32 ? 4 : 8;
    for (int64_t r = 0; r < points(&rows); r++) {
        element_space one = rows;
        int64_t k =
            label == STINT_I32 ? ((int32_t *)memory[LABEL])[r] : ((int64_t *)memory[LABEL])[r];
        row_run(op, d, n, memory[X] + place(&one, &a.x, r) * bytes, k, 1e-5, want);
        for (int64_t i = 0; i < each; i++) {
            int64_t at = r * each + i;
            double w = number_at(value, want, i) + number_at(value, memory[BIAS], at % width);
            double got = number_at(out_dtype, memory[OUT], at);
            if (value == STINT_F32 || out_dtype == STINT_F32)
                w = (double)(float)w;
            if (!(got == w || (got != got && w != w)))
                fail_msg("%s, [..,%d], domain %d: row %d [%d] %.9g is not %.9g", row_op_text[op],
                         (int)n, (int)d, (int)r, (int)i, got, w);
        }
    }
}

static void every_operation_on_every_layout(void **state)
{
    (void)state;
    for (int d = 0; d < 2; d++)
        for (int op = 0; op < ROW_OPS; op++)
            for (size_t l = 0; l < sizeof layouts / sizeof *layouts; l++) {
                static char first[MOST * 8];
                const layout *at = &layouts[l];
                int64_t n = at->size[at->axes - 1];
                uint8_t value = value_dtype((row_op)op, (element_domain)d);
                uint8_t label = l % 2 ? STINT_I32 : STINT_I64;
                uint8_t out = d == 1 && l % 3 == 0 && value != STINT_I64 ? STINT_F32 : value;
                for (int64_t i = 0; i < 100000; i++) {
                    double z = rng_normal((rng){8, 60}, (uint64_t)i) * 3;
                    number_put(d == 0 ? STINT_F32 : STINT_F64, memory[X], i, z);
                    number_put(value, memory[BIAS], i, (double)(i % 7));
                    if (label == STINT_I32)
                        ((int32_t *)memory[LABEL])[i] = (int32_t)(i % (n + 1)) - (i % 11 == 0);
                    else
                        ((int64_t *)memory[LABEL])[i] = i % (n + 1) - (i % 11 == 0);
                }
                for (int order = 0; order < ORDERS; order++) {
                    memset(memory[OUT], 0x55, 100000 * 8);
                    run(at, (row_op)op, (element_domain)d, label, out, order);
                    if (order == 0)
                        memcpy(first, memory[OUT], 100000 * 8);
                    assert_memory_equal(memory[OUT], first, 100000 * 8);
                }
            }
}

/* The result may lie over x. */
static void in_place(void **state)
{
    (void)state;
    static const uint8_t f32 = STINT_F32, first = 0;
    element_program same = {.domain = ELEMENT_F32,
                            .inputs = 1,
                            .registers = 1,
                            .outputs = 1,
                            .in_dtype = &f32,
                            .out_register = &first,
                            .out_dtype = &f32};
    for (int64_t n = 1; n < 50000; n = n * 7 + 3) {
        rows_args a = {.op = ROW_SOFTMAX, .space = {2, {3, n}}};
        step_view in = {.buffer = -1}, out = view_contiguous(OUT, STINT_F32, &a.space);
        a.x = view_contiguous(X, STINT_F32, &a.space);
        a.label.buffer = -1;
        a.after = (step_program){&same, &in, &out};
        for (int64_t i = 0; i < 3 * n; i++)
            ((float *)memory[X])[i] = (float)(i % 19);
        step_run(&step_rows, &a, memory, 0);
        out.buffer = X;
        step_run(&step_rows, &a, memory, 0);
        assert_memory_equal(memory[X], memory[OUT], (size_t)(3 * n) * 4);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_operation_on_every_layout),
        cmocka_unit_test(in_place),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
