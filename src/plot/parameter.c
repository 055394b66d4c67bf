#include "plot/scale.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Score over one parameter.  Where nothing else varies, the scores are a curve with the
 * folds' band; the points are put in order of the parameter for it. */

enum { DOTTED = 120 }; /* up to so many points a curve shows them too */

/* The curve's arrays, in one block: x, mean, low, high [n] each. */
typedef struct curve {
    double *x, *mean, *low, *high;
} curve;

typedef struct place {
    double x;
    int64_t i;
} place;

static int compare_places(const void *a, const void *b)
{
    const place *p = a, *q = b;
    return p->x < q->x ? -1 : p->x > q->x ? 1 : p->i < q->i ? -1 : p->i > q->i;
}

/* Indices in ascending order of a value that can be shown; returns how many. */
static int64_t order(const plot_search *p, plot_scale kind, place *at)
{
    int64_t n = 0;
    for (int64_t i = 0; i < p->n; ++i)
        if (scale_shows(kind, p->values[i]))
            at[n++] = (place){p->values[i], i};
    qsort(at, (size_t)n, sizeof *at, compare_places);
    return n;
}

static stint_status curve_init(ctx *c, const plot_search *p, plot_scale kind, curve *k, int64_t *n)
{
    size_t rows = (size_t)(p->n ? p->n : 1);
    k->x = mem_alloc(c, TAG_PLOT, 4 * rows * sizeof(double));
    place *at = mem_alloc(c, TAG_PLOT, rows * sizeof(place));
    if (!k->x || !at) {
        mem_free(k->x);
        mem_free(at);
        return STINT_ENOMEM;
    }
    k->mean = k->x + rows;
    k->low = k->mean + rows;
    k->high = k->low + rows;
    *n = order(p, kind, at);
    for (int64_t j = 0; j < *n; ++j) {
        int64_t i = at[j].i;
        double d = p->deviation ? p->deviation[i] : NAN;
        k->x[j] = at[j].x;
        k->mean[j] = p->mean[i];
        k->low[j] = p->mean[i] - d;
        k->high[j] = p->mean[i] + d;
    }
    mem_free(at);
    return STINT_OK;
}

/* A log axis shows values over two decades or more. */
static plot_scale spread_of(const plot_search *p)
{
    range r = RANGE_EMPTY;
    for (int64_t i = 0; i < p->n; ++i)
        range_add(&r, PLOT_LINEAR, p->values[i]);
    return r.low > 0 && r.high / r.low >= 99.9 ? PLOT_LOG : PLOT_LINEAR;
}

static stint_status draw(ctx *c, const plot_search *p, plot_scale kind, const curve *k, int64_t n,
                         str *out)
{
    char label[128] = "";
    bool has_best = p->best >= 0 && p->best < p->n;
    if (has_best)
        str_print(label, sizeof label, "best: %.4g at %.4g", p->mean[p->best], p->values[p->best]);
    bool band = k && p->deviation, dots = !k || n <= DOTTED;
    const plot_mark marks[] = {
        {.class = &mark_band,
         .x = k ? k->x : NULL,
         .low = k ? k->low : NULL,
         .high = k ? k->high : NULL,
         .n = band ? n : 0,
         .label = band ? "± deviation over folds" : NULL},
        {.class = &mark_line,
         .x = k ? k->x : NULL,
         .y = k ? k->mean : NULL,
         .n = k ? n : 0,
         .label = k ? "mean" : NULL},
        {.class = &mark_scatter, .x = p->values, .y = p->mean, .n = dots ? p->n : 0},
        {.class = &mark_point,
         .x = p->values + (has_best ? p->best : 0),
         .y = p->mean + (has_best ? p->best : 0),
         .n = has_best,
         .colour = PLOT_ACCENT,
         .label = label},
    };
    char title[160];
    snprintf(title, sizeof title, "Score over %s", p->parameter);
    const plot_figure f = {
        .title = p->title ? p->title : title,
        .subtitle = p->subtitle,
        .x = {.label = p->parameter, .scale = kind},
        .y = {.label = p->metric},
        .width = 520,
        .height = 380,
        .marks = marks,
        .n_marks = 4,
    };
    return plot_png(c, &f, out);
}

stint_status plot_parameter(ctx *c, const plot_search *p, str *out)
{
    curve k;
    int64_t n = 0;
    plot_scale kind = spread_of(p);
    if (!p->curve || p->n > PLOT_DENSE)
        return draw(c, p, kind, NULL, 0, out);
    TRY(curve_init(c, p, kind, &k, &n));
    stint_status s = draw(c, p, kind, &k, n, out);
    mem_free(k.x);
    return s;
}
