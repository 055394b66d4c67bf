#include "profile/bench_main.h"

#include "mlp.h"
#include "peak.h"

/* Steps of few operations through stint_fn: an element-wise chain beside copying as many bytes,
 * square products, and predictions of 32 rows at once and one by one.  Each does what the script
 * of bench/peers/ in the comment beside it does. */

enum { CHAIN_COUNT = 1000000, BATCH = 32, PRODUCTS = 4, CASES_MOST = 16 };

/* Out of most caches' reach. */
#define FAR_BYTES ((int64_t)128 << 20)

static const int64_t product_sizes[PRODUCTS] = {64, 128, 256, 512};
static const int64_t batch_sizes[] = {784, 256, 128, 10};
static const mlp_shape batch_shape = {batch_sizes, 3, BATCH, true};
static const mlp_shape single_shape = {batch_sizes, 3, 1, true};

/* A step and its inputs; a run calls it `repeats` times, each time with the next `inputs`. */
typedef struct work {
    char name[32];
    stint_context *engine;
    stint_fn *step;
    int inputs, sets;
    stint_tensor *in[BATCH];
    int repeats;
} work;

static stint_status run_step(ctx *c, void *self)
{
    work *w = self;
    (void)c;
    for (int i = 0; i < w->repeats; i++)
        for (int k = 0; k < w->sets; k++) {
            stint_tensor *out;
            TRY(stint_fn_call(w->step, &w->in[k * w->inputs], &out));
        }
    return STINT_OK;
}

static stint_status made(stint_context *engine, const stint_tensor *t)
{
    return t ? STINT_OK : ctx_status(engine);
}

/* --- element-wise: elementwise.py ---------------------------------------------------------- */

/* |(relu(1.5 x + 0.5)² / 4) - x| + 1 */
static stint_status chain(void *self, stint_tensor *const *in, stint_tensor **out)
{
    stint_tensor *x = in[0];
    stint_tensor *y = stint_relu(stint_add_number(stint_mul_number(x, 1.5), 0.5));
    y = stint_sub(stint_mul_number(stint_square(y), 0.25), x);
    out[0] = stint_add_number(stint_abs(y), 1);
    return made(self, out[0]);
}

/* --- products: matmul.py ------------------------------------------------------------------- */

static stint_status product(void *self, stint_tensor *const *in, stint_tensor **out)
{
    out[0] = stint_matmul(in[0], in[1]);
    return made(self, out[0]);
}

/* --- making -------------------------------------------------------------------------------- */

static stint_tensor *normal(stint_context *engine, int axes, const int64_t *shape, uint64_t stream)
{
    int64_t n = 1;
    for (int i = 0; i < axes; i++)
        n *= shape[i];
    float *x = mem_new(engine, TAG_BASE, float, n);
    for (int64_t i = 0; x && i < n; i++)
        x[i] = (float)rng_normal((rng){stream, RNG_GENERATE}, (uint64_t)i);
    stint_tensor *t = x ? stint_keep(stint_tensor_new(engine, STINT_F32, axes, shape, x)) : NULL;
    mem_free(x);
    return t;
}

static bench_case case_of(work *w, double items, const char *item, double bytes)
{
    return (bench_case){.name = w->name,
                        .run = run_step,
                        .self = w,
                        .items = items * w->repeats,
                        .item = item,
                        .bytes = bytes * w->repeats};
}

static bench_case chain_case(stint_context *engine, work *w)
{
    *w = (work){.name = "chain", .engine = engine, .inputs = 1, .sets = 1, .repeats = 50};
    w->in[0] = normal(engine, STINT_SHAPE(CHAIN_COUNT), 1);
    w->step = stint_fn_new(engine, chain, engine, 1, 1);
    return case_of(w, 1, "chain", 2.0 * CHAIN_COUNT * sizeof(float));
}

