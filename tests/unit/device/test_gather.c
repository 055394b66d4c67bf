/* Gather and scatter-add against loops over every point, in every dtype. */
#include "unit/device/steps_fixture.h"

#include "kernel/half.h"

enum { X, INDEX, OUT, BUFFERS, MOST = 1 << 20 };
#include "unit/device/memory_fixture.h"

static size_t bytes_of(int dtype)
{
    static const size_t bytes[] = {
#define X(name, type, b, text) b,
        STINT_DTYPE_LIST(X)
#undef X
    };
    return bytes[dtype];
}

static double get(int dtype, const void *x, int64_t i)
{
    switch (dtype) {
    case STINT_F16: return (double)f32_from_f16(((const uint16_t *)x)[i]);
    case STINT_BF16: return (double)f32_from_bf16(((const uint16_t *)x)[i]);
    case STINT_I32: return ((const int32_t *)x)[i];
    case STINT_U8:
    case STINT_BOOL: return ((const uint8_t *)x)[i];
    default: return number_at((uint8_t)dtype, x, i);
    }
}

static void put(int dtype, void *x, int64_t i, double v)
{
    switch (dtype) {
    case STINT_F16: ((uint16_t *)x)[i] = f16_from_f32((float)v); return;
    case STINT_BF16: ((uint16_t *)x)[i] = bf16_from_f32((float)v); return;
    case STINT_I32: ((int32_t *)x)[i] = (int32_t)v; return;
    case STINT_U8:
    case STINT_BOOL: ((uint8_t *)x)[i] = (uint8_t)v; return;
    default: number_put((uint8_t)dtype, x, i, v);
    }
}

/* [o, i, i2, r] of the space, and how long the axis is that the index counts */
typedef struct sizes {
    int64_t o, i, i2, r, axis;
} sizes;

static const sizes cases[] = {
    {1, 1, 1, 1, 1},     {2, 3, 1, 4, 5},    {1, 7, 3, 1, 9},    {5, 4, 1, 1, 3},
    {3, 2, 2, 17, 6},    {1, 40, 1, 64, 7},  {1, 300, 2, 70, 4}, {64, 33, 1, 11, 40},
    {0, 2, 1, 3, 4},     {2, 0, 1, 3, 4},    {2, 3, 1, 4, 0},    {1, 50000, 1, 1, 9},
    {40, 1, 1, 1000, 2}, {1, 9, 1, 9000, 3},
};

/* The space [o, i, i2, r]; `far` is over [o, axis, r], `near` over the space, index over [i, i2]. */
typedef struct views {
    element_space space;
    step_view far, near, index;
    int64_t axis_stride, far_count;
} views;

static views views_of(const sizes *s, int dtype, int index, bool swapped, int far, int near)
{
    views v = {.space = {4, {s->o, s->i, s->i2, s->r}}};
    v.near = view_contiguous(near, (uint8_t)dtype, &v.space);
    v.far =
        (step_view){.buffer = far, .dtype = (uint8_t)dtype, .stride = {s->axis * s->r, 0, 0, 1}};
    v.axis_stride = s->r;
    if (swapped) { /* [r, axis, o] */
        v.far.stride[0] = 1, v.far.stride[3] = s->axis * s->o;
        v.axis_stride = s->o;
    }
    v.far_count = s->o * s->axis * s->r;
    v.index = (step_view){.buffer = INDEX, .dtype = (uint8_t)index, .stride = {0, s->i2, 1, 0}};
    return v;
}

static int64_t index_put(const sizes *s, int dtype, int64_t k)
{
    int64_t v = (k * 7919 + k / 3) % (s->axis + 2) - 1; /* one before and one behind, too */
    if (dtype == STINT_I32)
        ((int32_t *)memory[INDEX])[k] = (int32_t)v;
    else
        ((int64_t *)memory[INDEX])[k] = v;
    return v;
}

static int64_t index_get(const views *v, int64_t i)
{
    int64_t at = place(&v->space, &v->index, i);
    return v->index.dtype == STINT_I32 ? ((int32_t *)memory[INDEX])[at]
                                       : ((int64_t *)memory[INDEX])[at];
}

