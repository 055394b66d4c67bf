#include "plot/canvas.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* The surface is Cairo's view of a block of the budget.  Fonts that are not installed
 * fall back to Cairo's own choice, which is the only path that starts fontconfig. */

static stint_status cairo_failure(const canvas *v, cairo_status_t s)
{
    return s == CAIRO_STATUS_NO_MEMORY
               ? fail(v->ctx, STINT_ENOMEM, "plot: the system has no memory for drawing")
               : fail(v->ctx, STINT_EFAIL, "plot: %s", cairo_status_to_string(s));
}

stint_status canvas_init(canvas *v, ctx *c, const plot_theme *theme, int width, int height,
                         double zoom)
{
    *v = (canvas){.ctx = c, .theme = theme, .zoom = zoom};
    v->width = (int)lround(width * zoom);
    v->height = (int)lround(height * zoom);
    if (v->width < 64 || v->height < 64 || v->width > 8192 || v->height > 8192)
        return fail(c, STINT_EUSAGE, "plot: %d × %d device pixels: a side takes 64 … 8192",
                    v->width, v->height);
    v->stride = cairo_format_stride_for_width(CAIRO_FORMAT_RGB24, v->width);
    v->pixels = mem_alloc(c, TAG_PLOT, (size_t)v->stride * (size_t)v->height);
    if (!v->pixels)
        return STINT_ENOMEM;
    v->surface = cairo_image_surface_create_for_data(v->pixels, CAIRO_FORMAT_RGB24, v->width,
                                                     v->height, v->stride);
    v->cr = cairo_create(v->surface);
    TRY(font_open(c, "DejaVuSans.ttf", &v->regular));
    TRY(font_open(c, "DejaVuSans-Bold.ttf", &v->bold));
    cairo_scale(v->cr, zoom, zoom);
    canvas_colour(v, theme->paper, 1);
    cairo_paint(v->cr);
    return canvas_status(v);
}

void canvas_deinit(canvas *v)
{
    if (v->cr)
        cairo_destroy(v->cr);
    if (v->surface)
        cairo_surface_destroy(v->surface);
    font_close(v->regular);
    font_close(v->bold);
    mem_free(v->pixels);
    *v = (canvas){0};
}

stint_status canvas_status(const canvas *v)
{
    cairo_status_t s = cairo_status(v->cr);
    if (s == CAIRO_STATUS_SUCCESS)
        s = cairo_surface_status(v->surface);
    return s == CAIRO_STATUS_SUCCESS ? STINT_OK : cairo_failure(v, s);
}

void canvas_colour(canvas *v, rgb colour, double alpha)
{
    cairo_set_source_rgba(v->cr, colour.r / 255.0, colour.g / 255.0, colour.b / 255.0, alpha);
}

void canvas_fill(canvas *v, rect r)
{
    cairo_rectangle(v->cr, r.left, r.top, r.right - r.left, r.bottom - r.top);
    cairo_fill(v->cr);
}

/* The middle of the device pixels that a line of this width covers */
static double snap(const canvas *v, double at, double width)
{
    double half = fmod(width, 2) / 2;
    return (round(at * v->zoom - half) + half) / v->zoom;
}

void canvas_hairline(canvas *v, double x0, double y0, double x1, double y1, double width)
{
    bool upright = x0 == x1, level = y0 == y1;
    cairo_set_line_width(v->cr, width / v->zoom);
    cairo_move_to(v->cr, upright ? snap(v, x0, width) : x0, level ? snap(v, y0, width) : y0);
    cairo_line_to(v->cr, upright ? snap(v, x1, width) : x1, level ? snap(v, y1, width) : y1);
    cairo_stroke(v->cr);
}

static font *style_font(const canvas *v, text_style s)
{
    return s.bold && v->bold ? v->bold : v->regular;
}

static void toy_font(canvas *v, text_style s)
{
    cairo_select_font_face(v->cr, "sans-serif", CAIRO_FONT_SLANT_NORMAL,
                           s.bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(v->cr, s.size);
}

double canvas_text_width(canvas *v, text_style s, const char *text)
{
    font *f = style_font(v, s);
    if (f)
        return font_width(f, s.size, text);
    cairo_text_extents_t e;
    toy_font(v, s);
    cairo_text_extents(v->cr, text, &e);
    return e.x_advance;
}

void canvas_text(canvas *v, text_style s, double x, double y, double align, const char *text)
{
    font *f = style_font(v, s);
    if (align > 0)
        x -= align * canvas_text_width(v, s, text);
    if (f) {
        font_path(f, v->cr, s.size, x, y, text);
    } else {
        toy_font(v, s);
        cairo_move_to(v->cr, x, y);
        cairo_text_path(v->cr, text);
    }
    cairo_fill(v->cr);
}

void canvas_text_upward(canvas *v, text_style s, double x, double y, const char *text)
{
    cairo_save(v->cr);
    cairo_translate(v->cr, x + 0.36 * s.size, y);
    cairo_rotate(v->cr, -M_PI / 2);
    canvas_text(v, s, 0, 0, 1, text);
    cairo_restore(v->cr);
}

void canvas_text_cut(canvas *v, text_style s, double room, const char *text, char *out, size_t size)
{
    snprintf(out, size, "%s", text);
    size_t len = strlen(out);
    bool whole = text[len] == '\0';
    while (len > 0 && (!whole || canvas_text_width(v, s, out) > room)) {
        whole = true;
        len = len > size - 4 ? size - 4 : len - 1;
        while (len > 0 && (text[len] & 0xc0) == 0x80)
            --len; /* not within a character */
        snprintf(out + len, size - len, "…");
    }
}

void canvas_text_fit(canvas *v, text_style s, double x, double y, double room, const char *text)
{
    char cut[256];
    canvas_text_cut(v, s, room, text, cut, sizeof cut);
    canvas_text(v, s, x, y, 0, cut);
}
