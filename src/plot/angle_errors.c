#include "plot/histogram.h"

#include "base/target.h"

#include <math.h>
#include <stdio.h>

/* Errors of angles, taken the short way round, around zero, with lines at what is held to be a
 * good, a fair and a poor hit. */

enum { LIMITS = 3, LABEL = 48 };

static const double limits[LIMITS] = {5, 10, 20};
static const plot_colour limit_colours[LIMITS] = {PLOT_THIRD, PLOT_FOURTH, PLOT_ACCENT};

/* In degrees of 360 */
static double angle_error(const void *self, int64_t i)
{
    const plot_angles *p = self;
    double e = angle_difference(p->predicted[i], p->actual[i], p->period) / p->period * 360;
    return fabs(e) <= 180 ? e : NAN;
}

static double share_within(const plot_angles *p, double limit, int64_t n)
{
    int64_t within = 0;
    for (int64_t i = 0; i < p->n; ++i)
        within += fabs(angle_error(p, i)) <= limit + 1e-9; /* sines round */
    return n ? (double)within / (double)n : NAN;
}

/* The same to both sides, and past the first line at least. */
static double axis_end(const histogram *h)
{
    double most = h->bins ? fmax(-h->low[0], h->high[h->bins - 1]) : 0;
    return fmin(fmax(1.04 * most, limits[0] * 1.2), 187);
}

stint_status plot_angle_errors(ctx *c, const plot_angles *p, str *out)
{
    histogram h;
    char x[128], labels[LIMITS][LABEL];
    double at[2 * LIMITS];
    histogram_make(&h, p->n, angle_error, p);
    plot_mark marks[1 + 2 * LIMITS] = {
        {.class = &mark_bars, .low = h.low, .high = h.high, .y = h.count, .n = h.bins}};
    for (int k = 0; k < LIMITS; ++k) {
        double share = share_within(p, limits[k], h.n);
        str_print(labels[k], LABEL, "within %.0f°: %.1f %%", limits[k], 100 * share);
        for (int side = 0; side < 2; ++side) {
            at[2 * k + side] = side ? limits[k] : -limits[k];
            marks[1 + 2 * k + side] = (plot_mark){.class = &mark_vertical,
                                                  .x = &at[2 * k + side],
                                                  .n = 1,
                                                  .colour = limit_colours[k],
                                                  .label = side || !h.n ? NULL : labels[k],
                                                  .dashed = true};
        }
    }
    snprintf(x, sizeof x, "predicted − actual %s (degrees%s)", p->target,
             p->period == 360 ? "" : " of a turn");
    const plot_figure f = {
        .title = p->title ? p->title : "Errors of the angle",
        .subtitle = p->subtitle,
        .x = {.label = x, .low = -axis_end(&h), .high = axis_end(&h)},
        .y = {.label = "rows", .from_zero = true, .whole = true},
        .width = 520,
        .height = 584,
        .marks = marks,
        .n_marks = 1 + 2 * LIMITS,
        .left_out = p->n - h.n,
    };
    return plot_png(c, &f, out);
}