static void gathers(void **state)
{
    (void)state;
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++)
        for (int dtype = 0; dtype <= STINT_BOOL; dtype++)
            for (int k = 0; k < 4; k++)
                for (int order = 0; order < ORDERS; order++) {
                    const sizes *s = &cases[c];
                    views v = views_of(s, dtype, k & 1 ? STINT_I32 : STINT_I64, k & 2, X, OUT);
                    for (int64_t i = 0; i < s->i * s->i2; i++)
                        index_put(s, v.index.dtype, i);
                    for (int64_t i = 0; i < v.far_count; i++)
                        put(dtype, memory[X], i, dtype == STINT_BOOL ? i % 3 == 0 : i % 100);
                    memset(memory[OUT], 0x55, (size_t)(points(&v.space) + 1) * 8);
                    gather_args a = {v.space, v.near, v.far, v.index, s->axis, v.axis_stride};
                    step_run(&step_gather, &a, memory, order);
                    for (int64_t i = 0; i < points(&v.space); i++) {
                        int64_t j = index_get(&v, i);
                        bool in = j >= 0 && j < s->axis, real = dtype <= STINT_BF16;
                        double got = get(dtype, memory[OUT], i);
                        double want = !in ? real ? NAN : 0
                                          : get(dtype, memory[X],
                                                place(&v.space, &v.far, i) + j * v.axis_stride);
                        if (!(got == want || (got != got && want != want)))
                            fail_msg("case %d, dtype %d: [%d] %g is not %g", (int)c, dtype, (int)i,
                                     got, want);
                    }
                    size_t end = (size_t)points(&v.space) * bytes_of(dtype);
                    assert_int_equal(memory[OUT][end], 0x55);
                }
}

static void scatters(void **state)
{
    (void)state;
    static double want[1 << 18];
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++)
        for (int dtype = 0; dtype <= STINT_BOOL; dtype++)
            for (int k = 0; k < 4; k++)
                for (int order = 0; order < ORDERS; order++) {
                    const sizes *s = &cases[c];
                    views v = views_of(s, dtype, k & 1 ? STINT_I32 : STINT_I64, k & 2, OUT, X);
                    static float sums[1 << 18]; /* f32 and f16 as they round on the way */
                    for (int64_t i = 0; i < s->i * s->i2; i++)
                        index_put(s, v.index.dtype, i);
                    for (int64_t i = 0; i < points(&v.space); i++)
                        put(dtype, memory[X], i,
                            dtype == STINT_BOOL ? i % 5 == 0 : (i % 7) * (dtype < 2 ? 0.1 : 1));
                    memset(want, 0, (size_t)v.far_count * sizeof *want);
                    memset(sums, 0, (size_t)v.far_count * sizeof *sums);
                    memset(memory[OUT], 0x55, (size_t)(v.far_count + 1) * 8);
                    scatter_args a = {v.space, v.near,        v.index,    v.far,
                                      s->axis, v.axis_stride, v.far_count};
                    step_run(&step_scatter_add, &a, memory, order);
                    for (int64_t i = 0; i < points(&v.space); i++) {
                        int64_t j = index_get(&v, i);
                        int64_t at = place(&v.space, &v.far, i) + j * v.axis_stride;
                        double x = get(dtype, memory[X], i);
                        if (j < 0 || j >= s->axis)
                            continue;
                        want[at] += x;
                        sums[at] += (float)x;
                        if (dtype == STINT_F16)
                            sums[at] = f32_from_f16(f16_from_f32(sums[at]));
                        if (dtype == STINT_BF16)
                            sums[at] = f32_from_bf16(bf16_from_f32(sums[at]));
                    }
                    for (int64_t i = 0; i < v.far_count; i++) {
                        double got = get(dtype, memory[OUT], i), w = want[i];
                        if (dtype == STINT_F32 || dtype == STINT_F16 || dtype == STINT_BF16)
                            w = (double)sums[i];
                        if (dtype == STINT_U8)
                            w = (double)((int64_t)w & 255);
                        if (dtype == STINT_BOOL)
                            w = w != 0;
                        if (got != w)
                            fail_msg("case %d, dtype %d: [%d] %.9g is not %.9g", (int)c, dtype,
                                     (int)i, got, w);
                    }
                    size_t end = (size_t)v.far_count * bytes_of(dtype);
                    assert_int_equal(memory[OUT][end], 0x55);
                }
}

/* An axis that the index does not count is cut, so that a large one is shared out. */
static void a_large_one_has_items(void **state)
{
    (void)state;
    static const sizes wide = {1, 1000, 1, 512, 30}, column = {1, 50000, 1, 1, 30};
    views v = views_of(&wide, STINT_F32, STINT_I64, false, OUT, X);
    scatter_args a = {v.space, v.near, v.index, v.far, 30, v.axis_stride, v.far_count};
    assert_true(step_scatter_add.items(&a, 1) >= 8);
    v = views_of(&column, STINT_F32, STINT_I64, false, OUT, X);
    a = (scatter_args){v.space, v.near, v.index, v.far, 30, v.axis_stride, v.far_count};
    assert_int_equal(step_scatter_add.items(&a, 1), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gathers),
        cmocka_unit_test(scatters),
        cmocka_unit_test(a_large_one_has_items),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
