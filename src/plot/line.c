#include "plot/mark.h"

#include <math.h>

/* A line through points in the order given, broken where one cannot be shown.  Points that
 * share a column of device pixels are drawn as its first, lowest, highest and last, and a
 * path is stroked every LINE_PIECE points, so that Cairo's memory stays bounded. */

enum { LINE_PIECE = 4096 };

void line_style(canvas *v, const plot_mark *m, double width)
{
    const double dash[] = {4, 4};
    cairo_set_line_width(v->cr, width);
    cairo_set_line_cap(v->cr, m->dashed ? CAIRO_LINE_CAP_BUTT : CAIRO_LINE_CAP_ROUND);
    cairo_set_line_join(v->cr, CAIRO_LINE_JOIN_ROUND);
    cairo_set_dash(v->cr, dash, m->dashed ? 2 : 0, 0);
}

void line_key(canvas *v, const plot_mark *m, double x, double y)
{
    canvas_colour(v, mark_rgb(v, m), 1);
    line_style(v, m, 2);
    cairo_move_to(v->cr, x + 2, y);
    cairo_line_to(v->cr, x + KEY_WIDTH - 2, y);
    cairo_stroke(v->cr);
    cairo_set_dash(v->cr, NULL, 0, 0);
}

/* The points of one column of pixels that are not drawn yet. */
typedef struct column {
    double x, last, low, high;
    double pixel;
    int n; /* in the path so far */
} column;

static void column_flush(canvas *v, column *k)
{
    if (k->low < k->high) {
        cairo_line_to(v->cr, k->x, k->low);
        cairo_line_to(v->cr, k->x, k->high);
        cairo_line_to(v->cr, k->x, k->last);
        k->n += 3;
    }
}

static void line_point(canvas *v, column *k, double x, double y)
{
    double pixel = floor(x * v->zoom);
    if (k->n > 0 && pixel == k->pixel) {
        k->last = y;
        k->low = fmin(k->low, y);
        k->high = fmax(k->high, y);
        return;
    }
    if (k->n > 0)
        column_flush(v, k);
    if (k->n > LINE_PIECE) {
        cairo_stroke(v->cr);
        cairo_move_to(v->cr, k->x, k->last);
        k->n = 0;
    }
    cairo_line_to(v->cr, x, y); /* moves there when the path is empty */
    *k = (column){x, y, y, y, pixel, k->n + 1};
}

static stint_status line_draw(canvas *v, frame *fr, const plot_mark *m)
{
    column k = {0};
    canvas_colour(v, mark_rgb(v, m), 1);
    line_style(v, m, 1.75);
    for (int64_t i = 0; i < m->n; ++i) {
        if (scale_shows(fr->x.kind, mark_x(m, i)) && scale_shows(fr->y.kind, m->y[i])) {
            line_point(v, &k, scale_at(&fr->x, mark_x(m, i)), scale_at(&fr->y, m->y[i]));
        } else {
            column_flush(v, &k);
            cairo_stroke(v->cr);
            k = (column){0};
        }
    }
    column_flush(v, &k);
    cairo_stroke(v->cr);
    cairo_set_dash(v->cr, NULL, 0, 0);
    return STINT_OK;
}

const mark_class mark_line = {"line", points_extent, line_draw, line_key};
