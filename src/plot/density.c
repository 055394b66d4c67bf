#include "plot/mark.h"

#include <math.h>

/* Many points as a two-dimensional histogram: square cells of 3 CSS pixels, whole device
 * pixels each, shaded by the logarithm of their count.  Memory is that of the cells. */

enum { CELL = 3 };

typedef struct cells {
    int nx, ny, side; /* side: device pixels */
    window at;        /* the first cell is at its top left */
    uint32_t *count;  /* [ny][nx] */
} cells;

static int cell_side(double zoom)
{
    int side = (int)lround(CELL * zoom);
    return side < 1 ? 1 : side;
}

int64_t density_bytes(int width, int height, double zoom)
{
    double side = cell_side(zoom);
    return (int64_t)((width * zoom / side + 2) * (height * zoom / side + 2)) * 4 + 64;
}

static void count_points(const cells *k, const canvas *v, const frame *fr, const plot_mark *m)
{
    double unit = v->zoom / k->side;
    double left = (double)k->at.left / k->side, top = (double)k->at.top / k->side;
    for (int64_t i = 0; i < m->n; ++i) {
        if (!scale_shows(fr->x.kind, mark_x(m, i)) || !scale_shows(fr->y.kind, m->y[i]))
            continue;
        double x = scale_at(&fr->x, mark_x(m, i)) * unit - left;
        double y = scale_at(&fr->y, m->y[i]) * unit - top;
        if (x >= 0 && x < k->nx && y >= 0 && y < k->ny)
            ++k->count[(size_t)y * (size_t)k->nx + (size_t)x];
    }
}

static uint32_t most(const cells *k)
{
    uint32_t m = 0;
    for (int64_t i = 0; i < (int64_t)k->nx * k->ny; ++i)
        m = k->count[i] > m ? k->count[i] : m;
    return m;
}

static void fill_cell(canvas *v, const cells *k, int x, int y, rgb colour)
{
    int left = k->at.left + x * k->side, top = k->at.top + y * k->side;
    int right = left + k->side < k->at.right ? left + k->side : k->at.right;
    int bottom = top + k->side < k->at.bottom ? top + k->side : k->at.bottom;
    uint32_t pixel = (uint32_t)colour.r << 16 | (uint32_t)colour.g << 8 | colour.b;
    for (int j = top; j < bottom; ++j) {
        uint32_t *row = (uint32_t *)(void *)(v->pixels + (ptrdiff_t)j * v->stride);
        for (int i = left; i < right; ++i)
            row[i] = pixel;
    }
}

static void shade(canvas *v, const frame *fr, const cells *k)
{
    double top = log((double)fr->dense_most);
    cairo_surface_flush(v->surface);
    for (int y = 0; y < k->ny; ++y) {
        for (int x = 0; x < k->nx; ++x) {
            uint32_t n = k->count[(size_t)y * (size_t)k->nx + (size_t)x];
            if (n > 0)
                fill_cell(v, k, x, y, theme_ramp(v->theme, top > 0 ? log(n) / top : 1));
        }
    }
    cairo_surface_mark_dirty(v->surface);
}

stint_status density_draw(canvas *v, frame *fr, const plot_mark *m)
{
    cells k = {.side = cell_side(v->zoom), .at = frame_window(v, fr)};
    k.nx = (k.at.right - k.at.left + k.side - 1) / k.side;
    k.ny = (k.at.bottom - k.at.top + k.side - 1) / k.side;
    k.count = mem_new(v->ctx, TAG_PLOT, uint32_t, (int64_t)k.nx * k.ny);
    if (!k.count)
        return STINT_ENOMEM;
    count_points(&k, v, fr, m);
    uint32_t fullest = most(&k);
    fr->dense_most = fullest > fr->dense_most ? fullest : fr->dense_most;
    shade(v, fr, &k);
    mem_free(k.count);
    return STINT_OK;
}

void density_key(canvas *v, double x, double y, double width, double height)
{
    enum { STEPS = 24 };
    for (int i = 0; i < STEPS; ++i) {
        canvas_colour(v, theme_ramp(v->theme, i / (STEPS - 1.0)), 1);
        /* each step reaches to the end, so that no seam shows between two */
        canvas_fill(v, (rect){x + width * i / STEPS, y, x + width, y + height});
    }
}
