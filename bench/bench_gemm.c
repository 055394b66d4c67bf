#include "profile/bench_main.h"

#include "base/mem.h"
#include "base/pool.h"
#include "base/rng.h"
#include "kernel/gemm_class.h"
#include "gemm_peers.h"

/* Matrix products of the layers of networks, forward and backward, against oneDNN and OpenBLAS,
 * on one thread and on two:
 *
 *     x w      [batch, in] [in, out]        the layer
 *     x'dy     [batch, in]' [batch, out]    the gradient of its weights
 *     dy w'    [batch, out] [in, out]'      the gradient of its input
 *
 *     bench_gemm [PART-OF-A-NAME [ROUNDS]]
 *
 * Contenders take turns; each figure is the fastest of the rounds, since what else a machine does
 * only ever adds time.  A contender wins when it is ahead by more than WIN. */

static const struct layer {
    const char *name;
    int64_t batch, in, out;
} layers[] = {
    {"mlp-small", 32, 784, 128},   {"mlp-small-last", 32, 128, 10},
    {"mlp-medium", 64, 2048, 512}, {"mlp-medium-last", 64, 512, 100},
    {"mlp-large", 128, 1024, 256}, {"mlp-large-last", 128, 256, 50},
    {"tiny-1", 32, 30, 64},        {"tiny-2", 32, 64, 64},
    {"tiny-3", 32, 64, 1},         {"digits-1", 64, 64, 128},
    {"digits-2", 64, 128, 64},     {"digits-3", 64, 64, 10},
    {"mnist-1", 64, 784, 256},     {"mnist-2", 64, 256, 128},
    {"mnist-3", 64, 128, 10},      {"wide-1", 256, 1024, 4096},
    {"wide-2", 256, 4096, 4096},   {"wide-3", 256, 4096, 1024},
    {"lstm-64", 32, 64, 256},      {"lstm-128", 64, 128, 512},
    {"lstm-256", 64, 256, 1024},   {"square-64", 64, 64, 64},
    {"square-128", 128, 128, 128}, {"square-256", 256, 256, 256},
    {"square-512", 512, 512, 512}, {"square-1024", 1024, 1024, 1024},
    {"vector", 1, 1024, 1024},
};
enum { LAYERS = sizeof layers / sizeof *layers, LAYOUTS = 3, ROUNDS = 15 };
static const char *const layouts[LAYOUTS] = {"x w", "x'dy", "dy w'"};

#define WIN           1.03
#define ROUND_SECONDS 2e-3
#define MOST_ELEMENTS (4096 * 4096)

/* One product, and what runs it. */
typedef struct work {
    gemm g;
    char ta, tb;
    int64_t lda, ldb;
    const float *a, *b;
    float *c;
    gemm_peers peers;
    pool *pool;
    void *scratch[2], *shared;
    gemm_operands operands;
    int phase;
} work;

static stint_status our_item(void *self, int64_t item, int thread)
{
    work *w = self;
    gemm_run(&w->g, w->phase, item, &w->operands, w->scratch[thread]);
    return STINT_OK;
}

static stint_status ours_of(work *w, pool *p)
{
    for (w->phase = 0; w->phase < w->g.phases; w->phase++) {
        int64_t items = w->g.items[w->phase];
        if (p && items > 1)
            TRY(parallel_for(p, items, our_item, w));
        for (int64_t i = 0; i < items && !(p && items > 1); i++)
            our_item(w, i, 0);
    }
    return STINT_OK;
}

static stint_status ours(work *w)
{
    return ours_of(w, NULL);
}

static stint_status ours_by_two(work *w)
{
    return ours_of(w, w->pool);
}

