#include "plot/plot.h"

#include <math.h>

/* A tree as brackets: one mark for each colour, what joins several groups muted, and the level at
 * which the tree was cut. */

typedef struct brackets {
    plot_mark marks[PLOT_COLOURS + 1];
    int n;
    double *x, *y; /* [4 n] by mark */
    int64_t used;
} brackets;

static plot_colour colour_of(const plot_tree *p, const plot_bracket *b)
{
    return b->group < 0 ? PLOT_INK : plot_group_colour(p->sizes, p->n_groups, b->group);
}

static void add_bracket(brackets *k, const plot_bracket *b)
{
    const double x[] = {b->left, b->left, b->right, b->right};
    const double y[] = {b->left_height, b->height, b->height, b->right_height};
    for (int i = 0; i < 4; i++) {
        k->x[k->used] = x[i];
        k->y[k->used++] = y[i];
    }
}

static void add_colour(const plot_tree *p, plot_colour colour, brackets *k)
{
    int64_t from = k->used;
    for (int64_t i = 0; i < p->n; i++)
        if (colour_of(p, &p->brackets[i]) == colour)
            add_bracket(k, &p->brackets[i]);
    if (k->used > from)
        k->marks[k->n++] = (plot_mark){.class = &mark_links,
                                       .x = k->x + from,
                                       .y = k->y + from,
                                       .n = k->used - from,
                                       .colour = colour};
}

stint_status plot_dendrogram(ctx *c, const plot_tree *p, str *out)
{
    brackets k = {.x = mem_new(c, TAG_PLOT, double, 4 * p->n),
                  .y = mem_new(c, TAG_PLOT, double, 4 * p->n)};
    const double ends[] = {-0.6, p->n_leaves - 0.4}, level[] = {p->cut, p->cut};
    stint_status s = k.x && k.y ? STINT_OK : STINT_ENOMEM;
    if (s == STINT_OK) {
        for (int i = 0; i < PLOT_COLOURS; i++)
            add_colour(p, (plot_colour)i, &k);
        if (!isnan(p->cut))
            k.marks[k.n++] = (plot_mark){.class = &mark_line,
                                         .x = ends,
                                         .y = level,
                                         .n = 2,
                                         .colour = PLOT_MUTED,
                                         .label = "cut",
                                         .dashed = true};
        const plot_figure f = {
            .title = p->title,
            .subtitle = p->subtitle,
            .x = {.low = ends[0], .high = ends[1], .names = p->leaves, .n_names = p->n_leaves},
            .y = {.label = p->height, .from_zero = true},
            .width = 760,
            .height = 460,
            .marks = k.marks,
            .n_marks = k.n,
            .note = p->note,
        };
        s = plot_png(c, &f, out);
    }
    mem_free(k.x);
    mem_free(k.y);
    return s;
}
