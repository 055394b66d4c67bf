#include "plot/plot.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Curves of classes, each against the rest.  Of more classes than can be told apart, the mean at
 * each place of the x axis, over the band between the lowest and the highest class. */

enum { MEAN_POINTS = 257, MARKS_MOST = PLOT_CURVES + 2, LABEL = 160 };

static const plot_colour colours[PLOT_CURVES] = {PLOT_FIRST,  PLOT_ACCENT, PLOT_THIRD,
                                                 PLOT_FOURTH, PLOT_SECOND, PLOT_INK};

/* What one kind of curve says of itself. */
typedef struct curve_look {
    const char *title, *x, *y, *area;
    bool diagonal;
} curve_look;

static const curve_look look_roc = {"ROC curve", "false positive rate", "true positive rate", "AUC",
                                    true};
static const curve_look look_precision = {"Precision-recall curve", "recall", "precision", "AP",
                                          false};

typedef struct drawing {
    plot_mark marks[MARKS_MOST];
    int n_marks;
    char labels[MARKS_MOST][LABEL];
    double x[MEAN_POINTS], low[MEAN_POINTS], high[MEAN_POINTS], mean[MEAN_POINTS];
    char note[160];
} drawing;

static void label_curve(char out[LABEL], const curve_look *look, const char *name, double area)
{
    if (isfinite(area))
        str_print(out, LABEL, "%.80s: %s %.3f", name, look->area, area);
    else
        snprintf(out, LABEL, "%.80s", name);
}

static void add_curve(drawing *d, const curve_look *look, const plot_curve *k, int colour)
{
    int i = d->n_marks++;
    label_curve(d->labels[i], look, k->name, k->area);
    d->marks[i] = (plot_mark){.class = &mark_line,
                              .x = k->x,
                              .y = k->y,
                              .n = k->n,
                              .colour = colours[colour],
                              .label = d->labels[i]};
}

/* --- the mean ---------------------------------------------------------------------------- */

/* The curve at x, between its points; *from is where the search begins and where it ends. */
static double curve_at(const plot_curve *k, double x, int *from)
{
    int i = *from;
    while (i + 1 < k->n && k->x[i + 1] <= x)
        ++i;
    *from = i;
    if (i + 1 == k->n || k->x[i] >= x)
        return k->y[i];
    double t = (x - k->x[i]) / (k->x[i + 1] - k->x[i]);
    return k->y[i] + t * (k->y[i + 1] - k->y[i]);
}

static void mean_add(drawing *d, const plot_curve *k, int64_t before)
{
    int from = 0;
    for (int i = 0; i < MEAN_POINTS; ++i) {
        double y = curve_at(k, d->x[i], &from);
        d->low[i] = before ? fmin(d->low[i], y) : y;
        d->high[i] = before ? fmax(d->high[i], y) : y;
        d->mean[i] += (y - d->mean[i]) / (double)(before + 1);
    }
}

static void add_mean(drawing *d, const curve_look *look, const plot_curves *p)
{
    int64_t n = 0, known = 0;
    double area = 0;
    for (int i = 0; i < MEAN_POINTS; ++i)
        d->x[i] = (double)i / (MEAN_POINTS - 1);
    for (int k = 0; k < p->n; ++k) {
        if (p->curves[k].n == 0)
            continue;
        mean_add(d, &p->curves[k], n++);
        if (isfinite(p->curves[k].area))
            area += (p->curves[k].area - area) / (double)++known;
    }
    char name[64];
    snprintf(name, sizeof name, "mean of %lld classes", (long long)n);
    d->marks[d->n_marks++] = (plot_mark){.class = &mark_band,
                                         .x = d->x,
                                         .low = d->low,
                                         .high = d->high,
                                         .n = n ? MEAN_POINTS : 0,
                                         .colour = PLOT_FIRST,
                                         .label = n ? "lowest to highest class" : NULL};
    add_curve(d, look,
              &(plot_curve){.name = name,
                            .x = d->x,
                            .y = d->mean,
                            .n = n ? MEAN_POINTS : 0,
                            .area = known ? area : NAN},
              0);
}

/* --- the figure --------------------------------------------------------------------------- */

static int shown(const plot_curves *p)
{
    int n = 0;
    for (int k = 0; k < p->n; ++k)
        n += p->curves[k].n > 0;
    return n;
}

static void add_marks(drawing *d, const curve_look *look, const plot_curves *p)
{
    if (look->diagonal)
        d->marks[d->n_marks++] = (plot_mark){
            .class = &mark_diagonal, .colour = PLOT_MUTED, .label = "chance", .dashed = true};
    if (shown(p) > PLOT_CURVES)
        add_mean(d, look, p);
    for (int k = 0, colour = 0; shown(p) <= PLOT_CURVES && k < p->n; ++k)
        if (p->curves[k].n > 0)
            add_curve(d, look, &p->curves[k], colour++);
    int undefined = p->n - shown(p);
    if (undefined)
        snprintf(d->note, sizeof d->note, "%s%s%d class%s without a curve", p->note ? p->note : "",
                 p->note ? "; " : "", undefined, undefined == 1 ? "" : "es");
    else
        snprintf(d->note, sizeof d->note, "%s", p->note ? p->note : "");
}

static stint_status draw_curves(ctx *c, const curve_look *look, const plot_curves *p, str *out)
{
    drawing *d = mem_new(c, TAG_PLOT, drawing, 1);
    if (!d)
        return STINT_ENOMEM;
    add_marks(d, look, p);
    const plot_figure f = {
        .title = p->title ? p->title : look->title,
        .subtitle = p->subtitle,
        .x = {.label = look->x, .low = -0.02, .high = 1.02},
        .y = {.label = look->y, .low = -0.02, .high = 1.02},
        .equal = true,
        .width = 520,
        .height = 584,
        .marks = d->marks,
        .n_marks = d->n_marks,
        .note = *d->note ? d->note : NULL,
    };
    stint_status s = plot_png(c, &f, out);
    mem_free(d);
    return s;
}

stint_status plot_roc(ctx *c, const plot_curves *p, str *out)
{
    return draw_curves(c, &look_roc, p, out);
}

stint_status plot_precision(ctx *c, const plot_curves *p, str *out)
{
    return draw_curves(c, &look_precision, p, out);
}
