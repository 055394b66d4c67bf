#include "plot/mark.h"

#include <math.h>

/* The area between two curves over ascending x, broken where one cannot be shown.  There is
 * one vertex a column of device pixels and side, so memory does not grow with n: the upper
 * side is drawn forwards, the lower one back over the same points. */

static bool band_shows(const plot_mark *m, plot_scale x, plot_scale y, int64_t i)
{
    return scale_shows(x, m->x[i]) && scale_shows(y, m->low[i]) && scale_shows(y, m->high[i]);
}

static int64_t band_extent(const plot_mark *m, const plot_figure *f, range *x, range *y)
{
    /* what is left out is said by the line that the band belongs to */
    for (int64_t i = 0; i < m->n; ++i) {
        if (!band_shows(m, f->x.scale, f->y.scale, i))
            continue;
        range_add(x, f->x.scale, m->x[i]);
        range_add(y, f->y.scale, m->low[i]);
        range_add(y, f->y.scale, m->high[i]);
    }
    return 0;
}

static double column_of(const canvas *v, const frame *fr, const plot_mark *m, int64_t i)
{
    return floor(scale_at(&fr->x, m->x[i]) * v->zoom);
}

/* One side over points from … to-1, in that order when step is 1, backwards when -1. */
static void band_side(canvas *v, const frame *fr, const plot_mark *m, int64_t from, int64_t to,
                      int step)
{
    const double *side = step > 0 ? m->high : m->low;
    int64_t i = step > 0 ? from : to - 1, end = step > 0 ? to : from - 1;
    while (i != end) {
        double pixel = column_of(v, fr, m, i), x = scale_at(&fr->x, m->x[i]);
        double y = scale_at(&fr->y, side[i]);
        for (i += step; i != end && column_of(v, fr, m, i) == pixel; i += step) {
            double next = scale_at(&fr->y, side[i]);
            y = step > 0 ? fmin(y, next) : fmax(y, next);
        }
        cairo_line_to(v->cr, x, y);
    }
}

static stint_status band_draw(canvas *v, frame *fr, const plot_mark *m)
{
    canvas_colour(v, mark_rgb(v, m), 0.16);
    for (int64_t i = 0; i < m->n;) {
        int64_t from = i;
        while (i < m->n && band_shows(m, fr->x.kind, fr->y.kind, i))
            ++i;
        if (i > from) {
            band_side(v, fr, m, from, i, 1);
            band_side(v, fr, m, from, i, -1);
            cairo_close_path(v->cr);
            cairo_fill(v->cr);
        } else {
            ++i;
        }
    }
    return STINT_OK;
}

static void band_key(canvas *v, const plot_mark *m, double x, double y)
{
    canvas_colour(v, mark_rgb(v, m), 0.16);
    canvas_fill(v, (rect){x + 2, y - 5, x + KEY_WIDTH - 2, y + 5});
}

const mark_class mark_band = {"band", band_extent, band_draw, band_key};
