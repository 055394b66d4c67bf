#include "plot/plot.h"

#include <string.h>

/* Rows of a plane, coloured by their group.  Each group with a colour is a scatter of its own, the
 * muted rest one more, drawn first so that it hides nothing. */

/* Colours that stay apart, in the order in which groups take them. */
static const plot_colour colours[PLOT_GROUPS] = {
    PLOT_FIRST, PLOT_SECOND, PLOT_THIRD,   PLOT_FOURTH, PLOT_ACCENT,
    PLOT_FIFTH, PLOT_SIXTH,  PLOT_SEVENTH, PLOT_EIGHTH, PLOT_NINTH,
};

/* Groups that are larger, or as large and before it. */
static int64_t rank_of(const int64_t *sizes, int64_t n, int64_t group)
{
    int64_t rank = 0;
    for (int64_t i = 0; i < n; i++)
        rank += sizes[i] > sizes[group] || (sizes[i] == sizes[group] && i < group);
    return rank;
}

plot_colour plot_group_colour(const int64_t *sizes, int64_t n, int64_t group)
{
    int64_t place = n <= PLOT_GROUPS ? group : rank_of(sizes, n, group);
    return group >= 0 && place < PLOT_GROUPS ? colours[place] : PLOT_MUTED;
}

typedef struct scatters {
    plot_mark marks[PLOT_GROUPS + 1];
    char labels[PLOT_GROUPS + 1][48];
    int n;
    double *x, *y; /* [points] by mark */
    int64_t used;
} scatters;

/* The points of one group, or of all that are muted (group -1), as the next mark. */
static void add_scatter(const plot_groups *p, const bool *muted, int64_t group, scatters *s)
{
    int64_t from = s->used;
    for (int64_t i = 0; i < p->n; i++)
        if (group < 0 ? muted[p->group[i]] : p->group[i] == group) {
            s->x[s->used] = p->x[i];
            s->y[s->used++] = p->y[i];
        }
    int64_t others = 0;
    for (int64_t g = 0; group < 0 && g < p->n_groups; g++)
        others += muted[g];
    if (group < 0)
        str_print(s->labels[s->n], sizeof s->labels[0], "%lld others", (long long)others);
    else
        str_print(s->labels[s->n], sizeof s->labels[0], "%lld", (long long)group);
    s->marks[s->n] = (plot_mark){
        .class = &mark_scatter,
        .x = s->x + from,
        .y = s->y + from,
        .n = s->used - from,
        .colour = group < 0 ? PLOT_MUTED : plot_group_colour(p->sizes, p->n_groups, group),
        .label = s->labels[s->n],
    };
    s->n++;
}

static stint_status draw(ctx *c, const plot_groups *p, const scatters *s, str *out)
{
    const plot_figure f = {
        .title = p->title,
        .subtitle = p->subtitle,
        .x = {.label = p->x_label},
        .y = {.label = p->y_label},
        .width = 640,
        .height = 560,
        .marks = s->marks,
        .n_marks = s->n,
        .note = p->note,
    };
    return plot_png(c, &f, out);
}

stint_status plot_clusters(ctx *c, const plot_groups *p, str *out)
{
    bool any = false;
    scatters s = {.x = mem_new(c, TAG_PLOT, double, p->n), .y = mem_new(c, TAG_PLOT, double, p->n)};
    bool *muted = mem_new(c, TAG_PLOT, bool, p->n_groups);
    stint_status status = s.x && s.y && muted ? STINT_OK : STINT_ENOMEM;
    for (int64_t g = 0; muted && g < p->n_groups; g++)
        any |= muted[g] = plot_group_colour(p->sizes, p->n_groups, g) == PLOT_MUTED;
    if (status == STINT_OK) {
        if (any)
            add_scatter(p, muted, -1, &s);
        for (int64_t g = 0; g < p->n_groups; g++)
            if (!muted[g])
                add_scatter(p, muted, g, &s);
        status = draw(c, p, &s, out);
    }
    mem_free(s.x);
    mem_free(s.y);
    mem_free(muted);
    return status;
}
