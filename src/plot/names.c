#include "plot/layout.h"

#include <math.h>

/* Names beside an axis: all of them, or every so many where they would touch. */

static double name_at(const plot_axis *axis, int i)
{
    return axis->at ? axis->at[i] : i;
}

double names_width(canvas *v, const plot_axis *axis, double room)
{
    double widest = 0;
    for (int i = 0; axis->names && i < axis->n_names && widest < room; ++i)
        widest = fmax(widest, canvas_text_width(v, tick_style(v), axis->names[i]));
    return fmin(widest, room);
}

void names_ticks(canvas *v, const plot_axis *axis, const scale *s, double apart, double room,
                 ticks *out)
{
    *out = (ticks){0};
    int every = (axis->n_names + TICKS_MOST - 1) / TICKS_MOST;
    if (axis->n_names > 1) {
        double unit = fabs(scale_at(s, name_at(axis, 1)) - scale_at(s, name_at(axis, 0)));
        every = (int)fmin(fmax(every, ceil(apart / fmax(unit, 1e-3))), axis->n_names);
    }
    for (int i = 0; i < axis->n_names && out->n < TICKS_MOST; i += every < 1 ? 1 : every) {
        out->at[out->n] = name_at(axis, i);
        canvas_text_cut(v, tick_style(v), room, axis->names[i], out->label[out->n],
                        TICK_LABEL_SIZE);
        ++out->n;
    }
}
