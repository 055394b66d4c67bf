/* One picture's surface and font.
 *
 * Positions are in CSS pixels from the top left; the surface has `zoom` device pixels to
 * each.  All memory is the context's, under TAG_PLOT.  Nothing is shared between canvases,
 * so threads may draw one each. */
#ifndef PLOT_CANVAS_H
#define PLOT_CANVAS_H

#include "plot/theme.h"

#include <cairo.h>

typedef struct font font;

typedef struct canvas {
    ctx *ctx;
    const plot_theme *theme;
    cairo_t *cr;
    cairo_surface_t *surface;
    uint8_t *pixels; /* [height][stride], 32-bit xRGB in the machine's order */
    int stride;
    int width, height; /* device pixels */
    double zoom;
    font *regular, *bold;
} canvas;

typedef struct rect {
    double left, top, right, bottom;
} rect;

stint_status canvas_init(canvas *v, ctx *c, const plot_theme *theme, int width, int height,
                         double zoom);
void canvas_deinit(canvas *v); /* also after a canvas_init that failed */

/* What Cairo or the budget refused while drawing, if anything. */
stint_status canvas_status(const canvas *v);

void canvas_colour(canvas *v, rgb colour, double alpha);
void canvas_fill(canvas *v, rect r);

/* A line of `width` device pixels, sharp where it is level or upright. */
void canvas_hairline(canvas *v, double x0, double y0, double x1, double y1, double width);

/* Text of one line in the current colour: its baseline at y; x is its left end (align 0),
 * middle (0.5) or right end (1).  UTF-8; what is not shows as U+FFFD. */
typedef struct text_style {
    double size;
    bool bold;
} text_style;
double canvas_text_width(canvas *v, text_style s, const char *text);
void canvas_text(canvas *v, text_style s, double x, double y, double align, const char *text);

/* Text that is read upwards, its end at y, its middle line at x. */
void canvas_text_upward(canvas *v, text_style s, double x, double y, const char *text);

/* `text` into out [size], cut with "…" to at most `room` pixels and to what `out` holds. */
void canvas_text_cut(canvas *v, text_style s, double room, const char *text, char *out,
                     size_t size);

/* Text from the left, cut so. */
void canvas_text_fit(canvas *v, text_style s, double x, double y, double room, const char *text);

/* font.c: outlines of one face file of STINT_FONT_DIR, or of where Debian keeps DejaVu.
 * *out is NULL, which is no failure, when there is no such file or it is not a font. */
stint_status font_open(ctx *c, const char *file, font **out);
void font_close(font *f);
double font_width(font *f, double size, const char *text);
void font_path(font *f, cairo_t *cr, double size, double x, double y, const char *text);

/* png.c */
stint_status canvas_png(const canvas *v, str *out);

#endif
