#include "profile/bench_main.h"

#include "base/mem.h"
#include "base/rng.h"
#include "device/steps.h"

#include <string.h>

/* Reductions, row operations and random numbers as steps of one thread, beside a copy of the
 * same memory. */

enum { X, LABEL, OUT, BIAS, PARTIAL, GENERATOR, BUFFERS };
enum { ROWS = 1024, COLUMNS = 1024, MOST = ROWS * COLUMNS };

static char *memory[BUFFERS];
static char *scratch;

static stint_status run_step(const step_class *c, const void *args, int repeats)
{
    for (int r = 0; r < repeats; r++) {
        int phases = c->phases ? c->phases(args) : 1;
        for (int phase = 0; phase < phases; phase++)
            for (int64_t i = 0, n = c->items(args, phase); i < n; i++)
                c->run(args, phase, i, memory, scratch);
    }
    return STINT_OK;
}

typedef struct work {
    const step_class *class;
    void *args;
    int repeats;
} work;

static stint_status run_work(ctx *c, void *self)
{
    const work *w = self;
    (void)c;
    return run_step(w->class, w->args, w->repeats);
}

static stint_status run_copy(ctx *c, void *self)
{
    (void)c, (void)self;
    memcpy(memory[OUT], memory[X], MOST * 4);
    __asm__ volatile("" ::: "memory");
    return STINT_OK;
}

/* ---- programs */

static const uint8_t f32s[] = {STINT_F32, STINT_F32, STINT_F32}, first = 0;
static const uint8_t one = 1;
static const element_program same = {
    .domain = ELEMENT_F32,
    .inputs = 1,
    .registers = 1,
    .outputs = 1,
    .in_dtype = f32s,
    .out_register = &first,
    .out_dtype = f32s,
};
static const element_code square_code = {.op = ELEMENT_SQUARE, .out = 1};
static const element_program square = {
    .domain = ELEMENT_F32,
    .inputs = 1,
    .registers = 2,
    .codes = 1,
    .outputs = 1,
    .in_dtype = f32s,
    .code = &square_code,
    .out_register = &one,
    .out_dtype = f32s,
};

/* ten instructions over the result and a bias */
static const element_code ten_code[] = {
    {ELEMENT_ADD, 2, 0, 1}, {ELEMENT_MUL, 2, 2, 1}, {ELEMENT_SUB, 2, 2, 0}, {ELEMENT_MUL, 2, 2, 2},
    {ELEMENT_ADD, 2, 2, 1}, {ELEMENT_MUL, 2, 2, 0}, {ELEMENT_ADD, 2, 2, 0}, {ELEMENT_MAX, 2, 2, 1},
    {ELEMENT_MUL, 2, 2, 1}, {ELEMENT_ADD, 2, 2, 1},
};
static const uint8_t two = 2;
static const element_program ten = {
    .domain = ELEMENT_F32,
    .inputs = 2,
    .registers = 3,
    .codes = 10,
    .outputs = 1,
    .in_dtype = f32s,
    .code = ten_code,
    .out_register = &two,
    .out_dtype = f32s,
};

static const step_view handed = {.buffer = -1};
static const step_view x_columns = {X, STINT_F32, 0, {1, COLUMNS}};
static const step_view x_rows = {X, STINT_F32, 0, {COLUMNS, 1}};
static const step_view x_small = {X, STINT_F32, 0, {1, 64}};
static const step_view x_narrow = {X, STINT_F32, 0, {1, 10}};
static const step_view out_1 = {OUT, STINT_F32, 0, {1}};
static const step_view ten_in[] = {{.buffer = -1}, {BIAS, STINT_F32, 0, {1}}};