static bench_case copy_case(ctx *c, copy *w, const char *name, int64_t bytes, int repeats)
{
    *w = (copy){mem_alloc(c, TAG_BASE, (size_t)bytes), mem_alloc(c, TAG_BASE, (size_t)bytes), bytes,
                repeats};
    return (bench_case){.name = name,
                        .run = copy_run,
                        .self = w,
                        .items = repeats,
                        .item = "copy",
                        .bytes = 2.0 * (double)bytes * repeats};
}

static bench_case product_case(stint_context *engine, work *w, int64_t n)
{
    double flops = 2 * (double)(n * n * n);
    *w = (work){.engine = engine, .inputs = 2, .sets = 1, .repeats = (int)(1e9 / flops) + 1};
    snprintf(w->name, sizeof w->name, "matmul-%lld", (long long)n);
    w->in[0] = normal(engine, STINT_SHAPE(n, n), 1);
    w->in[1] = normal(engine, STINT_SHAPE(n, n), 2);
    w->step = stint_fn_new(engine, product, engine, 2, 1);
    return case_of(w, flops, "flop", 0);
}

/* The network is the caller's; `rows` of the same 32 at a time: batched.py */
static bench_case rows_case(mlp *net, work *w, const char *name, int64_t rows)
{
    *w = (work){.engine = net->engine, .step = net->step, .inputs = 1, .repeats = 50};
    snprintf(w->name, sizeof w->name, "%s", name);
    for (int64_t from = 0; from < BATCH; from += rows)
        w->in[w->sets++] =
            normal(net->engine, STINT_SHAPE(rows, batch_sizes[0]), 1 + (uint64_t)from);
    return case_of(w, BATCH, "row", 0);
}

static void free_work(work *w)
{
    for (int i = 0; i < w->inputs * w->sets; i++)
        stint_drop(w->in[i]);
    stint_fn_free(w->step);
}

/* --- all ----------------------------------------------------------------------------------- */

typedef struct all {
    work chain, products[PRODUCTS], batch, singles;
    copy near, far;
    mlp nets[2];
} all;

static int make_cases(stint_context *engine, all *a, bench_case *cases)
{
    int n = 0;
    int64_t bytes = CHAIN_COUNT * (int64_t)sizeof(float);
    cases[n++] = chain_case(engine, &a->chain);
    cases[n++] = copy_case(engine, &a->near, "copy-near", bytes, 50);
    cases[n++] = copy_case(engine, &a->far, "copy-far", FAR_BYTES, 1);
    for (int i = 0; i < PRODUCTS; i++)
        cases[n++] = product_case(engine, &a->products[i], product_sizes[i]);
    if (mlp_open(engine, &batch_shape, MLP_FORWARD, &a->nets[0]) != STINT_OK ||
        mlp_open(engine, &single_shape, MLP_FORWARD, &a->nets[1]) != STINT_OK)
        return 0;
    cases[n++] = rows_case(&a->nets[0], &a->batch, "rows-at-once", BATCH);
    cases[n++] = rows_case(&a->nets[1], &a->singles, "rows-one-by-one", 1);
    return ctx_status(engine) == STINT_OK ? n : 0;
}

static void free_all(all *a)
{
    free_work(&a->chain);
    for (int i = 0; i < PRODUCTS; i++)
        free_work(&a->products[i]);
    a->batch.step = a->singles.step = NULL; /* the networks' */
    free_work(&a->batch);
    free_work(&a->singles);
    mlp_close(&a->nets[0]);
    mlp_close(&a->nets[1]);
    mem_free(a->near.from);
    mem_free(a->near.to);
    mem_free(a->far.from);
    mem_free(a->far.to);
}

int main(int argc, char **argv)
{
    static all a;
    static bench_case cases[CASES_MOST];
    stint_context *engine = stint_open(&(stint_options){.sink = bench_print_line});
    if (!engine)
        return stint_status_exit(STINT_ENOMEM);
    int n = make_cases(engine, &a, cases), code = stint_status_exit(ctx_status(engine));
    if (n > 0)
        code = bench_main(argc, argv, cases, n);
    free_all(&a);
    if (*stint_message(engine))
        fprintf(stderr, "%s\n", stint_message(engine));
    stint_close(engine);
    return code;
}
