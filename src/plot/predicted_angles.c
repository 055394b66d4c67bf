#include "plot/plot.h"

#include "base/target.h"

#include <math.h>
#include <stdio.h>

/* Actual against predicted angles.  A prediction is drawn at the turn that is nearest to the
 * actual angle, a twelfth of a turn beyond the ends of the axes where that is needed.  One further
 * off is drawn within the turn, and the identity line comes again in the corners, so that every
 * point's distance from the nearest line is its error. */

#define MARGIN (1.0 / 12)
enum { TICKS = 9, LINES = 9 };

static double drawn_at(double predicted, double actual, double period)
{
    double near = actual + angle_difference(predicted, actual, period);
    return near >= -MARGIN * period && near <= (1 + MARGIN) * period ? near : predicted;
}

/* Ticks at whole parts of a turn, where those are whole numbers; 0 = none are. */
static int turn_ticks(double period, double at[TICKS], char text[TICKS][16],
                      const char *names[TICKS])
{
    static const int parts[] = {8, 6, 4};
    for (size_t k = 0; k < sizeof parts / sizeof *parts; ++k) {
        double step = period / parts[k];
        if (step != floor(step) || step > 1e6)
            continue;
        for (int i = 0; i <= parts[k]; ++i) {
            at[i] = i * step;
            str_print(text[i], sizeof text[i], "%.0f", at[i]);
            names[i] = text[i];
        }
        return parts[k] + 1;
    }
    return 0;
}

/* The identity and the band beside it, with their copies one turn off. */
static void add_lines(plot_mark lines[LINES], double offset[LINES], double period)
{
    static const double degrees[] = {0, 20, -20};
    for (int i = 0; i < LINES; ++i) {
        double beside = degrees[i % 3];
        const char *label = i == 0 ? "perfect" : i == 1 ? "± 20°" : NULL;
        offset[i] = beside / 360 * period + (i / 3 == 1 ? period : i / 3 == 2 ? -period : 0);
        lines[i] = (plot_mark){.class = &mark_diagonal,
                               .x = &offset[i],
                               .n = 1,
                               .colour = beside == 0 ? PLOT_MUTED : PLOT_ACCENT,
                               .label = label,
                               .dashed = true};
    }
}

static stint_status draw(ctx *c, const plot_angles *p, const double *x, str *out)
{
    char predicted[128], actual[128], text[TICKS][16];
    const char *names[TICKS];
    double at[TICKS], offset[LINES], margin = MARGIN * p->period;
    plot_mark marks[1 + LINES] = {
        {.class = &mark_scatter, .x = x, .y = p->actual, .n = p->n, .label = "row"}};
    add_lines(marks + 1, offset, p->period);
    snprintf(predicted, sizeof predicted, "predicted %s", p->target);
    snprintf(actual, sizeof actual, "actual %s", p->target);
    int ticks = turn_ticks(p->period, at, text, names);
    plot_axis axis = {.low = -margin, .high = p->period + margin, .at = at, .n_names = ticks};
    axis.names = ticks ? names : NULL;
    plot_figure f = {
        .title = p->title ? p->title : "Actual against predicted",
        .subtitle = p->subtitle,
        .x = axis,
        .y = axis,
        .equal = true,
        .width = 520,
        .height = 584,
        .marks = marks,
        .n_marks = 1 + LINES,
    };
    f.x.label = predicted;
    f.y.label = actual;
    return plot_png(c, &f, out);
}

stint_status plot_predicted_angles(ctx *c, const plot_angles *p, str *out)
{
    double *x = mem_new(c, TAG_PLOT, double, p->n + 1);
    if (!x)
        return STINT_ENOMEM;
    for (int64_t i = 0; i < p->n; ++i)
        x[i] = drawn_at(p->predicted[i], p->actual[i], p->period);
    stint_status s = draw(c, p, x, out);
    mem_free(x);
    return s;
}