/* Half of the product, by rows or by columns, whichever are more. */
static stint_status dnnl_item(void *self, int64_t item, int thread)
{
    const work *w = self;
    (void)thread;
    int64_t m = w->g.m, n = w->g.n, *cut = m > n ? &m : &n, from = item * (*cut / 2);
    *cut = item ? *cut - *cut / 2 : *cut / 2;
    const float *a = w->a + (cut == &m ? from * w->g.a_row : 0);
    const float *b = w->b + (cut == &n ? from * w->g.b_col : 0);
    float *c = w->c + (cut == &m ? from * w->g.n : from);
    if (m > 0 && n > 0)
        w->peers.dnnl(w->ta, w->tb, m, n, w->g.k, 1, a, w->lda, b, w->ldb, 0, c, w->g.n);
    return STINT_OK;
}

static stint_status dnnl(work *w)
{
    w->peers.dnnl(w->ta, w->tb, w->g.m, w->g.n, w->g.k, 1, w->a, w->lda, w->b, w->ldb, 0, w->c,
                  w->g.n);
    return STINT_OK;
}

static stint_status dnnl_by_two(work *w)
{
    return parallel_for(w->pool, 2, dnnl_item, w);
}

static stint_status blas_of(const work *w, int threads)
{
    w->peers.blas_threads(threads);
    w->peers.blas(101, w->ta == 'T' ? 112 : 111, w->tb == 'T' ? 112 : 111, (int)w->g.m, (int)w->g.n,
                  (int)w->g.k, 1, w->a, (int)w->lda, w->b, (int)w->ldb, 0, w->c, (int)w->g.n);
    return STINT_OK;
}

static stint_status blas(work *w)
{
    return blas_of(w, 1);
}

static stint_status blas_by_two(work *w)
{
    return blas_of(w, 2);
}

enum { CONTENDERS = 6 };
static const struct contender {
    const char *name;
    stint_status (*run)(work *w);
    int threads;
} contenders[CONTENDERS] = {{"ours", ours, 1},          {"oneDNN", dnnl, 1},
                            {"OpenBLAS", blas, 1},      {"ours", ours_by_two, 2},
                            {"oneDNN", dnnl_by_two, 2}, {"OpenBLAS", blas_by_two, 2}};

static bool is_here(const work *w, int contender)
{
    return contender % 3 == 0 ||
           (contender % 3 == 1 ? w->peers.dnnl != NULL : w->peers.blas && w->peers.blas_threads);
}

static stint_status repeat(work *w, int contender, int64_t times, double *seconds)
{
    double begin = gemm_seconds();
    for (int64_t i = 0; i < times; i++)
        TRY(contenders[contender].run(w));
    *seconds = (gemm_seconds() - begin) / (double)times;
    return STINT_OK;
}

/* The fastest of the rounds, for each contender; 0 = it is not here. */
static stint_status measure(work *w, int rounds, double best[CONTENDERS])
{
    int64_t times[CONTENDERS];
    double now;
    for (int i = 0; i < CONTENDERS; i++) {
        best[i] = 0;
        if (!is_here(w, i))
            continue;
        TRY(repeat(w, i, 1, &now));
        TRY(repeat(w, i, 1, &now));
        times[i] = (int64_t)(ROUND_SECONDS / now) + 1;
        best[i] = now;
    }
    for (int r = 0; r < rounds; r++)
        for (int i = 0; i < CONTENDERS; i++)
            if (is_here(w, i)) {
                TRY(repeat(w, i, times[i], &now));
                best[i] = now < best[i] ? now : best[i];
            }
    return STINT_OK;
}

static void set_product(work *w, const struct layer *l, int layout)
{
    gemm *g = &w->g;
    *g = (gemm){.domain = ELEMENT_F32, .batches = 1};
    g->m = layout == 1 ? l->in : l->batch;
    g->n = layout == 2 ? l->in : l->out;
    g->k = layout == 0 ? l->in : layout == 1 ? l->batch : l->out;
    w->ta = layout == 1 ? 'T' : 'N';
    w->tb = layout == 2 ? 'T' : 'N';
    w->lda = layout == 1 ? g->m : g->k;
    w->ldb = layout == 2 ? g->k : g->n;
    g->a_row = layout == 1 ? 1 : w->lda, g->a_col = layout == 1 ? w->lda : 1;
    g->b_row = layout == 2 ? 1 : w->ldb, g->b_col = layout == 2 ? w->ldb : 1;
    gemm_cut(g);
    w->operands = (gemm_operands){(const void *const *)&w->a,
                                  (const void *const *)&w->b,
                                  (void *const *)&w->c,
                                  g->n,
                                  w->shared,
                                  NULL,
                                  NULL};
}

