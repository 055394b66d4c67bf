#include "plot/scale.h"

#include <stdio.h>

/* The search, configuration by configuration: each score a point, the best so far a line of
 * steps.  Steps that fall into one of STEPS columns are one step, so that the line's memory
 * does not grow with the search. */

enum { STEPS = 1024, CORNERS = 2 * STEPS + 4 };

typedef struct steps {
    double x[CORNERS], y[CORNERS];
    int n;
} steps;

static void steps_add(steps *s, double x, double y)
{
    s->x[s->n] = x;
    s->y[s->n++] = y;
}

static void best_so_far(const plot_search *p, steps *s)
{
    double column = (double)p->n / STEPS, drawn = 0;
    bool any = false;
    double best = 0;
    for (int64_t i = 0; i < p->n; ++i) {
        double y = p->mean[i], x = (double)(i + 1);
        if (!scale_shows(PLOT_LINEAR, y) || (any && (p->greater_is_better ? y <= best : y >= best)))
            continue;
        if (any && x - drawn < column) {
            s->y[s->n - 1] = y;
        } else {
            if (any)
                steps_add(s, x, best);
            steps_add(s, x, y);
            drawn = x;
        }
        best = y;
        any = true;
    }
    if (any)
        steps_add(s, (double)p->n, best);
}

stint_status plot_history(ctx *c, const plot_search *p, str *out)
{
    char label[96] = "";
    bool has_best = p->best >= 0 && p->best < p->n;
    double best_x = has_best ? (double)(p->best + 1) : 0;
    if (has_best)
        str_print(label, sizeof label, "best: %.4g, configuration %lld", p->mean[p->best],
                  (long long)p->best + 1);
    steps *s = mem_new(c, TAG_PLOT, steps, 1);
    if (!s)
        return STINT_ENOMEM;
    best_so_far(p, s);
    const plot_mark marks[] = {
        {.class = &mark_scatter, .y = p->mean, .n = p->n, .label = "configuration"},
        {.class = &mark_line,
         .x = s->x,
         .y = s->y,
         .n = s->n,
         .colour = PLOT_ACCENT,
         .label = "best so far"},
        {.class = &mark_point,
         .x = &best_x,
         .y = has_best ? p->mean + p->best : NULL,
         .n = has_best,
         .colour = PLOT_ACCENT,
         .label = label},
    };
    const plot_figure f = {
        .title = p->title ? p->title : "Search history",
        .subtitle = p->subtitle,
        .x = {.label = "configuration", .whole = true},
        .y = {.label = p->metric},
        .width = 520,
        .height = 380,
        .marks = marks,
        .n_marks = 3,
    };
    stint_status status = plot_png(c, &f, out);
    mem_free(s);
    return status;
}
