#include "plot/layout.h"

#include <math.h>
#include <stdio.h>

/* Drawing a figure over its layout, back to front: grid, marks, axis, words. */

/* "time (s), ×10⁶" */
static void axis_text(const plot_axis *axis, const ticks *t, char *out, size_t size)
{
    char power[TICK_LABEL_SIZE];
    const char *label = axis->label ? axis->label : "";
    if (t->exponent)
        snprintf(out, size, "%s%s%s", label, *label ? ", " : "", exponent_text(power, t->exponent));
    else
        snprintf(out, size, "%s", label);
}

static void draw_grid(const layout *l, canvas *v)
{
    const frame *fr = &l->frame;
    const rect *a = &fr->area;
    if (l->shares)
        return; /* cells are their own grid */
    canvas_colour(v, v->theme->grid, 1);
    for (int i = 0; i < l->y.n; ++i) {
        double y = scale_at(&fr->y, l->y.at[i]);
        canvas_hairline(v, a->left, y, a->right, y, 1);
    }
    for (int i = 0; i < l->x.n; ++i) {
        double x = scale_at(&fr->x, l->x.at[i]);
        canvas_hairline(v, x, a->top, x, a->bottom, 1);
    }
}

static void draw_axis(const layout *l, canvas *v)
{
    const frame *fr = &l->frame;
    const rect *a = &fr->area;
    canvas_colour(v, v->theme->axis, 1);
    canvas_hairline(v, a->left, a->bottom, a->right, a->bottom, 2);
    for (int i = 0; i < l->x.n; ++i) {
        double x = scale_at(&fr->x, l->x.at[i]);
        canvas_hairline(v, x, a->bottom, x, a->bottom + 4, 2);
    }
    for (int i = 0; i < l->x.n_minor; ++i) {
        double x = scale_at(&fr->x, l->x.minor[i]);
        canvas_hairline(v, x, a->bottom, x, a->bottom + 2.5, 1);
    }
}

static void draw_tick_labels(const layout *l, canvas *v)
{
    const frame *fr = &l->frame;
    canvas_colour(v, v->theme->quiet, 1);
    for (int i = 0; i < l->x.n; ++i) {
        double x = scale_at(&fr->x, l->x.at[i]);
        if (l->upward) {
            canvas_text_upward(v, tick_style(v), x, fr->area.bottom + TICK_GAP, l->x.label[i]);
            continue;
        }
        /* under its tick, unless that would cross the picture's edge */
        double half = canvas_text_width(v, tick_style(v), l->x.label[i]) / 2;
        canvas_text(v, tick_style(v), fmin(x, l->width - 4 - half), l->tick_base, 0.5,
                    l->x.label[i]);
    }
    for (int i = 0; i < l->y.n; ++i)
        canvas_text(v, tick_style(v), fr->area.left - TICK_GAP,
                    scale_at(&fr->y, l->y.at[i]) + 0.36 * v->theme->tick_size, 1, l->y.label[i]);
}

static void draw_words(const layout *l, canvas *v)
{
    const plot_figure *f = l->f;
    char text[256];
    canvas_colour(v, v->theme->ink, 1);
    if (f->title)
        canvas_text_fit(v, (text_style){v->theme->title_size, true}, EDGE, l->title_base,
                        l->width - 2 * EDGE, f->title);
    axis_text(&f->y, &l->y, text, sizeof text);
    canvas_text_fit(v, label_style(v), EDGE, l->label_base, l->width - 2 * EDGE, text);
    axis_text(&f->x, &l->x, text, sizeof text);
    double wide = canvas_text_width(v, label_style(v), text);
    double left = (l->frame.area.left + l->frame.area.right - wide) / 2;
    canvas_text_fit(v, label_style(v), fmax(EDGE, fmin(left, l->width - EDGE - wide)),
                    l->x_label_base, l->width - 2 * EDGE, text);
    canvas_colour(v, v->theme->quiet, 1);
    if (f->subtitle)
        canvas_text_fit(v, label_style(v), EDGE, l->subtitle_base, l->width - 2 * EDGE,
                        f->subtitle);
}

static void draw_legend(const layout *l, canvas *v)
{
    const plot_figure *f = l->f;
    double room = l->width - 2 * EDGE;
    double left = l->legend_below ? EDGE : l->width - EDGE - 4 - legend_width(v, f);
    legend_place at = {0};
    for (int i = 0; i < f->n_marks; ++i) {
        const plot_mark *m = &f->marks[i];
        if (!in_legend(m))
            continue;
        legend_add(v, m, room, &at);
        double x = left + at.x, y = l->legend_base + at.row * LEGEND_ROW;
        m->class->key(v, m, x, y - 4);
        canvas_colour(v, v->theme->ink, 1);
        canvas_text_fit(v, label_style(v), x + KEY_WIDTH + 5, y, room - KEY_WIDTH - 5, m->label);
    }
}

