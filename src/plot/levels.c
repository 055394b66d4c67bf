#include "plot/mark.h"

#include <math.h>

/* Level bars from zero, one a row, with whiskers for what is known of their lengths. */

#define THICKNESS 0.62 /* of the distance between rows */

static bool level_shows(const plot_mark *m, plot_scale x, plot_scale y, int64_t i)
{
    return x == PLOT_LINEAR && scale_shows(x, m->x[i]) && scale_shows(y, m->y[i]) &&
           (y == PLOT_LINEAR || m->y[i] > THICKNESS);
}

static bool whiskers_show(const plot_mark *m, int64_t i)
{
    return m->low && m->high && scale_shows(PLOT_LINEAR, m->low[i]) &&
           scale_shows(PLOT_LINEAR, m->high[i]) && m->low[i] <= m->high[i];
}

static int64_t levels_extent(const plot_mark *m, const plot_figure *f, range *x, range *y)
{
    int64_t out = 0;
    for (int64_t i = 0; i < m->n; ++i) {
        if (!level_shows(m, f->x.scale, f->y.scale, i)) {
            ++out;
            continue;
        }
        range_add(x, f->x.scale, 0);
        range_add(x, f->x.scale, m->x[i]);
        if (whiskers_show(m, i)) {
            range_add(x, f->x.scale, m->low[i]);
            range_add(x, f->x.scale, m->high[i]);
        }
        range_add(y, f->y.scale, m->y[i] - 0.5);
        range_add(y, f->y.scale, m->y[i] + 0.5);
    }
    return out;
}

static void draw_whiskers(canvas *v, const frame *fr, const plot_mark *m, int64_t i)
{
    double low = scale_at(&fr->x, m->low[i]), high = scale_at(&fr->x, m->high[i]);
    double y = scale_at(&fr->y, m->y[i]), width = round(1.25 * v->zoom);
    canvas_colour(v, v->theme->part[PLOT_INK], 0.85);
    canvas_hairline(v, low, y, high, y, width);
    canvas_hairline(v, low, y - 3, low, y + 3, width);
    canvas_hairline(v, high, y - 3, high, y + 3, width);
}

static stint_status levels_draw(canvas *v, frame *fr, const plot_mark *m)
{
    cairo_set_line_cap(v->cr, CAIRO_LINE_CAP_BUTT);
    for (int64_t i = 0; i < m->n; ++i) {
        if (!level_shows(m, fr->x.kind, fr->y.kind, i))
            continue;
        double zero = round(scale_at(&fr->x, 0) * v->zoom) / v->zoom;
        double end = round(scale_at(&fr->x, m->x[i]) * v->zoom) / v->zoom;
        double a = round(scale_at(&fr->y, m->y[i] - THICKNESS / 2) * v->zoom) / v->zoom;
        double b = round(scale_at(&fr->y, m->y[i] + THICKNESS / 2) * v->zoom) / v->zoom;
        canvas_colour(v, mark_rgb(v, m), 0.82);
        canvas_fill(v, (rect){fmin(zero, end), fmin(a, b), fmax(zero, end), fmax(a, b)});
        if (whiskers_show(m, i))
            draw_whiskers(v, fr, m, i);
    }
    return STINT_OK;
}

static void levels_key(canvas *v, const plot_mark *m, double x, double y)
{
    canvas_colour(v, mark_rgb(v, m), 0.82);
    canvas_fill(v, (rect){x, y - 3, x + KEY_WIDTH, y + 3});
}

const mark_class mark_levels = {"levels", levels_extent, levels_draw, levels_key};
