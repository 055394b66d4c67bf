#include "plot/layout.h"

#include <math.h>

/* What the axes show is measured first, then rows are placed from both ends, then the area
 * gets what is left. */

enum {
    TITLE_ROW = 22,
    TEXT_ROW = 19,
    LEAST = 16,         /* of the area, however small the picture */
    X_TICK_PIXELS = 84, /* about one tick each so many pixels */
    Y_TICK_PIXELS = 60,
    NAME_GAP = 6, /* between two names side by side */
};

text_style tick_style(const canvas *v)
{
    return (text_style){v->theme->tick_size, false};
}

text_style label_style(const canvas *v)
{
    return (text_style){v->theme->text_size, false};
}

/* --- what is to be shown ---------------------------------------------------------------- */

static void show_exactly(scale *s, const plot_axis *axis)
{
    if (axis->low < axis->high && scale_shows(s->kind, axis->low))
        s->low = axis->low, s->high = axis->high;
}

static void measure_data(layout *l)
{
    const plot_figure *f = l->f;
    range x = RANGE_EMPTY, y = RANGE_EMPTY;
    l->left_out = f->left_out;
    for (int i = 0; i < f->n_marks; ++i) {
        const plot_mark *m = &f->marks[i];
        if (m->class->extent)
            l->left_out += m->class->extent(m, f, &x, &y);
        l->dense |= m->class == &mark_scatter && m->n > PLOT_DENSE;
        l->shares |= m->class == &mark_cells;
    }
    if (f->equal && y.low <= y.high) {
        x.low = y.low = fmin(x.low, y.low);
        x.high = y.high = fmax(x.high, y.high);
    }
    scale_fit(&l->frame.x, &f->x, x);
    scale_fit(&l->frame.y, &f->y, y);
    show_exactly(&l->frame.x, &f->x);
    show_exactly(&l->frame.y, &f->y);
    l->note = l->left_out > 0 || l->dense || l->shares || f->note;
}

bool in_legend(const plot_mark *m)
{
    return m->label && *m->label;
}

double legend_width(canvas *v, const plot_figure *f)
{
    double width = 0;
    for (int i = 0; i < f->n_marks; ++i)
        if (in_legend(&f->marks[i]))
            width += (width > 0 ? LEGEND_GAP : 0) + KEY_WIDTH + 5 +
                     canvas_text_width(v, label_style(v), f->marks[i].label);
    return width;
}

void legend_add(canvas *v, const plot_mark *m, double room, legend_place *at)
{
    double wide = KEY_WIDTH + 5 + fmin(canvas_text_width(v, label_style(v), m->label), room);
    at->x = at->next;
    if (at->x > 0 && at->x + wide > room) {
        at->x = 0;
        at->row++;
    }
    at->next = at->x + wide + LEGEND_GAP;
}

static int legend_rows(canvas *v, const plot_figure *f, double room)
{
    legend_place at = {0};
    for (int i = 0; i < f->n_marks; ++i)
        if (in_legend(&f->marks[i]))
            legend_add(v, &f->marks[i], room, &at);
    return at.row + 1;
}

/* --- rows and margins ------------------------------------------------------------------- */

/* Names stand level where each has room over its own unit of the axis, about. */
static double x_names_height(layout *l, canvas *v)
{
    const plot_figure *f = l->f;
    if (!f->x.names)
        return TEXT_ROW;
    double room = 0.9 * (l->width - 2 * EDGE - names_width(v, &f->y, l->name_room));
    double unit = room / (l->frame.x.high - l->frame.x.low),
           wide = names_width(v, &f->x, l->name_room);
    l->upward = !f->x.at && wide + NAME_GAP > unit;
    return l->upward ? wide + TICK_GAP + 4 : TEXT_ROW;
}

