/* Marks: what a kind of drawing must say of itself.
 *
 * Adding one: a file that ends in its mark_class, a line in plot.h, a row in mark_table. */
#ifndef PLOT_MARK_H
#define PLOT_MARK_H

#include "plot/canvas.h"
#include "plot/scale.h"

/* Where marks are drawn. */
typedef struct frame {
    rect area; /* CSS pixels */
    scale x, y;
    int64_t dense_most; /* out: points in the fullest cell of a density; 0 = none was drawn */
} frame;

struct mark_class {
    const char *name;

    /* Widen the ranges to all that is drawn, and return how many points cannot be.  NULL =
     * the mark takes the axes as they are. */
    int64_t (*extent)(const plot_mark *m, const plot_figure *f, range *x, range *y);

    /* Draw within the area, to which the canvas is clipped. */
    stint_status (*draw)(canvas *v, frame *fr, const plot_mark *m);

    /* Its sample in the legend, KEY_WIDTH wide, around (x + KEY_WIDTH / 2, y). */
    void (*key)(canvas *v, const plot_mark *m, double x, double y);
};

enum { KEY_WIDTH = 20 };

/* The frame's area in whole device pixels, for marks that write pixels themselves. */
typedef struct window {
    int left, top, right, bottom;
} window;
window frame_window(const canvas *v, const frame *fr);

static inline rgb mark_rgb(const canvas *v, const plot_mark *m)
{
    return v->theme->part[m->colour];
}

static inline double mark_x(const plot_mark *m, int64_t i)
{
    return m->x ? m->x[i] : (double)(i + 1);
}

/* Dashes for this mark, or a solid line; round ends and joins. */
void line_style(canvas *v, const plot_mark *m, double width);
void line_key(canvas *v, const plot_mark *m, double x, double y);

/* The extent of points with x and y. */
int64_t points_extent(const plot_mark *m, const plot_figure *f, range *x, range *y);

/* density.c: m's points as counts in cells, shaded by their logarithm. */
stint_status density_draw(canvas *v, frame *fr, const plot_mark *m);
int64_t density_bytes(int width, int height, double zoom);
void density_key(canvas *v, double x, double y, double width, double height);

#endif
