#include "profile/bench_main.h"

#include "base/mem.h"
#include "base/pool.h"
#include "device/steps.h"
#include "kernel/element_impl.h"

#include <string.h>

/* Element-wise programs by two threads against the copying of as many bytes by the same; then
 * each op on values that stay in the cache. */

enum { COUNT = 1000000, THREADS = 2, REPEATS = 20, OP_VALUES = 1024, OP_REPEATS = 800 };
enum { ITEM = 16384, WHOLE = 4, CASES = WHOLE + ELEMENT_OPS };

static const uint8_t f32_dtype[] = {STINT_F32, STINT_F32, STINT_F32};

/* relu(x a + b) - … : eight ops, each of which takes the one before */
static const double chain_constant[] = {0.5, 1.25, -0.75, 3};
static const element_code chain_code[] = {
    {ELEMENT_MUL, 5, 0, 1, 0}, {ELEMENT_ADD, 6, 5, 2, 0}, {ELEMENT_MAX, 5, 6, 3, 0},
    {ELEMENT_MUL, 6, 5, 4, 0}, {ELEMENT_SUB, 5, 6, 2, 0}, {ELEMENT_ABS, 6, 5, 0, 0},
    {ELEMENT_MUL, 5, 6, 1, 0}, {ELEMENT_ADD, 6, 5, 3, 0},
};
static const uint8_t chain_out[] = {6};
static const element_program chain = {
    ELEMENT_F32, 1, 4, 7, 8, 1, f32_dtype, chain_constant, chain_code, chain_out, f32_dtype,
};

/* x/2 (1 + erf(x/√2)) */
static const double gelu_constant[] = {0.70710678118654752, 1, 0.5};
static const element_code gelu_code[] = {
    {ELEMENT_MUL, 4, 0, 1, 0}, {ELEMENT_ERF, 4, 4, 0, 0}, {ELEMENT_ADD, 4, 4, 2, 0},
    {ELEMENT_MUL, 5, 0, 3, 0}, {ELEMENT_MUL, 4, 4, 5, 0},
};
static const uint8_t gelu_out[] = {4};
static const element_program gelu = {
    ELEMENT_F32, 1, 3, 6, 5, 1, f32_dtype, gelu_constant, gelu_code, gelu_out, f32_dtype,
};

typedef struct work {
    pool *pool;
    elements_args args;
    step_view in, out;
    char *memory[2], *scratch[THREADS];
    int op;
    char name[32];
} work;

static stint_status item(void *self, int64_t i, int thread)
{
    const work *w = self;
    step_elements.run(&w->args, 0, i, w->memory, w->scratch[thread]);
    return STINT_OK;
}

static stint_status run_program(ctx *c, void *self)
{
    work *w = self;
    (void)c;
    for (int r = 0; r < REPEATS; r++)
        TRY(parallel_for(w->pool, step_elements.items(&w->args, 0), item, w));
    return STINT_OK;
}

static stint_status copy_half(void *self, int64_t i, int thread)
{
    const work *w = self;
    (void)thread;
    size_t half = COUNT / 2 * sizeof(float);
    memcpy(w->memory[1] + (size_t)i * half, w->memory[0] + (size_t)i * half, half);
    return STINT_OK;
}

static stint_status run_copy(ctx *c, void *self)
{
    work *w = self;
    (void)c;
    for (int r = 0; r < REPEATS; r++)
        TRY(parallel_for(w->pool, 2, copy_half, w));
    return STINT_OK;
}

static stint_status copy_item(void *self, int64_t i, int thread)
{
    const work *w = self;
    (void)thread;
    int64_t n = COUNT - i * ITEM < ITEM ? COUNT - i * ITEM : ITEM;
    memcpy(w->memory[1] + i * ITEM * 4, w->memory[0] + i * ITEM * 4, (size_t)n * sizeof(float));
    return STINT_OK;
}

static stint_status run_copy_items(ctx *c, void *self)
{
    work *w = self;
    (void)c;
    for (int r = 0; r < REPEATS; r++)
        TRY(parallel_for(w->pool, step_elements.items(&w->args, 0), copy_item, w));
    return STINT_OK;
}

static stint_status run_op(ctx *c, void *self)
{
    const work *w = self;
    (void)c;
    element_fn *op = element_fn_of(element_kernels(), ELEMENT_F32, w->op);
    for (int r = 0; r < OP_REPEATS; r++)
        op(OP_VALUES, w->memory[1], w->memory[0], w->memory[0] + OP_VALUES * sizeof(float),
           w->memory[0] + 2 * OP_VALUES * sizeof(float));
    return STINT_OK;
}

static void use_program(work *w, const element_program *p)
{
    w->in = (step_view){.buffer = 0, .dtype = STINT_F32, .stride = {1}};
    w->out = (step_view){.buffer = 1, .dtype = STINT_F32, .stride = {1}};
    w->args.space = (element_space){1, {COUNT}};
    w->args.body = (step_program){p, &w->in, &w->out};
}

static bool make_data(ctx *c, work *w)
{
    float *x = mem_new(c, TAG_BASE, float, COUNT), *y = mem_new(c, TAG_BASE, float, COUNT);
    for (int64_t i = 0; x && i < COUNT; i++)
        x[i] = (float)((double)i * 0x9e3779b9 / COUNT - (double)(i * 0x9e3779b9 / COUNT)) * 4 - 1;
    w->memory[0] = (char *)x;
    w->memory[1] = (char *)y;
    for (int t = 0; t < THREADS; t++)
        w->scratch[t] = (char *)mem_new(c, TAG_BASE, double, PLAN_SCRATCH_BYTES / 8);
    w->pool = pool_new(c, THREADS);
    return x && y && w->scratch[0] && w->scratch[1] && w->pool;
}

static int make_cases(const work *base, work *works, bench_case *cases)
{
    static const struct {
        const char *name;
        bench_run *run;
        const element_program *program;
    } whole[] = {{"copy", run_copy, &chain},
                 {"copy-items", run_copy_items, &chain},
                 {"chain-8", run_program, &chain},
                 {"gelu", run_program, &gelu}};
    int n = 0;
    for (; n < WHOLE; n++) {
        works[n] = *base;
        use_program(&works[n], whole[n].program);
        cases[n] = (bench_case){.name = whole[n].name,
                                .run = whole[n].run,
                                .self = &works[n],
                                .bytes = REPEATS * 2.0 * COUNT * sizeof(float)};
    }
    for (int op = 0; op < ELEMENT_OPS; op++, n++) {
        works[n] = *base;
        works[n].op = op;
        snprintf(works[n].name, sizeof works[n].name, "op-%s", element_ops[op].text);
        cases[n] = (bench_case){.name = works[n].name,
                                .run = run_op,
                                .self = &works[n],
                                .items = OP_REPEATS * (double)OP_VALUES,
                                .item = "values"};
    }
    return n;
}

int main(int argc, char **argv)
{
    static work works[CASES], base;
    static bench_case cases[CASES];
    ctx *c = stint_open(NULL);
    if (!c || !make_data(c, &base))
        return stint_status_exit(STINT_ENOMEM);
    int code = bench_main(argc, argv, cases, make_cases(&base, works, cases));
    pool_free(base.pool);
    for (int i = 0; i < 2; i++) {
        mem_free(base.memory[i]);
        mem_free(base.scratch[i]);
    }
    stint_close(c);
    return code;
}
