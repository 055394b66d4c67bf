/* Where everything of a figure stands, from the top:
 *
 *     Title
 *     subtitle
 *     y label                    legend
 *      40 ┤ area
 *      20 ┤
 *         └──┬─────┬─────┬──
 *            1     2     3
 *                  x label
 *                               note
 *
 * The y label stands level over its axis, where it is read without turning one's head.
 * Heights of the rows are constants, the left margin follows the widest tick label. */
#ifndef PLOT_LAYOUT_H
#define PLOT_LAYOUT_H

#include "plot/mark.h"

enum {
    EDGE = 16,       /* paper around everything */
    TICK_GAP = 7,    /* between the area and its tick labels */
    LEGEND_GAP = 14, /* between two legend entries */
    LEGEND_ROW = 19, /* from one row of entries to the next */
};

typedef struct layout {
    const plot_figure *f;
    int width, height; /* of the picture */
    frame frame;
    ticks x, y;
    int64_t left_out;  /* points without a place */
    bool note, dense;  /* there is a note; a scatter is drawn as a density */
    bool shares;       /* cells are shaded by shares */
    bool upward;       /* names under the x axis are read upwards */
    bool legend_below; /* the legend has a row of its own */
    double title_base, subtitle_base, label_base, legend_base; /* baselines */
    double tick_base, x_label_base, note_base;
    double name_room; /* of a name beside an axis */
} layout;

/* Measure the data, choose scales and ticks, place rows and area. */
void layout_init(layout *l, canvas *v, const plot_figure *f, int width, int height);

text_style tick_style(const canvas *v);
text_style label_style(const canvas *v);
bool in_legend(const plot_mark *m);
double legend_width(canvas *v, const plot_figure *f);

/* Entries side by side within `room` pixels, in as many rows as they take. */
typedef struct legend_place {
    double x, next; /* where this entry begins, and where another may */
    int row;
} legend_place;
void legend_add(canvas *v, const plot_mark *m, double room, legend_place *at);

/* names.c: an axis' names as ticks, `apart` pixels between them at least, each cut to `room`. */
void names_ticks(canvas *v, const plot_axis *axis, const scale *s, double apart, double room,
                 ticks *out);
double names_width(canvas *v, const plot_axis *axis, double room); /* of the widest */

#endif
