#include "plot/plot.h"

#include <math.h>

/* Numbers by step, joined up, one of them prominent, and a line between two of them. */

stint_status plot_by_step(ctx *c, const plot_steps *p, str *out)
{
    bool has_best = p->best >= 0 && p->best < p->n, divided = !isnan(p->divide);
    const plot_mark marks[] = {
        {.class = &mark_line, .x = p->x, .y = p->y, .n = p->n},
        {.class = &mark_scatter, .x = p->x, .y = p->y, .n = p->n},
        {.class = &mark_vertical,
         .x = &p->divide,
         .n = divided,
         .colour = PLOT_MUTED,
         .label = divided ? p->divide_label : NULL,
         .dashed = true},
        {.class = &mark_point,
         .x = has_best ? p->x + p->best : NULL,
         .y = has_best ? p->y + p->best : NULL,
         .n = has_best,
         .colour = PLOT_ACCENT,
         .label = has_best ? p->best_label : NULL},
    };
    const plot_figure f = {
        .title = p->title,
        .subtitle = p->subtitle,
        .x = {.label = p->x_label, .whole = true},
        .y = {.label = p->y_label},
        .width = 520,
        .height = 380,
        .marks = marks,
        .n_marks = 4,
        .note = p->note,
    };
    return plot_png(c, &f, out);
}
