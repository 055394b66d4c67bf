#include "plot/plot.h"

#include <stdio.h>

/* Actual against predicted: a perfect model's points lie on the diagonal, which is why both
 * axes show one range at one scale. */

stint_status plot_predicted(ctx *c, const plot_predictions *p, str *out)
{
    char x[128], y[128];
    snprintf(x, sizeof x, "predicted %s", p->target);
    snprintf(y, sizeof y, "actual %s", p->target);
    const plot_mark marks[] = {
        {.class = &mark_scatter, .x = p->predicted, .y = p->actual, .n = p->n, .label = "row"},
        {.class = &mark_diagonal, .colour = PLOT_MUTED, .label = "perfect", .dashed = true},
    };
    const plot_figure f = {
        .title = p->title ? p->title : "Actual against predicted",
        .subtitle = p->subtitle,
        .x = {.label = x},
        .y = {.label = y},
        .equal = true,
        .width = 520,
        .height = 584,
        .marks = marks,
        .n_marks = 2,
    };
    return plot_png(c, &f, out);
}
