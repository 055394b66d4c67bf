#include "plot/mark.h"

#include <math.h>
#include <stdio.h>

/* A matrix of cells, each shaded by its share; one without any stays paper.  Edges fall on whole
 * device pixels, with one of paper between cells that are large enough to spare it.  Numbers have
 * one size; those that do not fit in it whole are shortened, or left out. */

#define LIGHT_MOST 0.53 /* darker cells take light numbers: both are 3.8:1 there */
enum { NUMBER = 400 };  /* bytes of any double in full */

static int64_t columns_of(const plot_mark *m)
{
    return m->columns > 0 ? m->columns : m->n > 0 ? m->n : 1;
}

static bool cells_fit(const plot_mark *m, plot_scale x, plot_scale y)
{
    return m->n > 0 && x == PLOT_LINEAR && y == PLOT_LINEAR;
}

/* A share that is not finite leaves its cell empty, and is counted. */
static int64_t cells_extent(const plot_mark *m, const plot_figure *f, range *x, range *y)
{
    int64_t out = 0, columns = columns_of(m);
    if (!cells_fit(m, f->x.scale, f->y.scale))
        return m->n;
    for (int64_t i = 0; i < m->n; ++i)
        out += !isfinite(m->y[i]);
    range_add(x, PLOT_LINEAR, -0.5);
    range_add(x, PLOT_LINEAR, (double)columns - 0.5);
    range_add(y, PLOT_LINEAR, -0.5);
    int64_t rows = (m->n + columns - 1) / columns;
    range_add(y, PLOT_LINEAR, (double)rows - 0.5);
    return out;
}

/* The cell in whole device pixels, as CSS pixels */
static rect cell_rect(const canvas *v, const frame *fr, int64_t row, int64_t column)
{
    double zoom = v->zoom;
    double x0 = round(scale_at(&fr->x, (double)column - 0.5) * zoom);
    double x1 = round(scale_at(&fr->x, (double)column + 0.5) * zoom);
    double y0 = round(scale_at(&fr->y, (double)row - 0.5) * zoom);
    double y1 = round(scale_at(&fr->y, (double)row + 0.5) * zoom);
    double gap = x1 - x0 >= 8 ? 1 : 0;
    return (rect){(x0 + gap) / zoom, (fmin(y0, y1) + gap) / zoom, fmax(x1, x0 + 1) / zoom,
                  fmax(fmax(y0, y1), fmin(y0, y1) + 1) / zoom};
}

static bool number_fits(canvas *v, double size, rect r, const char *text)
{
    return size + 2 <= r.bottom - r.top &&
           canvas_text_width(v, (text_style){size, false}, text) + 4 <= r.right - r.left;
}

static void number_text(double number, char *out, size_t size)
{
    str_print(out, size, number == floor(number) ? "%.0f" : "%.3g", number);
}

/* "1.2k", "34k", "5.6M" */
static void number_short(double number, char *out, size_t size)
{
    static const char *const units[] = {"", "k", "M", "G", "T", "P", "E"};
    int unit = 0;
    while (fabs(number) >= 999.5 && unit < 6) {
        number /= 1000;
        ++unit;
    }
    str_print(out, size, fabs(number) < 9.95 && unit ? "%.1f%s" : "%.0f%s", number, units[unit]);
}

/* The largest size in which every number fits whole, else the smallest. */
static double number_size(canvas *v, const plot_mark *m, rect r)
{
    static const double sizes[] = {1.09, 1, 0.82};
    enum { SIZES = sizeof sizes / sizeof *sizes };
    char text[NUMBER];
    int size = 0;
    for (int64_t i = 0; i < m->n && size < SIZES - 1; ++i) {
        if (!isfinite(m->high[i]) || m->high[i] == 0)
            continue;
        number_text(m->high[i], text, sizeof text);
        while (size < SIZES - 1 && !number_fits(v, v->theme->tick_size * sizes[size], r, text))
            ++size;
    }
    return v->theme->tick_size * sizes[size];
}

/* Zeros only where few enough stand there to be read. */
enum { ZEROS_MOST = 12 };

static void draw_number(canvas *v, const plot_mark *m, int64_t i, rect r, double size)
{
    char text[NUMBER];
    const plot_theme *t = v->theme;
    double number = m->high[i];
    if (!isfinite(number) || (number == 0 && columns_of(m) > ZEROS_MOST))
        return;
    number_text(number, text, sizeof text);
    if (!number_fits(v, size, r, text))
        number_short(number, text, sizeof text);
    if (!number_fits(v, size, r, text))
        return;
    canvas_colour(v, number == 0 ? t->quiet : m->y[i] > LIGHT_MOST ? t->paper : t->ink, 1);
    canvas_text(v, (text_style){size, false}, (r.left + r.right) / 2,
                (r.top + r.bottom) / 2 + 0.36 * size, 0.5, text);
}

static stint_status cells_draw(canvas *v, frame *fr, const plot_mark *m)
{
    int64_t columns = columns_of(m);
    if (!cells_fit(m, fr->x.kind, fr->y.kind))
        return STINT_OK;
    /* a place of the same size for every cell, so that all numbers have one size */
    double size = m->high ? number_size(v, m, cell_rect(v, fr, 0, 0)) : 0;
    for (int64_t i = 0; i < m->n; ++i) {
        rect r = cell_rect(v, fr, i / columns, i % columns);
        if (!isfinite(m->y[i]))
            continue;
        if (m->y[i] > 0) {
            canvas_colour(v, theme_ramp(v->theme, fmin(m->y[i], 1)), 1);
            canvas_fill(v, r);
        }
        if (m->high)
            draw_number(v, m, i, r, size);
    }
    return STINT_OK;
}

static void cells_key(canvas *v, const plot_mark *m, double x, double y)
{
    (void)m;
    density_key(v, x, y - 4, KEY_WIDTH, 8);
}

const mark_class mark_cells = {"cells", cells_extent, cells_draw, cells_key};
