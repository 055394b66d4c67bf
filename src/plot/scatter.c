#include "plot/mark.h"

#include <math.h>

/* Points as discs.  A disc is drawn once by Cairo for each of 4 × 4 positions within a
 * device pixel; each point then blends the nearest of them, 50 times faster than a path a
 * point.  More points are drawn smaller and fainter, and above PLOT_DENSE as a density. */

enum { SPRITE_STEPS = 4 };

typedef struct sprite {
    int size, stride; /* device pixels a side, bytes a row */
    uint8_t *cover;   /* [SPRITE_STEPS²][size][stride], 0 … 255 */
} sprite;

int64_t points_extent(const plot_mark *m, const plot_figure *f, range *x, range *y)
{
    int64_t out = 0;
    for (int64_t i = 0; i < m->n; ++i) {
        if (!scale_shows(f->x.scale, mark_x(m, i)) || !scale_shows(f->y.scale, m->y[i])) {
            ++out;
            continue;
        }
        range_add(x, f->x.scale, mark_x(m, i));
        range_add(y, f->y.scale, m->y[i]);
    }
    return out;
}

/* dx, dy: where in its middle pixel the disc's centre is */
static bool sprite_draw_one(const sprite *s, uint8_t *cover, double radius, double dx, double dy)
{
    int middle = s->size / 2;
    cairo_surface_t *surface =
        cairo_image_surface_create_for_data(cover, CAIRO_FORMAT_A8, s->size, s->size, s->stride);
    cairo_t *cr = cairo_create(surface);
    cairo_arc(cr, middle + dx, middle + dy, radius, 0, 2 * M_PI);
    cairo_fill(cr);
    bool drawn = cairo_status(cr) == CAIRO_STATUS_SUCCESS;
    cairo_destroy(cr);
    cairo_surface_destroy(surface);
    return drawn;
}

/* radius in device pixels */
static stint_status sprite_init(sprite *s, ctx *c, double radius)
{
    s->size = 2 * ((int)ceil(radius) + 1) + 1;
    s->stride = cairo_format_stride_for_width(CAIRO_FORMAT_A8, s->size);
    size_t one = (size_t)s->stride * (size_t)s->size;
    s->cover = mem_alloc(c, TAG_PLOT, one * SPRITE_STEPS * SPRITE_STEPS);
    if (!s->cover)
        return STINT_ENOMEM;
    bool drawn = true;
    for (int i = 0; i < SPRITE_STEPS * SPRITE_STEPS; ++i) {
        int across = i % SPRITE_STEPS, down = i / SPRITE_STEPS;
        drawn &= sprite_draw_one(s, s->cover + one * (size_t)i, radius,
                                 (across + 0.5) / SPRITE_STEPS, (down + 0.5) / SPRITE_STEPS);
    }
    if (drawn)
        return STINT_OK;
    mem_free(s->cover);
    return fail(c, STINT_ENOMEM, "plot: the system has no memory for drawing");
}

/* `colour` as a pixel over `under`, cover and opacity 0 … 255 */
static uint32_t blend(uint32_t under, rgb colour, uint32_t cover, uint32_t opacity)
{
    uint32_t a = (cover * opacity + 127) / 255, b = 255 - a;
    uint32_t red = (colour.r * a + (under >> 16 & 255) * b + 127) / 255;
    uint32_t green = (colour.g * a + (under >> 8 & 255) * b + 127) / 255;
    uint32_t blue = (colour.b * a + (under & 255) * b + 127) / 255;
    return red << 16 | green << 8 | blue;
}

window frame_window(const canvas *v, const frame *fr)
{
    return (window){(int)floor(fr->area.left * v->zoom), (int)floor(fr->area.top * v->zoom),
                    (int)ceil(fr->area.right * v->zoom), (int)ceil(fr->area.bottom * v->zoom)};
}

static void sprite_put(canvas *v, const sprite *s, window w, double x, double y, rgb colour,
                       uint32_t opacity)
{
    int ix = (int)floor(x), iy = (int)floor(y);
    int step = (int)((y - iy) * SPRITE_STEPS) * SPRITE_STEPS + (int)((x - ix) * SPRITE_STEPS);
    const uint8_t *cover = s->cover + (size_t)step * (size_t)s->stride * (size_t)s->size;
    int left = ix - s->size / 2, top = iy - s->size / 2;
    int i0 = left < w.left ? w.left - left : 0, j0 = top < w.top ? w.top - top : 0;
    int i1 = left + s->size > w.right ? w.right - left : s->size;
    int j1 = top + s->size > w.bottom ? w.bottom - top : s->size;
    for (int j = j0; j < j1; ++j) {
        uint32_t *row = (uint32_t *)(void *)(v->pixels + (ptrdiff_t)(top + j) * v->stride) + left;
        const uint8_t *line = cover + j * s->stride;
        for (int i = i0; i < i1; ++i)
            if (line[i])
                row[i] = blend(row[i], colour, line[i], opacity);
    }
}

/* From few, large and nearly opaque to many, small and faint. */
static double crowding(int64_t n)
{
    return fmax(0, fmin(1, log10(fmax((double)n, 1) / 100) / log10(PLOT_DENSE / 100.0)));
}

static void put_points(canvas *v, const frame *fr, const plot_mark *m, const sprite *s)
{
    window w = frame_window(v, fr);
    uint32_t opacity = (uint32_t)lround(255 * (0.8 - 0.58 * crowding(m->n)));
    rgb colour = mark_rgb(v, m);
    cairo_surface_flush(v->surface);
    for (int64_t i = 0; i < m->n; ++i)
        if (scale_shows(fr->x.kind, mark_x(m, i)) && scale_shows(fr->y.kind, m->y[i]))
            sprite_put(v, s, w, scale_at(&fr->x, mark_x(m, i)) * v->zoom,
                       scale_at(&fr->y, m->y[i]) * v->zoom, colour, opacity);
    cairo_surface_mark_dirty(v->surface);
}

static stint_status scatter_draw(canvas *v, frame *fr, const plot_mark *m)
{
    if (m->n > PLOT_DENSE)
        return density_draw(v, fr, m);
    sprite s;
    TRY(sprite_init(&s, v->ctx, (3.4 - 1.6 * crowding(m->n)) * v->zoom));
    put_points(v, fr, m, &s);
    mem_free(s.cover);
    return STINT_OK;
}

static void scatter_key(canvas *v, const plot_mark *m, double x, double y)
{
    if (m->n > PLOT_DENSE) {
        density_key(v, x, y - 4, KEY_WIDTH, 8);
        return;
    }
    canvas_colour(v, mark_rgb(v, m), 0.8);
    cairo_arc(v->cr, x + KEY_WIDTH / 2.0, y, 3.4, 0, 2 * M_PI);
    cairo_fill(v->cr);
}

const mark_class mark_scatter = {"scatter", points_extent, scatter_draw, scatter_key};
