/* Pictures: plain arrays in, PNG out.
 *
 * A figure is a title, two axes and a list of marks; its layout (margins, ticks, legend)
 * follows from what is drawn.  The same figure gives the same bytes, on any thread and
 * beside any other figure: a picture owns its surface, its font and nothing global.
 *
 * Points that cannot be placed (NaN, infinities, beyond ±PLOT_MOST, or not positive on a
 * log axis) are left out, and the picture says how many.
 *
 * Memory is charged to TAG_PLOT: the surface, 4 × width × height × zoom² bytes, is nearly
 * all of it; plot_peak_bytes bounds the whole, whatever the number of points.  The figures
 * at the end of this file add 1 MiB at most, and are under 6 MiB in all at their size. */
#ifndef PLOT_PLOT_H
#define PLOT_PLOT_H

#include "base/str.h"

#define PLOT_MOST  1e300 /* a value further from zero is not drawn */
#define PLOT_DENSE 20000 /* scatters of more points are drawn as densities */

typedef enum plot_scale { PLOT_LINEAR, PLOT_LOG } plot_scale;

/* Parts a colour can play; the theme says which colour that is. */
typedef enum plot_colour {
    PLOT_FIRST,  /* the data */
    PLOT_SECOND, /* what is set against it */
    PLOT_THIRD,
    PLOT_FOURTH,
    PLOT_ACCENT, /* the one thing to look at */
    PLOT_MUTED,  /* references: identity lines */
    PLOT_INK,    /* references over marks: zero */
    PLOT_COLOURS
} plot_colour;

typedef struct mark_class mark_class;
typedef struct plot_theme plot_theme;

/* What a mark draws; unused arrays are NULL.  Arrays stay the caller's. */
typedef struct plot_mark {
    const mark_class *class;
    const double *x, *y;      /* [n]; scatter and line: x NULL = 1 … n */
    const double *low, *high; /* [n] band: y from low to high; bars: x from low to high */
    int64_t n;
    plot_colour colour;
    const char *label; /* in the legend; NULL = none */
    bool dashed;
} plot_mark;

extern const mark_class mark_scatter;        /* x, y */
extern const mark_class mark_line;           /* x, y in order of drawing; a gap where not shown */
extern const mark_class mark_band;           /* x, low, high, x ascending */
extern const mark_class mark_bars;           /* low, high: edges; y: height from zero */
extern const mark_class mark_point;          /* x, y, n = 1: one point made prominent */
extern const mark_class mark_diagonal;       /* y = x; no arrays */
extern const mark_class mark_vertical;       /* x, n = 1: a line across the plot */
extern const mark_class *const mark_table[]; /* NULL-terminated */

typedef struct plot_axis {
    const char *label; /* with the unit: "time (s)"; NULL = none */
    plot_scale scale;
    bool from_zero; /* zero is an end of the axis when all values are on one side of it */
    bool whole;     /* only integers are ticks */
} plot_axis;

typedef struct plot_figure {
    const char *title, *subtitle; /* NULL = none */
    plot_axis x, y;
    bool equal;              /* both axes show one range at one scale, in a square */
    int width, height;       /* in CSS pixels; 0 = 640, 400 */
    double zoom;             /* device pixels per CSS pixel; 0 = 2 */
    const plot_theme *theme; /* NULL = light */
    const plot_mark *marks;  /* [n_marks], drawn in this order */
    int n_marks;
    int64_t left_out; /* points the caller left out already; counted in the note */
} plot_figure;

extern const plot_theme plot_theme_light;

/* The figure as a PNG file, appended to `out`.  STINT_EUSAGE for a size that is not
 * between 64 and 8192 device pixels a side, STINT_ENOMEM when the budget is short. */
stint_status plot_png(ctx *c, const plot_figure *f, str *out);

/* An upper bound of what plot_png takes, `out` included. */
int64_t plot_peak_bytes(const plot_figure *f);

/* --- figures made of these ------------------------------------------------------------ */

/* Actual against predicted: one point a row, the identity line, equal scales. */
typedef struct plot_predictions {
    const char *title, *subtitle;     /* NULL = "Actual against predicted", none */
    const char *target;               /* the target's name, with its unit */
    const double *actual, *predicted; /* [n] */
    int64_t n;
} plot_predictions;
stint_status plot_predicted(ctx *c, const plot_predictions *p, str *out);

/* The distribution of actual - predicted, beside the normal of the same mean and deviation. */
stint_status plot_residuals(ctx *c, const plot_predictions *p, str *out);

/* Scores of configurations. */
typedef struct plot_search {
    const char *title, *subtitle;
    const char *metric;      /* "RMSE (cross-validation)" */
    const char *parameter;   /* plot_parameter: its name */
    const double *values;    /* plot_parameter: [n] its value in each configuration */
    const double *mean;      /* [n] score, the mean over folds */
    const double *deviation; /* [n] its standard deviation over folds; NULL = not shown */
    int64_t n;
    int64_t best; /* index into the arrays; -1 = none */
    bool greater_is_better;
    bool curve; /* plot_parameter: nothing else varies, so that points join up */
} plot_search;

/* Score by configuration, in order, with the best so far as a line. */
stint_status plot_history(ctx *c, const plot_search *s, str *out);

/* Score over one parameter, a log axis when its values spread over decades; as a curve
 * with its band of ± one deviation, else as points. */
stint_status plot_parameter(ctx *c, const plot_search *s, str *out);

#endif
