/* What the machine can do: floating-point operations from registers alone, and copying, each on
 * every core that this process may use.  Figures are held against these, measured in the same
 * run, rather than against a data sheet.
 *
 *     bench_case b = peak_case(&(peak){0});       // items: flop
 *
 * The loop is multiply-adds on enough independent registers to hide their latency (at most 5
 * cycles at 2 a cycle), in the widest vectors that the processor has. */
#ifndef BENCH_PEAK_H
#define BENCH_PEAK_H

#include "base/os/os.h"
#include "profile/bench.h"

#include <pthread.h>
#include <string.h>

#if STINT_SIMD_X86
#include <immintrin.h>
#endif

enum { PEAK_CORES_MOST = 64, PEAK_CHAINS = 12, PEAK_TURNS = 4000000 };

/* --- on each core -------------------------------------------------------------------------- */

typedef void on_core(void *self, int core, int cores);

typedef struct core_work {
    on_core *run;
    void *self;
    int core, cores;
} core_work;

static inline void *core_main(void *self)
{
    const core_work *w = self;
    w->run(w->self, w->core, w->cores);
    return NULL;
}

static inline int cores_used(void)
{
    int n = cpu_count();
    return n < PEAK_CORES_MOST ? n : PEAK_CORES_MOST;
}

/* The caller is core 0.  Threads are started anew: an iteration must be long beside that. */
static inline stint_status on_each_core(ctx *c, on_core *run, void *self)
{
    pthread_t threads[PEAK_CORES_MOST];
    core_work work[PEAK_CORES_MOST];
    int cores = cores_used(), started = 1, error = 0;
    for (int i = 0; i < cores; i++)
        work[i] = (core_work){run, self, i, cores};
    for (; started < cores && error == 0; started += error == 0)
        error = pthread_create(&threads[started], NULL, core_main, &work[started]);
    run(self, 0, cores);
    for (int i = 1; i < started; i++)
        pthread_join(threads[i], NULL);
    return error == 0 ? STINT_OK : fail(c, STINT_EFAIL, "cannot start a thread for each core");
}

/* --- multiply-adds ------------------------------------------------------------------------- */

/* out[0] = a value of what was computed, so that it is; returns the flops done. */
typedef double peak_loop(int64_t turns, float *out);

#if STINT_SIMD_X86
/* x = x a + b tends to 1/2 and stays there */
#define PEAK_LOOP(name, isa, vector, lanes, set, fma, store)                                       \
    __attribute__((target(isa))) static inline double name(int64_t turns, float *out)              \
    {                                                                                              \
        vector a = set(0.5F), b = set(0.25F), x[PEAK_CHAINS];                                      \
        float last[lanes];                                                                         \
        for (int i = 0; i < PEAK_CHAINS; i++)                                                      \
            x[i] = set(1.0F + (float)i);                                                           \
        for (int64_t t = 0; t < turns; t++) {                                                      \
            _Pragma("GCC unroll 12") for (int i = 0; i < PEAK_CHAINS; i++) x[i] = fma(x[i], a, b); \
        }                                                                                          \
        for (int i = 1; i < PEAK_CHAINS; i++)                                                      \
            x[0] = fma(x[i], a, x[0]);                                                             \
        store(last, x[0]);                                                                         \
        *out = last[0];                                                                            \
        return 2.0 * lanes * PEAK_CHAINS * (double)turns;                                          \
    }
PEAK_LOOP(peak_avx512, "avx512f", __m512, 16, _mm512_set1_ps, _mm512_fmadd_ps, _mm512_storeu_ps)
PEAK_LOOP(peak_fma, "avx2,fma", __m256, 8, _mm256_set1_ps, _mm256_fmadd_ps, _mm256_storeu_ps)
#undef PEAK_LOOP
#endif

/* By vectors of the build's own instruction set, multiplied and then added. */
static inline double peak_plain(int64_t turns, float *out)
{
    typedef float vector __attribute__((vector_size(16)));
    vector a = {0.5F, 0.5F, 0.5F, 0.5F}, x[PEAK_CHAINS];
    for (int i = 0; i < PEAK_CHAINS; i++)
        x[i] = a * (float)i;
    for (int64_t t = 0; t < turns; t++)
        for (int i = 0; i < PEAK_CHAINS; i++)
            x[i] = x[i] * a + a;
    for (int i = 1; i < PEAK_CHAINS; i++)
        x[0] += x[i];
    *out = x[0][0];
    return 2.0 * 4 * PEAK_CHAINS * (double)turns;
}

static inline peak_loop *peak_widest(void)
{
#if STINT_SIMD_X86
    if (__builtin_cpu_supports("avx512f"))
        return peak_avx512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return peak_fma;
#endif
    return peak_plain;
}

typedef struct peak {
    struct {
        float value;
        char line[60]; /* cores do not share one */
    } out[PEAK_CORES_MOST];
} peak;

static inline void peak_on_core(void *self, int core, int cores)
{
    peak *p = self;
    (void)cores;
    (void)peak_widest()(PEAK_TURNS, &p->out[core].value);
}

static inline stint_status peak_run(ctx *c, void *self)
{
    return on_each_core(c, peak_on_core, self);
}

static inline bench_case peak_case(peak *p)
{
    float value;
    double flops = peak_widest()(1, &value) * PEAK_TURNS * cores_used();
    return (bench_case){
        .name = "peak", .run = peak_run, .self = p, .warmup = 1, .items = flops, .item = "flop"};
}

/* --- copying ------------------------------------------------------------------------------- */

/* Each core copies its share of `bytes`, again and again: long enough for the clock, and as warm
 * in the caches as any work on the same buffers that is repeated. */
typedef struct copy {
    char *from, *to;
    int64_t bytes;
    int repeats;
} copy;

static inline void copy_on_core(void *self, int core, int cores)
{
    const copy *w = self;
    int64_t from = w->bytes * core / cores, n = w->bytes * (core + 1) / cores - from;
    for (int i = 0; i < w->repeats; i++) {
        memcpy(w->to + from, w->from + from, (size_t)n);
        __asm__ volatile("" ::: "memory"); /* each of them is done */
    }
}

static inline stint_status copy_run(ctx *c, void *self)
{
    return on_each_core(c, copy_on_core, self);
}

#endif