static void print_row(const work *w, const struct layer *l, int layout, const double *best,
                      double peak)
{
    double flops = 2.0 * (double)w->g.m * (double)w->g.n * (double)w->g.k;
    printf("%-16s %-5s %5lld %5lld %5lld", l->name, layouts[layout], (long long)w->g.m,
           (long long)w->g.k, (long long)w->g.n);
    for (int t = 0; t < 2; t++) {
        const double *s = best + 3 * t;
        int first = 0, second = -1;
        for (int i = 0; i < 3; i++) {
            if (s[i] > 0)
                printf(" %8.1f", flops / s[i] * 1e-9);
            else
                printf("        -");
            if (s[i] > 0 && s[i] < s[first])
                first = i;
        }
        for (int i = 0; i < 3; i++)
            if (i != first && s[i] > 0 && (second < 0 || s[i] < s[second]))
                second = i;
        bool wins = second < 0 || s[second] > s[first] * WIN;
        printf(" %4.0f%% %-8s", peak > 0 ? 100 * flops / s[0] / peak / (t + 1) : 0,
               wins ? contenders[first].name : "even");
    }
    printf(" %9.2f\n", best[0] * 1e6);
}

static stint_status run_all(ctx *c, work *w, const char *only, int rounds)
{
    const char *isa = gemm_table[gemm_class_best()]->name;
    double peak = gemm_peak_flops(isa), best[CONTENDERS];
    (void)c;
    printf("%s: peak of a thread %.1f GFLOP/s%s%s\n%-22s %17s   GFLOP/s by 1: ours, oneDNN, "
           "OpenBLAS, share of peak, winner; by 2; us by 1\n",
           isa, peak * 1e-9, w->peers.dnnl ? "" : "; no libdnnl.so.2: skipped",
           w->peers.blas ? "" : "; no libopenblas.so.0: skipped", "", "m     k     n");
    for (int i = 0; i < LAYERS; i++)
        for (int layout = 0; layout < LAYOUTS; layout++) {
            if (only && !strstr(layers[i].name, only))
                continue;
            set_product(w, &layers[i], layout);
            TRY(measure(w, rounds, best));
            print_row(w, &layers[i], layout, best, peak);
            fflush(stdout);
        }
    return STINT_OK;
}

static float *numbers(ctx *c, uint64_t stream)
{
    float *x = mem_alloc(c, TAG_BASE, MOST_ELEMENTS * sizeof *x);
    for (int64_t i = 0; x && i < MOST_ELEMENTS; i++)
        x[i] = (float)rng_uniform((rng){1, stream}, (uint64_t)i) - 0.5f;
    return x;
}

int main(int argc, char **argv)
{
    ctx *c = stint_open(&(stint_options){.sink = bench_print_line});
    if (!c)
        return stint_status_exit(STINT_ENOMEM);
    float *a = numbers(c, 1), *b = numbers(c, 2), *out = numbers(c, 3);
    work w = {.a = a, .b = b, .c = out, .peers = gemm_peers_open(), .pool = pool_new(c, 2)};
    for (int i = 0; i < 2; i++)
        w.scratch[i] = mem_alloc(c, TAG_BASE, GEMM_THREAD_BYTES);
    stint_status s = STINT_ENOMEM;
    if (a && b && out && w.pool && w.scratch[0] && w.scratch[1])
        s = run_all(c, &w, argc > 1 ? argv[1] : NULL, argc > 2 ? atoi(argv[2]) : ROUNDS);
    pool_free(w.pool);
    mem_free(w.scratch[0]), mem_free(w.scratch[1]);
    mem_free(a), mem_free(b), mem_free(out);
    stint_close(c);
    return stint_status_exit(s);
}
