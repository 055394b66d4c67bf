/* The body of one instruction set's distances of a row to many, included with
 *   APART_NAME     the row of the table, APART_TEXT its name,
 *   VECTOR_LANES   doubles in a register.
 *
 * Lanes are rows, never terms of one sum, so each sum has the reference's order. */

#include "kernel/apart.h"

#include <immintrin.h>
#include <math.h>
#include <stdbool.h>

typedef double lanes __attribute__((vector_size(8 * VECTOR_LANES)));
typedef double loose __attribute__((vector_size(8 * VECTOR_LANES), aligned(8)));
typedef long long bits_of_lanes __attribute__((vector_size(8 * VECTOR_LANES)));

enum { VECTORS = APART_PANEL / VECTOR_LANES };

#define INLINE static inline __attribute__((always_inline))

#if VECTOR_LANES == 8
INLINE uint32_t lanes_below(lanes a, lanes b)
{
    return _mm512_cmp_pd_mask((__m512d)a, (__m512d)b, _CMP_LT_OQ);
}

INLINE uint32_t lanes_at_most(lanes a, lanes b)
{
    return _mm512_cmp_pd_mask((__m512d)a, (__m512d)b, _CMP_LE_OQ);
}

/* `a > b ? a : b` and `a < b ? a : b` of each lane. */
INLINE lanes lanes_most(lanes a, lanes b)
{
    return (lanes)_mm512_max_pd((__m512d)a, (__m512d)b);
}

INLINE lanes lanes_least(lanes a, lanes b)
{
    return (lanes)_mm512_min_pd((__m512d)a, (__m512d)b);
}

INLINE lanes lanes_root(lanes a)
{
    return (lanes)_mm512_sqrt_pd((__m512d)a);
}
#else
INLINE uint32_t lanes_below(lanes a, lanes b)
{
    return (uint32_t)_mm256_movemask_pd(_mm256_cmp_pd((__m256d)a, (__m256d)b, _CMP_LT_OQ));
}

INLINE uint32_t lanes_at_most(lanes a, lanes b)
{
    return (uint32_t)_mm256_movemask_pd(_mm256_cmp_pd((__m256d)a, (__m256d)b, _CMP_LE_OQ));
}

INLINE lanes lanes_most(lanes a, lanes b)
{
    return (lanes)_mm256_max_pd((__m256d)a, (__m256d)b);
}

INLINE lanes lanes_least(lanes a, lanes b)
{
    return (lanes)_mm256_min_pd((__m256d)a, (__m256d)b);
}

INLINE lanes lanes_root(lanes a)
{
    return (lanes)_mm256_sqrt_pd((__m256d)a);
}
#endif

INLINE lanes lanes_of(double x)
{
    return x - (lanes){0};
}

INLINE lanes term_of(lanes e, bool squares)
{
    return squares ? e * e : (lanes)((bits_of_lanes)e & ((bits_of_lanes){0} + INT64_MAX));
}

INLINE void panel_sums(const double *q, const double *x, int64_t d, bool squares,
                       lanes sum[VECTORS])
{
    for (int v = 0; v < VECTORS; v++)
        sum[v] = (lanes){0};
    for (int64_t j = 0; j < d; j++) {
        const lanes *b = (const lanes *)(x + j * APART_PANEL);
        for (int v = 0; v < VECTORS; v++)
            sum[v] += term_of(q[j] - b[v], squares);
    }
}

INLINE void rows_sums(const double *q, const double *x, int64_t d, int64_t panels, double *out,
                      bool squares)
{
    for (int64_t p = 0; p < panels; p++, x += d * APART_PANEL, out += APART_PANEL) {
        lanes sum[VECTORS];
        panel_sums(q, x, d, squares, sum);
        for (int v = 0; v < VECTORS; v++)
            ((loose *)out)[v] = sum[v];
    }
}

INLINE uint32_t relax_panel(const double *q, const double *x, int64_t d, double *nearest,
                            bool squares)
{
    lanes sum[VECTORS];
    uint32_t bits = 0;
    panel_sums(q, x, d, squares, sum);
    for (int v = 0; v < VECTORS; v++) {
        lanes *at = (lanes *)nearest + v;
        bits |= lanes_below(sum[v], *at) << v * VECTOR_LANES;
        *at = lanes_least(sum[v], *at);
    }
    return bits;
}

INLINE void box_sums(const double *q, const double *low, const double *high, int64_t d,
                     bool squares, lanes sum[VECTORS])
{
    for (int v = 0; v < VECTORS; v++)
        sum[v] = (lanes){0};
    for (int64_t j = 0; j < d; j++) {
        const lanes *a = (const lanes *)(low + j * APART_PANEL);
        const lanes *b = (const lanes *)(high + j * APART_PANEL);
        for (int v = 0; v < VECTORS; v++) {
            lanes most = lanes_most(lanes_most(a[v] - q[j], q[j] - b[v]), (lanes){0});
            sum[v] += squares ? most * most : most;
        }
    }
}

INLINE uint32_t boxes_near(const double *q, const double *low, const double *high, int64_t d,
                           const double *limit, bool squares)
{
    lanes sum[VECTORS];
    uint32_t bits = 0;
    box_sums(q, low, high, d, squares, sum);
    for (int v = 0; v < VECTORS; v++)
        bits |= lanes_below(sum[v], ((const lanes *)limit)[v]) << v * VECTOR_LANES;
    return bits;
}