/* "1 ▒▒▒▓▓▓ 812 points a cell"; returns where it ends */
static double draw_ramp(const layout *l, canvas *v, const char *from, const char *to)
{
    double x = EDGE, ramp = 72;
    canvas_colour(v, v->theme->quiet, 1);
    canvas_text(v, tick_style(v), x, l->note_base, 0, from);
    x += canvas_text_width(v, tick_style(v), from) + 5;
    density_key(v, x, l->note_base - 8, ramp, 8);
    canvas_colour(v, v->theme->quiet, 1);
    x += ramp + 6;
    canvas_text(v, tick_style(v), x, l->note_base, 0, to);
    return x + canvas_text_width(v, tick_style(v), to) + LEGEND_GAP;
}

static void draw_note(const layout *l, canvas *v)
{
    char text[384], most[64], left_out[96] = "";
    const plot_figure *f = l->f;
    bool log = f->x.scale == PLOT_LOG || f->y.scale == PLOT_LOG;
    double left = EDGE;
    snprintf(most, sizeof most, "%lld points a cell", (long long)l->frame.dense_most);
    if (l->dense && l->frame.dense_most > 0)
        left = draw_ramp(l, v, "1", most);
    else if (l->shares)
        left = draw_ramp(l, v, "> 0", "100 % of the actual class");
    if (l->left_out > 0)
        snprintf(left_out, sizeof left_out, "%lld point%s not shown: not finite%s",
                 (long long)l->left_out, l->left_out == 1 ? "" : "s",
                 log ? " or not positive" : "");
    snprintf(text, sizeof text, "%s%s%s", f->note ? f->note : "", f->note && *left_out ? "; " : "",
             left_out);
    double right = l->width - EDGE - 4, wide = canvas_text_width(v, tick_style(v), text);
    canvas_colour(v, v->theme->quiet, 1);
    left = fmax(left, right - wide);
    canvas_text_fit(v, tick_style(v), left, l->note_base, right - left + 0.5, text);
}

static bool nothing_to_show(const layout *l)
{
    const plot_figure *f = l->f;
    int64_t points = 0;
    for (int i = 0; i < f->n_marks; ++i)
        points += f->marks[i].class->extent ? f->marks[i].n : 0;
    return points <= l->left_out - f->left_out;
}

static stint_status draw_marks(layout *l, canvas *v)
{
    const rect *a = &l->frame.area;
    stint_status s = STINT_OK;
    cairo_save(v->cr);
    cairo_rectangle(v->cr, a->left, a->top, a->right - a->left, a->bottom - a->top);
    cairo_clip(v->cr);
    for (int i = 0; i < l->f->n_marks && s == STINT_OK; ++i)
        s = l->f->marks[i].class->draw(v, &l->frame, &l->f->marks[i]);
    cairo_restore(v->cr);
    if (s == STINT_OK && nothing_to_show(l)) {
        canvas_colour(v, v->theme->quiet, 1);
        canvas_text(v, label_style(v), (a->left + a->right) / 2, (a->top + a->bottom) / 2, 0.5,
                    "no points to show");
    }
    return s;
}

static stint_status draw(canvas *v, const plot_figure *f, int width, int height)
{
    layout l;
    layout_init(&l, v, f, width, height);
    draw_grid(&l, v);
    TRY(draw_marks(&l, v));
    draw_axis(&l, v);
    draw_tick_labels(&l, v);
    draw_words(&l, v);
    draw_legend(&l, v);
    draw_note(&l, v);
    return canvas_status(v);
}

/* --- the border ------------------------------------------------------------------------- */

static void figure_size(const plot_figure *f, int *width, int *height, double *zoom)
{
    *width = f->width ? f->width : 640;
    *height = f->height ? f->height : 400;
    *zoom = f->zoom > 0 ? f->zoom : 2;
}

stint_status plot_png(ctx *c, const plot_figure *f, str *out)
{
    int width, height;
    double zoom;
    canvas v;
    figure_size(f, &width, &height, &zoom);
    stint_status s =
        canvas_init(&v, c, f->theme ? f->theme : &plot_theme_light, width, height, zoom);
    if (s == STINT_OK)
        s = draw(&v, f, width, height);
    if (s == STINT_OK)
        s = canvas_png(&v, out);
    canvas_deinit(&v);
    return s;
}

int64_t plot_peak_bytes(const plot_figure *f)
{
    /* FreeType's tables and zlib's windows; measured 0.5 MiB together */
    enum { LIBRARIES = 1 << 20 };
    int width, height;
    double zoom;
    figure_size(f, &width, &height, &zoom);
    int64_t pixels = (int64_t)ceil(width * zoom) * (int64_t)ceil(height * zoom);
    /* the surface; the file, at most 3 bytes a pixel in a buffer that doubles as it grows
     * and is copied then */
    return pixels * 4 + pixels * 9 + density_bytes(width, height, zoom) + LIBRARIES;
}
