#include "plot/plot.h"

#include <math.h>
#include <stdio.h>

/* Precision and recall of the most frequent labels, two bars each, from the top. */

#define STEP   1.9 /* from one label to the next, in bars */
#define BESIDE 0.7 /* from a label's first bar to its second */

typedef struct top {
    int n;
    int64_t index[PLOT_LABELS];
} top;

/* Labels that came as often stay in the caller's order; those that never did have no recall. */
static void top_add(top *t, const int64_t *came, int64_t i)
{
    int at = t->n;
    while (at > 0 && came[t->index[at - 1]] < came[i])
        --at;
    if (at == PLOT_LABELS || came[i] == 0)
        return;
    t->n += t->n < PLOT_LABELS;
    for (int k = t->n - 1; k > at; --k)
        t->index[k] = t->index[k - 1];
    t->index[at] = i;
}

typedef struct bars {
    double at[PLOT_LABELS]; /* of the names */
    double precision_y[PLOT_LABELS], recall_y[PLOT_LABELS];
    double precision[PLOT_LABELS], recall[PLOT_LABELS];
    const char *names[PLOT_LABELS];
} bars;

static void take_bars(const plot_label_scores *p, const top *t, bars *b)
{
    for (int i = 0; i < t->n; ++i) {
        int64_t k = t->index[i];
        double hit = (double)p->hit[k];
        b->precision_y[i] = i * STEP;
        b->recall_y[i] = i * STEP + BESIDE;
        b->at[i] = i * STEP + BESIDE / 2;
        b->precision[i] = p->predicted[k] ? hit / (double)p->predicted[k] : 0;
        b->recall[i] = hit / (double)p->came[k];
        b->names[i] = p->names[k];
    }
}

stint_status plot_labels(ctx *c, const plot_label_scores *p, str *out)
{
    enum { ROW = 20, AROUND = 150 };
    top t = {0};
    bars b;
    char note[96];
    for (int64_t i = 0; i < p->n; ++i)
        top_add(&t, p->came, i);
    take_bars(p, &t, &b);
    snprintf(note, sizeof note, "the %d most frequent of %lld labels", t.n, (long long)p->n);
    const plot_mark marks[] = {{.class = &mark_levels,
                                .x = b.precision,
                                .y = b.precision_y,
                                .n = t.n,
                                .colour = PLOT_FIRST,
                                .label = "precision"},
                               {.class = &mark_levels,
                                .x = b.recall,
                                .y = b.recall_y,
                                .n = t.n,
                                .colour = PLOT_SECOND,
                                .label = "recall"}};
    const plot_figure f = {
        .title = p->title ? p->title : "Precision and recall of the most frequent labels",
        .subtitle = p->subtitle,
        .x = {.low = 0, .high = 1},
        .y = {.low = -0.7,
              .high = t.n > 0 ? (t.n - 1) * STEP + BESIDE + 0.7 : 0.7,
              .names = b.names,
              .at = b.at,
              .n_names = t.n,
              .down = true},
        .width = 560,
        .height = AROUND + ROW * (t.n < 8 ? 8 : t.n),
        .marks = marks,
        .n_marks = 2,
        .note = p->n > t.n ? note : NULL,
    };
    return plot_png(c, &f, out);
}
