/* Rows near a group of queries; part of the body of the vector kernels (moments.inc.h).
 *
 * Sums of KERNEL_QUERIES × 2 vectors of references stay in registers while the features stream
 * by, and are compared with the limits there: they are stored only when one of them is near. */

#include <immintrin.h>
#include <stdbool.h>

enum { NEAR_WIDTH = 2 * VECTOR_LANES };

typedef long long near_bits __attribute__((vector_size(8 * VECTOR_LANES)));

#if VECTOR_LANES == 8
static inline uint64_t lanes_near(lanes distance, lanes limit)
{
    return _mm512_cmp_pd_mask((__m512d)distance, (__m512d)limit, _CMP_NGE_UQ);
}
#else
static inline uint64_t lanes_near(lanes distance, lanes limit)
{
    return (uint64_t)_mm256_movemask_pd(
        _mm256_cmp_pd((__m256d)distance, (__m256d)limit, _CMP_NGE_UQ));
}
#endif

static inline lanes lanes_size(lanes e)
{
    return (lanes)((near_bits)e & ((near_bits){0} + INT64_MAX));
}

/* The near ones of NEAR_WIDTH references, as bits; their distances when there are any. */
static inline __attribute__((always_inline)) uint64_t near_block(const double *q, const double *x,
                                                                 int64_t d, const double *limit,
                                                                 double *out, bool squares)
{
    lanes sum[KERNEL_QUERIES][2] = {0};
    uint64_t near = 0;
    for (int64_t j = 0; j < d; j++) {
        const lanes *b = (const lanes *)(x + j * KERNEL_PANEL);
        for (int i = 0; i < KERNEL_QUERIES; i++)
            for (int v = 0; v < 2; v++) {
                lanes e = b[v] - q[j * KERNEL_QUERIES + i];
                sum[i][v] += squares ? e * e : lanes_size(e);
            }
    }
    for (int i = 0; i < KERNEL_QUERIES; i++)
        for (int v = 0; v < 2; v++)
            near |= lanes_near(sum[i][v], limit[i] - (lanes){0})
                    << (i * KERNEL_PANEL + v * VECTOR_LANES);
    if (!near)
        return 0;
    for (int i = 0; i < KERNEL_QUERIES; i++)
        for (int v = 0; v < 2; v++)
            ((loose *)(out + i * KERNEL_PANEL))[v] = sum[i][v];
    return near;
}

static inline __attribute__((always_inline)) int64_t near_panel(const double *q, const double *x,
                                                                int64_t d, int64_t panels,
                                                                const double *limit, double *out,
                                                                uint64_t *near, bool squares)
{
    for (int64_t p = 0; p < panels; p++, x += d * KERNEL_PANEL) {
        *near = 0;
        for (int r = 0; r < KERNEL_PANEL; r += NEAR_WIDTH)
            *near |= near_block(q, x + r, d, limit, out + r, squares) << r;
        if (*near)
            return p;
    }
    return panels;
}

static int64_t simd_near_squares(const double *q, const double *x, int64_t d, int64_t panels,
                                 const double *limit, double *out, uint64_t *near)
{
    return near_panel(q, x, d, panels, limit, out, near, true);
}

static int64_t simd_near_sizes(const double *q, const double *x, int64_t d, int64_t panels,
                               const double *limit, double *out, uint64_t *near)
{
    return near_panel(q, x, d, panels, limit, out, near, false);
}
