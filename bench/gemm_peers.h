/* The libraries that matrix products are compared with, opened at run time where they are, and
 * the processor's peak: fused multiply-adds on registers alone. */
#ifndef BENCH_GEMM_PEERS_H
#define BENCH_GEMM_PEERS_H

#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#if STINT_SIMD_X86
#include <immintrin.h>
#endif

typedef struct gemm_peers {
    /* oneDNN: row-major; a status, 0 is success */
    int (*dnnl)(char ta, char tb, int64_t m, int64_t n, int64_t k, float alpha, const float *a,
                int64_t lda, const float *b, int64_t ldb, float beta, float *c, int64_t ldc);
    /* OpenBLAS: order 101 is row-major, 111 as it is, 112 transposed */
    void (*blas)(int order, int ta, int tb, int m, int n, int k, float alpha, const float *a,
                 int lda, const float *b, int ldb, float beta, float *c, int ldc);
    void (*blas_threads)(int n);
} gemm_peers;

static inline gemm_peers gemm_peers_open(void)
{
    gemm_peers p = {0};
    setenv("OMP_NUM_THREADS", "1", 1); /* oneDNN runs on our threads */
    void *dnnl = dlopen("libdnnl.so.2", RTLD_NOW | RTLD_LOCAL);
    void *blas = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
    if (dnnl)
        *(void **)&p.dnnl = dlsym(dnnl, "dnnl_sgemm");
    if (blas) {
        *(void **)&p.blas = dlsym(blas, "cblas_sgemm");
        *(void **)&p.blas_threads = dlsym(blas, "openblas_set_num_threads");
    }
    return p;
}

static inline double gemm_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

enum { PEAK_CHAINS = 12, PEAK_STEPS = 1 << 18 };

#if STINT_SIMD_X86
#define PEAK_LOOP(name, isa, vec, lanes, set, fma)                                                 \
    __attribute__((noinline, target(isa))) static double name(void)                                \
    {                                                                                              \
        vec x[PEAK_CHAINS], y = set(0.999f), z = set(1e-3f);                                       \
        volatile float seen;                                                                       \
        double begin = gemm_seconds();                                                             \
        _Pragma("GCC unroll 12") for (int i = 0; i < PEAK_CHAINS; i++) x[i] = set((float)i);       \
        for (int s = 0; s < PEAK_STEPS; s++)                                                       \
            _Pragma("GCC unroll 12") for (int i = 0; i < PEAK_CHAINS; i++) x[i] = fma(x[i], y, z); \
        _Pragma("GCC unroll 12") for (int i = 0; i < PEAK_CHAINS; i++) seen = x[i][0];             \
        (void)seen;                                                                                \
        return 2.0 * lanes * PEAK_CHAINS * PEAK_STEPS / (gemm_seconds() - begin);                  \
    }
PEAK_LOOP(gemm_peak_avx512, "avx512f", __m512, 16, _mm512_set1_ps, _mm512_fmadd_ps)
PEAK_LOOP(gemm_peak_avx2, "avx2,fma", __m256, 8, _mm256_set1_ps, _mm256_fmadd_ps)
#undef PEAK_LOOP
#endif

/* f32 flops a second of one thread, the best of some tries; 0 = not known here. */
static inline double gemm_peak_flops(const char *isa)
{
    double best = 0;
#if STINT_SIMD_X86
    double (*run)(void) = !strcmp(isa, "avx512") ? gemm_peak_avx512
                          : !strcmp(isa, "avx2") ? gemm_peak_avx2
                                                 : NULL;
    for (int i = 0; i < 40 && run; i++) {
        double now = run();
        best = now > best ? now : best;
    }
#else
    (void)isa;
#endif
    return best;
}

#endif
