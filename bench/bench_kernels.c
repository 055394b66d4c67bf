#include "profile/bench_main.h"

#include "base/mem.h"
#include "base/rng.h"
#include "kernel/kernel.h"

/* The kernels of every instruction set that this processor runs, on tiles as the moments of a
 * table hand them in. */

enum { TILE_ROWS = 128, SIZES = 7, ISAS = 3, CASES_MOST = ISAS * (SIZES + 1) };

static const int64_t sizes[SIZES] = {8, 16, 32, 64, 128, 256, 512};
static const int64_t axpy_length = 4096; /* both vectors in the first-level cache's reach */

/* An iteration repeats a call until it is long enough for the clock. */
static const double flops_of_iteration = 2e7;

typedef struct work {
    const kernel_class *k;
    int64_t n, repeats;
    double *x, *out;
    char name[48];
} work;

static stint_status run_gram(ctx *c, void *self)
{
    const work *w = self;
    (void)c;
    for (int64_t i = 0; i < w->repeats; i++)
        w->k->gram(w->x, TILE_ROWS, w->n, w->out);
    return STINT_OK;
}

static stint_status run_axpy(ctx *c, void *self)
{
    const work *w = self;
    (void)c;
    for (int64_t i = 0; i < w->repeats; i++)
        w->k->axpy(1e-6, w->x, w->n, w->out);
    return STINT_OK;
}

static int kernels_here(const kernel_class *out[ISAS])
{
    int n = 0;
    out[n++] = &kernel_baseline;
#if STINT_SIMD_X86
    if (__builtin_cpu_supports("avx2"))
        out[n++] = &kernel_avx2;
    if (__builtin_cpu_supports("avx512f"))
        out[n++] = &kernel_avx512;
#endif
    return n;
}

/* x [TILE_ROWS][512] normal, out [512][512]; shared by all cases. */
static bool make_data(ctx *c, double **x, double **out)
{
    int64_t most = sizes[SIZES - 1];
    *x = mem_new(c, TAG_BASE, double, TILE_ROWS *most);
    *out = mem_new(c, TAG_BASE, double, most *most);
    for (int64_t i = 0; *x && i < TILE_ROWS * most; i++)
        (*x)[i] = rng_normal((rng){1, RNG_GENERATE}, (uint64_t)i);
    return *x && *out;
}

static void add_case(bench_case *b, work *w, bench_run *run, const char *what, double flops)
{
    w->repeats = (int64_t)(flops_of_iteration / flops) + 1;
    snprintf(w->name, sizeof w->name, "%s-%s-%lld", what, w->k->name, (long long)w->n);
    *b = (bench_case){.name = w->name,
                      .run = run,
                      .self = w,
                      .items = flops * (double)w->repeats,
                      .item = "flop"};
}

static int make_cases(double *x, double *out, work *works, bench_case *cases)
{
    const kernel_class *kernels[ISAS];
    int n = 0, isas = kernels_here(kernels);
    for (int i = 0; i < isas; i++) {
        for (int s = 0; s < SIZES; s++, n++) {
            double ld = (double)sizes[s]; /* the upper triangle: ld (ld + 1) / 2 products */
            works[n] = (work){.k = kernels[i], .n = sizes[s], .x = x, .out = out};
            add_case(&cases[n], &works[n], run_gram, "gram", TILE_ROWS * ld * (ld + 1));
        }
        works[n] = (work){.k = kernels[i], .n = axpy_length, .x = x, .out = out};
        add_case(&cases[n], &works[n], run_axpy, "axpy", 2 * (double)axpy_length);
        n++;
    }
    return n;
}

int main(int argc, char **argv)
{
    static work works[CASES_MOST];
    static bench_case cases[CASES_MOST];
    double *x, *out;
    ctx *c = stint_open(NULL);
    if (!c || !make_data(c, &x, &out))
        return stint_status_exit(STINT_ENOMEM);
    int code = bench_main(argc, argv, cases, make_cases(x, out, works, cases));
    mem_free(x);
    mem_free(out);
    stint_close(c);
    return code;
}