/* --- rows of the table --------------------------------------------------------------------- */

static void simd_squares(const double *q, const double *x, int64_t d, int64_t panels, double *out)
{
    rows_sums(q, x, d, panels, out, true);
}

static void simd_sizes(const double *q, const double *x, int64_t d, int64_t panels, double *out)
{
    rows_sums(q, x, d, panels, out, false);
}

static uint32_t simd_relax_squares(const double *q, const double *x, int64_t d, double *nearest)
{
    return relax_panel(q, x, d, nearest, true);
}

static uint32_t simd_relax_sizes(const double *q, const double *x, int64_t d, double *nearest)
{
    return relax_panel(q, x, d, nearest, false);
}

static uint32_t simd_boxes_squares(const double *q, const double *low, const double *high,
                                   int64_t d, const double *limit)
{
    return boxes_near(q, low, high, d, limit, true);
}

static uint32_t simd_boxes_sizes(const double *q, const double *low, const double *high, int64_t d,
                                 const double *limit)
{
    return boxes_near(q, low, high, d, limit, false);
}

static uint32_t simd_ward(const double *q, const double *x, int64_t d, double size, const double *s,
                          double limit, double *out)
{
    lanes sum[VECTORS];
    uint32_t bits = 0;
    panel_sums(q, x, d, true, sum);
    for (int v = 0; v < VECTORS; v++) {
        lanes b = ((const lanes *)s)[v], grown = sum[v] * (size * b / (size + b));
        ((loose *)out)[v] = grown;
        bits |= lanes_at_most(grown, lanes_of(limit)) << v * VECTOR_LANES;
    }
    return bits;
}

static uint32_t simd_ward_boxes(const double *q, const double *low, const double *high, int64_t d,
                                double size, const double *s, double limit)
{
    lanes sum[VECTORS];
    uint32_t bits = 0;
    box_sums(q, low, high, d, true, sum);
    for (int v = 0; v < VECTORS; v++) {
        lanes b = ((const lanes *)s)[v];
        bits |= lanes_at_most(sum[v] * (size * b / (size + b)), lanes_of(limit))
                << v * VECTOR_LANES;
    }
    return bits;
}

/* The smallest value by vectors, then where it first stands. */
static int64_t simd_least(const double *x, int64_t n)
{
    enum { CHAINS = 4 };
    lanes least[CHAINS];
    double value = x[0];
    int64_t i = 0;
    for (int c = 0; c < CHAINS; c++)
        least[c] = lanes_of(value);
    for (; i + CHAINS * VECTOR_LANES <= n; i += CHAINS * VECTOR_LANES)
        for (int c = 0; c < CHAINS; c++) {
            lanes b = *(const loose *)(x + i + c * VECTOR_LANES);
            least[c] = lanes_least(b, least[c]);
        }
    for (int c = 0; c < CHAINS; c++)
        for (int v = 0; v < VECTOR_LANES; v++)
            value = least[c][v] < value ? least[c][v] : value;
    for (; i < n; i++)
        value = x[i] < value ? x[i] : value;
    for (i = 0; i + VECTOR_LANES <= n; i += VECTOR_LANES) {
        uint32_t here = lanes_at_most(*(const loose *)(x + i), lanes_of(value));
        if (here)
            return i + __builtin_ctz(here);
    }
    for (; i < n - 1 && x[i] > value; i++) {}
    return i;
}

static void simd_roots(double *x, int64_t n)
{
    int64_t i = 0;
    for (; i + VECTOR_LANES <= n; i += VECTOR_LANES)
        *(loose *)(x + i) = lanes_root(*(const loose *)(x + i));
    for (; i < n; i++)
        x[i] = sqrt(x[i]);
}

static void simd_most(const double *x, double *y, int64_t n)
{
    int64_t i = 0;
    for (; i + VECTOR_LANES <= n; i += VECTOR_LANES)
        *(loose *)(y + i) = lanes_most(*(const loose *)(x + i), *(const loose *)(y + i));
    for (; i < n; i++)
        y[i] = x[i] > y[i] ? x[i] : y[i];
}

static void simd_mean(const double *x, double *y, int64_t n, double a, double b)
{
    int64_t i = 0;
    for (; i + VECTOR_LANES <= n; i += VECTOR_LANES)
        *(loose *)(y + i) =
            (a * *(const loose *)(x + i) + b * *(const loose *)(y + i)) / lanes_of(a + b);
    for (; i < n; i++)
        y[i] = (a * x[i] + b * y[i]) / (a + b);
}

const apart_class APART_NAME = {
    .name = APART_TEXT,
    .squares = simd_squares,
    .sizes = simd_sizes,
    .relax_squares = simd_relax_squares,
    .relax_sizes = simd_relax_sizes,
    .boxes_squares = simd_boxes_squares,
    .boxes_sizes = simd_boxes_sizes,
    .ward = simd_ward,
    .ward_boxes = simd_ward_boxes,
    .least = simd_least,
    .roots = simd_roots,
    .most = simd_most,
    .mean = simd_mean,
};