static reduce_args sum_rows = {
    .space = {2, {ROWS, COLUMNS}},
    .kept = 1,
    .before = {&same, &x_rows, NULL},
    .after = {&same, &handed, &out_1},
    .combine = ELEMENT_ADD,
};
static reduce_args sum_columns = {
    .space = {2, {COLUMNS, ROWS}},
    .kept = 1,
    .before = {&same, &x_columns, NULL},
    .after = {&same, &handed, &out_1},
    .combine = ELEMENT_ADD,
};
static reduce_args squares_rows = {
    .space = {2, {ROWS, COLUMNS}},
    .kept = 1,
    .before = {&square, &x_rows, NULL},
    .after = {&same, &handed, &out_1},
    .combine = ELEMENT_ADD,
};
static reduce_args squares_columns = {
    .space = {2, {COLUMNS, ROWS}},
    .kept = 1,
    .before = {&square, &x_columns, NULL},
    .after = {&same, &handed, &out_1},
    .combine = ELEMENT_ADD,
};
static reduce_args sum_all = {
    .space = {2, {ROWS, COLUMNS}},
    .kept = 0,
    .before = {&same, &x_rows, NULL},
    .after = {&same, &handed, &out_1},
    .combine = ELEMENT_ADD,
};
static reduce_args most_rows = {
    .space = {2, {ROWS, COLUMNS}},
    .kept = 1,
    .before = {&same, &x_rows, NULL},
    .after = {&same, &handed, &out_1},
    .combine = ELEMENT_MAX,
};
static reduce_args bias_gradient = {
    .space = {2, {64, 32}},
    .kept = 1,
    .before = {&same, &x_small, NULL},
    .after = {&ten, ten_in, &out_1},
    .combine = ELEMENT_ADD,
};
static reduce_args narrow_gradient = {
    .space = {2, {10, 32}},
    .kept = 1,
    .before = {&same, &x_narrow, NULL},
    .after = {&ten, ten_in, &out_1},
    .combine = ELEMENT_ADD,
};
static reduce_args squares_small = {
    .space = {2, {64, 32}},
    .kept = 1,
    .before = {&square, &x_small, NULL},
    .after = {&ten, ten_in, &out_1},
    .combine = ELEMENT_ADD,
};

static const step_view rows_out = {OUT, STINT_F32, 0, {1000, 1}};
static const uint8_t i64s[] = {STINT_I64};
static const element_program same_i64 = {
    .domain = ELEMENT_I64,
    .inputs = 1,
    .registers = 1,
    .outputs = 1,
    .in_dtype = i64s,
    .out_register = &first,
    .out_dtype = i64s,
};
static const step_view index_out = {OUT, STINT_I64, 0, {1}};
#define ROWS_OF(what, n, result, program)                                                          \
    {                                                                                              \
        .op = what, .space = {2, {ROWS, n}}, .x = {X, STINT_F32, 0, {n, 1}},                       \
        .label = {LABEL, STINT_I64, 0, {1}}, .eps = 1e-5, .after = {&program, &handed, &result},   \
    }
static rows_args softmax = ROWS_OF(ROW_SOFTMAX, 1000, rows_out, same);
static rows_args log_softmax = ROWS_OF(ROW_LOG_SOFTMAX, 1000, rows_out, same);
static rows_args normalise = ROWS_OF(ROW_NORMALISE, 1000, rows_out, same);
static rows_args cross_entropy = ROWS_OF(ROW_CROSS_ENTROPY, 1000, out_1, same);
static rows_args cross_entropy_10 = ROWS_OF(ROW_CROSS_ENTROPY, 10, out_1, same);
static rows_args argmax = ROWS_OF(ROW_ARGMAX, 1000, index_out, same_i64);

static random_args uniform = {false, MOST, STINT_F32, GENERATOR, OUT};
static random_args normal = {true, MOST, STINT_F32, GENERATOR, OUT};

static gather_args rows_gathered = {{2, {ROWS, 256}},
                                    {OUT, STINT_F32, 0, {256, 1}},
                                    {X, STINT_F32, 0, {0, 1}},
                                    {LABEL, STINT_I64, 0, {1, 0}},
                                    1000,
                                    256};
static scatter_args rows_scattered = {{2, {ROWS, 256}},
                                      {X, STINT_F32, 0, {256, 1}},
                                      {LABEL, STINT_I64, 0, {1, 0}},
                                      {OUT, STINT_F32, 0, {0, 1}},
                                      1000,
                                      256,
                                      256000};

