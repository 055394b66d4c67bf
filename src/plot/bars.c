#include "plot/mark.h"

#include <math.h>

/* Bars from zero, side by side: a histogram.  Edges fall on whole device pixels and leave
 * one of paper between neighbours. */

static bool bar_shows(const plot_mark *m, plot_scale x, plot_scale y, int64_t i)
{
    return scale_shows(x, m->low[i]) && scale_shows(x, m->high[i]) && scale_shows(y, m->y[i]);
}

static int64_t bars_extent(const plot_mark *m, const plot_figure *f, range *x, range *y)
{
    int64_t out = 0;
    for (int64_t i = 0; i < m->n; ++i) {
        if (!bar_shows(m, f->x.scale, f->y.scale, i)) {
            ++out;
            continue;
        }
        range_add(x, f->x.scale, m->low[i]);
        range_add(x, f->x.scale, m->high[i]);
        range_add(y, f->y.scale, m->y[i]);
        range_add(y, f->y.scale, 0);
    }
    return out;
}

static stint_status bars_draw(canvas *v, frame *fr, const plot_mark *m)
{
    double base = fr->y.kind == PLOT_LINEAR ? scale_at(&fr->y, 0) : fr->area.bottom;
    canvas_colour(v, mark_rgb(v, m), 0.82);
    for (int64_t i = 0; i < m->n; ++i) {
        if (!bar_shows(m, fr->x.kind, fr->y.kind, i) || m->y[i] == 0)
            continue;
        double left = round(scale_at(&fr->x, m->low[i]) * v->zoom);
        double right = round(scale_at(&fr->x, m->high[i]) * v->zoom);
        double gap = right - left >= 4 ? 1 : 0;
        double top = round(scale_at(&fr->y, m->y[i]) * v->zoom) / v->zoom;
        canvas_fill(v, (rect){(left + gap) / v->zoom, fmin(top, base),
                              fmax(right, left + 1) / v->zoom, fmax(top, base)});
    }
    return STINT_OK;
}

static void bars_key(canvas *v, const plot_mark *m, double x, double y)
{
    canvas_colour(v, mark_rgb(v, m), 0.82);
    canvas_fill(v, (rect){x + 5, y - 5, x + KEY_WIDTH - 5, y + 5});
}

const mark_class mark_bars = {"bars", bars_extent, bars_draw, bars_key};
