#include "kernel/apart.h"

#include <math.h>

/* What the distances of one row to many are. */

typedef double term(double e);

static double square(double e)
{
    return e * e;
}

static double sum_of(term *f, const double *q, const double *x, int64_t d, int64_t r)
{
    double sum = 0;
    for (int64_t j = 0; j < d; j++)
        sum += f(q[j] - x[j * APART_PANEL + r]);
    return sum;
}

static void rows_of(term *f, const double *q, const double *x, int64_t d, int64_t panels,
                    double *out)
{
    for (int64_t p = 0; p < panels; p++)
        for (int64_t r = 0; r < APART_PANEL; r++)
            out[p * APART_PANEL + r] = sum_of(f, q, x + p * d * APART_PANEL, d, r);
}

static uint32_t relax(term *f, const double *q, const double *x, int64_t d, double *nearest)
{
    uint32_t bits = 0;
    for (int64_t r = 0; r < APART_PANEL; r++) {
        double sum = sum_of(f, q, x, d, r);
        bits |= (uint32_t)(sum < nearest[r]) << r;
        nearest[r] = sum < nearest[r] ? sum : nearest[r];
    }
    return bits;
}

static double box_sum(term *f, const double *q, const double *low, const double *high, int64_t d,
                      int64_t r)
{
    double sum = 0;
    for (int64_t j = 0; j < d; j++) {
        double below = low[j * APART_PANEL + r] - q[j], above = q[j] - high[j * APART_PANEL + r];
        double most = below > above ? below : above;
        sum += f(most > 0 ? most : 0);
    }
    return sum;
}

static uint32_t boxes(term *f, const double *q, const double *low, const double *high, int64_t d,
                      const double *limit)
{
    uint32_t bits = 0;
    for (int64_t r = 0; r < APART_PANEL; r++)
        bits |= (uint32_t)(box_sum(f, q, low, high, d, r) < limit[r]) << r;
    return bits;
}

/* --- rows of the table --------------------------------------------------------------------- */

static void ref_squares(const double *q, const double *x, int64_t d, int64_t panels, double *out)
{
    rows_of(square, q, x, d, panels, out);
}

static void ref_sizes(const double *q, const double *x, int64_t d, int64_t panels, double *out)
{
    rows_of(fabs, q, x, d, panels, out);
}

static uint32_t ref_relax_squares(const double *q, const double *x, int64_t d, double *nearest)
{
    return relax(square, q, x, d, nearest);
}

static uint32_t ref_relax_sizes(const double *q, const double *x, int64_t d, double *nearest)
{
    return relax(fabs, q, x, d, nearest);
}

static uint32_t ref_boxes_squares(const double *q, const double *low, const double *high, int64_t d,
                                  const double *limit)
{
    return boxes(square, q, low, high, d, limit);
}

static uint32_t ref_boxes_sizes(const double *q, const double *low, const double *high, int64_t d,
                                const double *limit)
{
    return boxes(fabs, q, low, high, d, limit);
}

static uint32_t ref_ward(const double *q, const double *x, int64_t d, double size, const double *s,
                         double limit, double *out)
{
    uint32_t bits = 0;
    for (int64_t r = 0; r < APART_PANEL; r++) {
        out[r] = sum_of(square, q, x, d, r) * (size * s[r] / (size + s[r]));
        bits |= (uint32_t)(out[r] <= limit) << r;
    }
    return bits;
}

static uint32_t ref_ward_boxes(const double *q, const double *low, const double *high, int64_t d,
                               double size, const double *s, double limit)
{
    uint32_t bits = 0;
    for (int64_t r = 0; r < APART_PANEL; r++) {
        double bound = box_sum(square, q, low, high, d, r) * (size * s[r] / (size + s[r]));
        bits |= (uint32_t)(bound <= limit) << r;
    }
    return bits;
}

static int64_t ref_least(const double *x, int64_t n)
{
    int64_t at = 0;
    for (int64_t i = 1; i < n; i++)
        at = x[i] < x[at] ? i : at;
    return at;
}

static void ref_roots(double *x, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        x[i] = sqrt(x[i]);
}

static void ref_most(const double *x, double *y, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        y[i] = x[i] > y[i] ? x[i] : y[i];
}

static void ref_mean(const double *x, double *y, int64_t n, double a, double b)
{
    for (int64_t i = 0; i < n; i++)
        y[i] = (a * x[i] + b * y[i]) / (a + b);
}

const apart_class apart_baseline = {
    .name = "baseline",
    .squares = ref_squares,
    .sizes = ref_sizes,
    .relax_squares = ref_relax_squares,
    .relax_sizes = ref_relax_sizes,
    .boxes_squares = ref_boxes_squares,
    .boxes_sizes = ref_boxes_sizes,
    .ward = ref_ward,
    .ward_boxes = ref_ward_boxes,
    .least = ref_least,
    .roots = ref_roots,
    .most = ref_most,
    .mean = ref_mean,
};
