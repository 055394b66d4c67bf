#include "plot/histogram.h"

#include <math.h>
#include <stdio.h>

/* The residual histogram.  Beside it the normal curve of the same mean and deviation, by which a
 * skew or a heavy tail shows. */

enum { CURVE = 129 };

static double residual(const void *self, int64_t i)
{
    const plot_predictions *p = self;
    return p->actual[i] - p->predicted[i];
}

/* n × width × the normal density, over the range and a little beyond */
static void normal_curve(const histogram *h, double x[CURVE], double y[CURVE])
{
    double s = h->deviation;
    double low = fmin(h->range.low, h->mean - 3 * s), high = fmax(h->range.high, h->mean + 3 * s);
    for (int i = 0; i < CURVE; ++i) {
        x[i] = low + (high - low) * i / (CURVE - 1);
        double z = (x[i] - h->mean) / s;
        y[i] = (double)h->n * h->width * exp(-z * z / 2) / (s * sqrt(2 * M_PI));
    }
}

stint_status plot_residuals(ctx *c, const plot_predictions *p, str *out)
{
    histogram h;
    double x[CURVE], y[CURVE], zero = 0;
    char label[128];
    histogram_make(&h, p->n, residual, p);
    bool curve = h.n > 2 && h.deviation > 1e-9 * fabs(h.mean) && isfinite(h.deviation);
    if (curve)
        normal_curve(&h, x, y);
    snprintf(label, sizeof label, "actual − predicted %s", p->target);
    const plot_mark marks[] = {
        {.class = &mark_bars, .low = h.low, .high = h.high, .y = h.count, .n = h.bins},
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
        .left_out = p->n - h.n,
    };
    return plot_png(c, &f, out);
}
