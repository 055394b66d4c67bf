#include "plot/mark.h"

#include <math.h>

/* Reference lines: what the data is read against.  They take the axes as they are. */

static stint_status diagonal_draw(canvas *v, frame *fr, const plot_mark *m)
{
    double up = m->n > 0 && m->x ? m->x[0] : 0;
    double low = fmax(fr->x.low, fr->y.low - up), high = fmin(fr->x.high, fr->y.high - up);
    if (!(low < high)) /* nor where `up` is a NaN */
        return STINT_OK;
    canvas_colour(v, mark_rgb(v, m), 1);
    line_style(v, m, 1.25);
    cairo_move_to(v->cr, scale_at(&fr->x, low), scale_at(&fr->y, low + up));
    cairo_line_to(v->cr, scale_at(&fr->x, high), scale_at(&fr->y, high + up));
    cairo_stroke(v->cr);
    cairo_set_dash(v->cr, NULL, 0, 0);
    return STINT_OK;
}

static stint_status vertical_draw(canvas *v, frame *fr, const plot_mark *m)
{
    if (m->n < 1 || !scale_shows(fr->x.kind, m->x[0]))
        return STINT_OK;
    double x = scale_at(&fr->x, m->x[0]);
    canvas_colour(v, mark_rgb(v, m), 1);
    line_style(v, m, 1.25);
    canvas_hairline(v, x, fr->area.top, x, fr->area.bottom, round(1.25 * v->zoom));
    cairo_set_dash(v->cr, NULL, 0, 0);
    return STINT_OK;
}

const mark_class mark_diagonal = {"diagonal", NULL, diagonal_draw, line_key};
const mark_class mark_vertical = {"vertical", NULL, vertical_draw, line_key};
