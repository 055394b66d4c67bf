#include "plot/plot.h"

#include <math.h>
#include <stdio.h>

/* The largest importances from the top, each a bar with its interval. */

typedef struct top {
    int n;
    int64_t index[PLOT_IMPORTANCES];
} top;

/* Equal ones stay in the caller's order. */
static void top_add(top *t, const double *value, int64_t i)
{
    int at = t->n;
    while (at > 0 && value[t->index[at - 1]] < value[i])
        --at;
    if (at == PLOT_IMPORTANCES)
        return;
    t->n += t->n < PLOT_IMPORTANCES;
    for (int k = t->n - 1; k > at; --k)
        t->index[k] = t->index[k - 1];
    t->index[at] = i;
}

typedef struct bars {
    double y[PLOT_IMPORTANCES], value[PLOT_IMPORTANCES], low[PLOT_IMPORTANCES],
        high[PLOT_IMPORTANCES];
    const char *names[PLOT_IMPORTANCES];
} bars;

static bool take_bars(const plot_importances *p, const top *t, bars *b)
{
    bool intervals = p->low && p->high;
    for (int i = 0; i < t->n; ++i) {
        b->y[i] = i;
        b->value[i] = p->value[t->index[i]];
        b->low[i] = intervals ? p->low[t->index[i]] : NAN;
        b->high[i] = intervals ? p->high[t->index[i]] : NAN;
        b->names[i] = p->names[t->index[i]];
    }
    return intervals;
}

stint_status plot_importance(ctx *c, const plot_importances *p, str *out)
{
    enum { ROW = 19, AROUND = 130 };
    top t = {0};
    bars b;
    int64_t finite = 0;
    char note[96];
    for (int64_t i = 0; i < p->n; ++i)
        if (fabs(p->value[i]) <= PLOT_MOST) {
            top_add(&t, p->value, i);
            ++finite;
        }
    bool intervals = take_bars(p, &t, &b);
    snprintf(note, sizeof note, "the largest %d of %lld", t.n, (long long)finite);
    const plot_mark m = {.class = &mark_levels,
                         .x = b.value,
                         .y = b.y,
                         .low = intervals ? b.low : NULL,
                         .high = intervals ? b.high : NULL,
                         .n = t.n};
    const plot_figure f = {
        .title = p->title ? p->title : "Importance of features",
        .subtitle = p->subtitle,
        .x = {.label = p->measure, .from_zero = true},
        .y = {.low = -0.6,
              .high = t.n > 0 ? t.n - 0.4 : 0.6,
              .names = b.names,
              .n_names = t.n,
              .down = true},
        .width = 520,
        .height = AROUND + ROW * (t.n < 8 ? 8 : t.n),
        .marks = &m,
        .n_marks = 1,
        .note = finite > t.n ? note : NULL,
        .left_out = p->n - finite,
    };
    return plot_png(c, &f, out);
}
