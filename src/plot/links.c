#include "plot/mark.h"

/* Brackets of a tree: up from one foot, across, down to the other. */

static stint_status links_draw(canvas *v, frame *fr, const plot_mark *m)
{
    canvas_colour(v, mark_rgb(v, m), 1);
    line_style(v, m, 1.5);
    for (int64_t i = 0; i + 3 < m->n; i += 4) {
        bool shown = true;
        for (int64_t j = i; j < i + 4; j++)
            shown &= scale_shows(fr->x.kind, m->x[j]) && scale_shows(fr->y.kind, m->y[j]);
        if (!shown)
            continue;
        for (int64_t j = i; j < i + 4; j++)
            cairo_line_to(v->cr, scale_at(&fr->x, m->x[j]), scale_at(&fr->y, m->y[j]));
        cairo_stroke(v->cr);
    }
    cairo_set_dash(v->cr, NULL, 0, 0);
    return STINT_OK;
}

const mark_class mark_links = {"links", points_extent, links_draw, line_key};
