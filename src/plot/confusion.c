#include "plot/plot.h"

#include <math.h>
#include <stdio.h>

/* Actual against predicted classes.  Rows are shaded by what became of the actual class, so that
 * a rare class is as visible as a frequent one; the diagonal is what was right. */

enum { COUNTED_MOST = 30, CELLS_MOST = 250 };

/* Neighbouring classes, `each` at a time, as one cell. */
typedef struct groups {
    int n, each;
    double *share, *count; /* [n][n]; count NULL = not written */
} groups;

static void gather(const plot_classes *p, groups *g)
{
    for (int i = 0; i < p->n; ++i)
        for (int j = 0; j < p->n; ++j)
            g->share[(int64_t)(i / g->each) * g->n + j / g->each] +=
                (double)p->counts[(int64_t)i * p->n + j];
    for (int i = 0; i < g->n; ++i) {
        double *row = g->share + (int64_t)i * g->n, sum = 0;
        for (int j = 0; j < g->n; ++j)
            sum += row[j];
        for (int j = 0; j < g->n; ++j) {
            if (g->count)
                g->count[(int64_t)i * g->n + j] = row[j];
            row[j] = sum > 0 ? row[j] / sum : 0; /* a class that never came has no shares */
        }
    }
}

static stint_status draw(ctx *c, const plot_classes *p, const groups *g, str *out)
{
    char x[128], y[128], grouped[192];
    const char *names[CELLS_MOST + 1];
    for (int i = 0; i < g->n; ++i)
        names[i] = p->names[i * g->each];
    snprintf(x, sizeof x, "predicted %s", p->target);
    snprintf(y, sizeof y, "actual %s", p->target);
    snprintf(grouped, sizeof grouped, "a cell is %d × %d classes%s%s", g->each, g->each,
             p->note ? "; " : "", p->note ? p->note : "");
    const plot_mark m = {.class = &mark_cells,
                         .y = g->share,
                         .high = g->count,
                         .n = (int64_t)g->n * g->n,
                         .columns = g->n};
    const plot_figure f = {
        .title = p->title ? p->title : "Confusion matrix",
        .subtitle = p->subtitle,
        .x = {.label = x, .low = -0.5, .high = g->n - 0.5, .names = names, .n_names = g->n},
        .y = {.label = y,
              .low = -0.5,
              .high = g->n - 0.5,
              .names = names,
              .n_names = g->n,
              .down = true},
        .equal = true,
        .width = g->n > 12 ? 640 : 520,
        .height = g->n > 12 ? 700 : 584,
        .marks = &m,
        .n_marks = 1,
        .note = g->each > 1 ? grouped : p->note,
    };
    return plot_png(c, &f, out);
}

stint_status plot_confusion(ctx *c, const plot_classes *p, str *out)
{
    groups g = {.each = p->n > CELLS_MOST ? (p->n + CELLS_MOST - 1) / CELLS_MOST : 1};
    g.n = (p->n + g.each - 1) / g.each;
    bool counted = p->n <= COUNTED_MOST;
    g.share = mem_new(c, TAG_PLOT, double, (int64_t)g.n *g.n + 1);
    g.count = counted ? mem_new(c, TAG_PLOT, double, (int64_t)g.n *g.n + 1) : NULL;
    stint_status s = STINT_ENOMEM;
    if (g.share && (g.count || !counted)) {
        gather(p, &g);
        s = draw(c, p, &g, out);
    }
    mem_free(g.share);
    mem_free(g.count);
    return s;
}
