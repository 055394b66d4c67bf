#include "plot/mark.h"

#include <math.h>

/* One point made prominent: a disc ringed with paper.  What it is stands in the legend, where
 * it hides no data. */

static void disc(canvas *v, double x, double y, rgb colour)
{
    cairo_arc(v->cr, x, y, 6, 0, 2 * M_PI);
    canvas_colour(v, v->theme->paper, 1);
    cairo_fill(v->cr);
    cairo_arc(v->cr, x, y, 4.5, 0, 2 * M_PI);
    canvas_colour(v, colour, 1);
    cairo_fill(v->cr);
}

static stint_status point_draw(canvas *v, frame *fr, const plot_mark *m)
{
    if (m->n > 0 && scale_shows(fr->x.kind, m->x[0]) && scale_shows(fr->y.kind, m->y[0]))
        disc(v, scale_at(&fr->x, m->x[0]), scale_at(&fr->y, m->y[0]), mark_rgb(v, m));
    return STINT_OK;
}

static void point_key(canvas *v, const plot_mark *m, double x, double y)
{
    disc(v, x + KEY_WIDTH / 2.0, y, mark_rgb(v, m));
}

const mark_class mark_point = {"point", points_extent, point_draw, point_key};
