#include "plot/plot.h"

/* F1 of each label over the rows that have it: rare labels are the hard ones.  Labels that no row
 * has are left out. */

stint_status plot_label_support(ctx *c, const plot_label_scores *p, str *out)
{
    double *x = mem_new(c, TAG_PLOT, double, p->n), *y = mem_new(c, TAG_PLOT, double, p->n);
    int64_t n = 0;
    for (int64_t k = 0; x && y && k < p->n; ++k) {
        if (p->came[k] == 0)
            continue;
        x[n] = (double)p->came[k];
        y[n++] = 2 * (double)p->hit[k] / (double)(p->came[k] + p->predicted[k]);
    }
    const plot_mark m = {.class = &mark_scatter, .x = x, .y = y, .n = n};
    const plot_figure f = {
        .title = p->title ? p->title : "F1 by frequency of the label",
        .subtitle = p->subtitle,
        .x = {.label = "test rows that have the label", .scale = PLOT_LOG},
        .y = {.label = "F1", .low = -0.03, .high = 1.03},
        .marks = &m,
        .n_marks = 1,
        .left_out = p->n - n,
    };
    stint_status s = x && y ? plot_png(c, &f, out) : STINT_ENOMEM;
    mem_free(y);
    mem_free(x);
    return s;
}