static work works[] = {
    {&step_reduce, &sum_rows, 1},
    {&step_reduce, &sum_columns, 1},
    {&step_reduce, &sum_all, 1},
    {&step_reduce, &squares_rows, 1},
    {&step_reduce, &squares_columns, 1},
    {&step_reduce, &most_rows, 1},
    {&step_reduce, &bias_gradient, 100},
    {&step_reduce, &narrow_gradient, 100},
    {&step_reduce, &squares_small, 100},
    {&step_rows, &softmax, 1},
    {&step_rows, &log_softmax, 1},
    {&step_rows, &normalise, 1},
    {&step_rows, &cross_entropy, 1},
    {&step_rows, &cross_entropy_10, 1},
    {&step_rows, &argmax, 1},
    {&step_random, &uniform, 1},
    {&step_random, &normal, 1},
    {&step_gather, &rows_gathered, 1},
    {&step_scatter_add, &rows_scattered, 1},
};

#define STEP(text, which, done, moved)                                                             \
    {                                                                                              \
        .name = text, .run = run_work, .self = &works[which], .items = done, .item = "values",     \
        .bytes = moved                                                                             \
    }

int main(int argc, char **argv)
{
    static const bench_case cases[] = {
        {.name = "copy-1024x1024",
         .run = run_copy,
         .items = MOST,
         .item = "values",
         .bytes = MOST * 8.0},
        STEP("sum-rows-1024x1024", 0, MOST, MOST * 4.0),
        STEP("sum-columns-1024x1024", 1, MOST, MOST * 4.0),
        STEP("sum-all-1024x1024", 2, MOST, MOST * 4.0),
        STEP("sum-squares-rows-1024x1024", 3, MOST, MOST * 4.0),
        STEP("sum-squares-columns-1024x1024", 4, MOST, MOST * 4.0),
        STEP("max-rows-1024x1024", 5, MOST, MOST * 4.0),
        STEP("100-sums-32x64-ten-after", 6, 2048 * 100, 2048 * 400.0),
        STEP("100-sums-32x10-ten-after", 7, 320 * 100, 320 * 400.0),
        STEP("100-squares-32x64-ten-after", 8, 2048 * 100, 2048 * 400.0),
        STEP("softmax-1024x1000", 9, ROWS * 1000, ROWS * 8000.0),
        STEP("log-softmax-1024x1000", 10, ROWS * 1000, ROWS * 8000.0),
        STEP("normalise-1024x1000", 11, ROWS * 1000, ROWS * 8000.0),
        STEP("cross-entropy-1024x1000", 12, ROWS * 1000, ROWS * 4000.0),
        STEP("cross-entropy-1024x10", 13, ROWS * 10, ROWS * 40.0),
        STEP("argmax-1024x1000", 14, ROWS * 1000, ROWS * 4000.0),
        STEP("uniform-1M", 15, MOST, MOST * 4.0),
        STEP("normal-1M", 16, MOST, MOST * 4.0),
        STEP("gather-rows-1024x256", 17, ROWS * 256, ROWS * 2048.0),
        STEP("scatter-rows-1024x256", 18, ROWS * 256, ROWS * 3072.0),
    };
    ctx *c = stint_open(NULL);
    bool made = c;
    for (int b = 0; made && b < BUFFERS; b++)
        made = (memory[b] = (char *)mem_new(c, TAG_BASE, double, MOST)) != NULL;
    if (!made || !(scratch = mem_new(c, TAG_BASE, char, PLAN_SCRATCH_BYTES)))
        return stint_status_exit(STINT_ENOMEM);
    for (int64_t i = 0; i < MOST; i++) {
        ((float *)memory[X])[i] = (float)rng_normal((rng){1, RNG_GENERATE}, (uint64_t)i);
        ((float *)memory[BIAS])[i] = (float)(i % 10);
        ((int64_t *)memory[LABEL])[i] = i * 7 % 1000;
    }
    for (size_t w = 0; w < sizeof works / sizeof *works; w++)
        if (works[w].class == &step_reduce) {
            reduce_args *a = works[w].args;
            memcpy(a->row_major, a->before.in[0].stride, sizeof a->row_major);
            reduce_cut(a);
            a->partial = PARTIAL;
        }
    int code = bench_main(argc, argv, cases, sizeof cases / sizeof *cases);
    for (int b = 0; b < BUFFERS; b++)
        mem_free(memory[b]);
    mem_free(scratch);
    stint_close(c);
    return code;
}