static void place_rows(layout *l, canvas *v)
{
    const plot_figure *f = l->f;
    double y = EDGE - 2, legend = legend_width(v, f);
    l->title_base = y + 14;
    y += f->title ? TITLE_ROW : 0;
    l->subtitle_base = y + 12;
    y += f->subtitle ? TEXT_ROW : 0;
    y += f->title || f->subtitle ? 6 : 0;
    /* the y label may yet grow a power of ten */
    double label = f->y.label ? canvas_text_width(v, label_style(v), f->y.label) + 48 : 48;
    l->legend_below = legend > 0 && legend + label + LEGEND_GAP > l->width - 2 * EDGE;
    l->label_base = y + 12;
    y += TEXT_ROW;
    l->legend_base = l->legend_below ? y + 12 : l->label_base;
    y += l->legend_below ? LEGEND_ROW * legend_rows(v, f, l->width - 2 * EDGE) : 0;
    l->frame.area.top = y + 6;

    double bottom = l->height - EDGE + 4;
    l->note_base = bottom - 4;
    bottom -= l->note ? TEXT_ROW : 0;
    l->x_label_base = bottom - 4;
    bottom -= TEXT_ROW; /* also without a label: a power of ten stands there */
    l->tick_base = bottom - 4;
    l->frame.area.bottom = fmax(bottom - x_names_height(l, v), l->frame.area.top + LEAST);
}

static double widest_label(canvas *v, const ticks *t)
{
    double widest = 0;
    for (int i = 0; i < t->n; ++i)
        widest = fmax(widest, canvas_text_width(v, tick_style(v), t->label[i]));
    return widest;
}

/* Take fewer ticks until their labels keep apart. */
static void place_x_ticks(layout *l, canvas *v)
{
    frame *fr = &l->frame;
    const plot_axis *axis = &l->f->x;
    if (axis->names) {
        double wide =
            l->upward ? v->theme->tick_size + 2 : names_width(v, axis, l->name_room) + NAME_GAP;
        names_ticks(v, axis, &fr->x, wide, l->name_room, &l->x);
        return;
    }
    for (int want = (int)((fr->area.right - fr->area.left) / X_TICK_PIXELS) + 1; want >= 2;
         --want) {
        scale_ticks(&fr->x, want, l->f->x.whole, &l->x);
        double room = widest_label(v, &l->x) + 10;
        bool apart = true;
        for (int i = 1; i < l->x.n; ++i)
            apart &= scale_at(&fr->x, l->x.at[i]) - scale_at(&fr->x, l->x.at[i - 1]) >= room;
        if (apart)
            return;
    }
}

static void place_scales(layout *l)
{
    frame *fr = &l->frame;
    fr->x.from = fr->area.left;
    fr->x.to = fr->area.right;
    fr->y.from = l->f->y.down ? fr->area.top : fr->area.bottom;
    fr->y.to = l->f->y.down ? fr->area.bottom : fr->area.top;
}

/* The largest square, at the bottom left of its room; the rows over it come down with it. */
static void make_square(layout *l)
{
    rect *r = &l->frame.area;
    double side = fmin(r->right - r->left, r->bottom - r->top);
    double down = r->bottom - r->top - side;
    r->right = r->left + side;
    r->top += down;
    l->label_base += down;
    l->legend_base += down;
}

static void place_y_ticks(layout *l, canvas *v)
{
    const rect *area = &l->frame.area;
    int want = (int)((area->bottom - area->top) / Y_TICK_PIXELS) + 1;
    if (l->f->y.names)
        names_ticks(v, &l->f->y, &l->frame.y, v->theme->tick_size + 2, l->name_room, &l->y);
    else
        scale_ticks(&l->frame.y, want, l->f->y.whole, &l->y);
}

static void place_area(layout *l, canvas *v)
{
    rect *area = &l->frame.area;
    place_scales(l);
    place_y_ticks(l, v);
    area->right = l->width - EDGE - 4;
    area->left = fmin(EDGE + widest_label(v, &l->y) + TICK_GAP, area->right - LEAST);
    if (l->f->equal)
        make_square(l);
    place_scales(l);
    place_x_ticks(l, v);
    if (l->f->equal && !l->f->x.names)
        l->y = l->x; /* one range, one set of ticks */
    else if (l->f->equal)
        place_y_ticks(l, v);
}

void layout_init(layout *l, canvas *v, const plot_figure *f, int width, int height)
{
    *l = (layout){.f = f, .width = width, .height = height, .name_room = 0.3 * width};
    measure_data(l);
    place_rows(l, v);
    place_area(l, v);
}
