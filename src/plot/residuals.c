#include "plot/scale.h"

#include <math.h>
#include <stdio.h>

/* The residual histogram.  Bins are of Scott's width, 3.49 σ n^(-1/3) (Scott 1979), brought
 * down to 1, 2 or 5 × 10^e with edges on its multiples; far outliers widen the bins rather than
 * make more than BINS_MOST of them.  Beside it the normal curve of the same mean and
 * deviation, by which a skew or a heavy tail shows. */

enum { BINS_MOST = 100, BINS_AIMED = 36, CURVE = 129 };

/* Welford's sums over the residuals that can be shown. */
typedef struct moments {
    int64_t n;
    double mean, m2;
    range range;
} moments;

static double residual(const plot_predictions *p, int64_t i)
{
    return p->actual[i] - p->predicted[i];
}

static moments measure(const plot_predictions *p)
{
    moments m = {.range = RANGE_EMPTY};
    for (int64_t i = 0; i < p->n; ++i) {
        double r = residual(p, i);
        if (!scale_shows(PLOT_LINEAR, r))
            continue;
        range_add(&m.range, PLOT_LINEAR, r);
        double d = r - m.mean;
        m.mean += d / (double)++m.n;
        m.m2 += d * (r - m.mean);
    }
    return m;
}

static double deviation(const moments *m)
{
    return m->n > 1 ? sqrt(m->m2 / (double)(m->n - 1)) : 0;
}

/* At least 0.38 of the width aimed for, which is what BINS_MOST leaves room for. */
static double bin_width(const moments *m)
{
    int mantissa, exponent;
    double span = m->range.high - m->range.low;
    double size = fmax(fabs(m->range.high), fabs(m->range.low));
    double width = 3.49 * deviation(m) / cbrt((double)m->n);
    if (!isfinite(width) || width < span / BINS_AIMED)
        width = span / BINS_AIMED;
    if (span <= 1e-9 * size || span < 1e-290) /* a constant */
        width = size > 1e-290 ? size / 5 : 1;
    return nice_step(width, 1.5, &mantissa, &exponent);
}

typedef struct bins {
    int n;
    double width;
    double low[BINS_MOST], high[BINS_MOST], count[BINS_MOST];
} bins;

static void count_residuals(const plot_predictions *p, const moments *m, bins *b)
{
    b->width = bin_width(m);
    double first = floor(m->range.low / b->width);
    b->n = (int)fmin(floor(m->range.high / b->width) - first + 1, BINS_MOST);
    for (int i = 0; i < b->n; ++i) {
        b->low[i] = (first + i) * b->width;
        b->high[i] = (first + i + 1) * b->width;
        b->count[i] = 0;
    }
    for (int64_t i = 0; i < p->n; ++i) {
        double r = residual(p, i);
        if (scale_shows(PLOT_LINEAR, r))
            ++b->count[(int)fmax(0, fmin(floor(r / b->width) - first, b->n - 1))];
    }
}

/* n × width × the normal density, over the range and a little beyond */
static void normal_curve(const moments *m, double width, double x[CURVE], double y[CURVE])
{
    double s = deviation(m);
    double low = fmin(m->range.low, m->mean - 3 * s), high = fmax(m->range.high, m->mean + 3 * s);
    for (int i = 0; i < CURVE; ++i) {
        x[i] = low + (high - low) * i / (CURVE - 1);
        double z = (x[i] - m->mean) / s;
        y[i] = (double)m->n * width * exp(-z * z / 2) / (s * sqrt(2 * M_PI));
    }
}

stint_status plot_residuals(ctx *c, const plot_predictions *p, str *out)
{
    moments m = measure(p);
    bins b = {0};
    double x[CURVE], y[CURVE], zero = 0;
    char label[128];
    if (m.n > 0)
        count_residuals(p, &m, &b);
    bool curve = m.n > 2 && deviation(&m) > 1e-9 * fabs(m.mean) && isfinite(m.m2);
    if (curve)
        normal_curve(&m, b.width, x, y);
    snprintf(label, sizeof label, "actual − predicted %s", p->target);
    const plot_mark marks[] = {
        {.class = &mark_bars, .low = b.low, .high = b.high, .y = b.count, .n = b.n},
        {.class = &mark_line,
         .x = x,
         .y = y,
         .n = curve ? CURVE : 0,
         .colour = PLOT_ACCENT,
         .label = curve ? "normal, same mean and deviation" : NULL},
        {.class = &mark_vertical, .x = &zero, .n = 1, .colour = PLOT_INK, .dashed = true},
    };
    const plot_figure f = {
        .title = p->title ? p->title : "Residuals",
        .subtitle = p->subtitle,
        .x = {.label = label},
        .y = {.label = "rows", .from_zero = true, .whole = true},
        .width = 520,
        .height = 584,
        .marks = marks,
        .n_marks = 3,
        .left_out = p->n - m.n,
    };
    return plot_png(c, &f, out);
}
