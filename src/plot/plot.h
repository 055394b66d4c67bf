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
 * at the end of this file add 1 MiB at most, plot_predicted_angles 8 bytes a row more, and are
 * under 8 MiB in all at their size. */
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
    PLOT_FIFTH,  /* more groups of data */
    PLOT_SIXTH,
    PLOT_SEVENTH,
    PLOT_EIGHTH,
    PLOT_NINTH,
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
    int64_t columns; /* cells: of each row; 0 = one row */
    plot_colour colour;
    const char *label; /* in the legend; NULL = none */
    bool dashed;
} plot_mark;

extern const mark_class mark_scatter;  /* x, y */
extern const mark_class mark_line;     /* x, y in order of drawing; a gap where not shown */
extern const mark_class mark_band;     /* x, low, high, x ascending */
extern const mark_class mark_bars;     /* low, high: edges; y: height from zero */
extern const mark_class mark_point;    /* x, y, n = 1: one point made prominent */
extern const mark_class mark_diagonal; /* y = x; with x, n = 1: y = x + x[0] */
extern const mark_class mark_vertical; /* x, n = 1: a line across the plot */
extern const mark_class mark_cells;    /* y: shares, 0 … 1, by rows; high: numbers written in
                                                them, or NULL; row i, column j is the unit square
                                                around x = j, y = i */
extern const mark_class mark_levels;   /* y: places; x: lengths of level bars from zero; low,
                                                high: intervals of the lengths, or NULL */
extern const mark_class mark_links;    /* x, y: four points of each bracket of a tree, a side's
                                                foot and head, then the other's */
extern const mark_class *const mark_table[]; /* NULL-terminated */

typedef struct plot_axis {
    const char *label; /* with the unit: "time (s)"; NULL = none */
    plot_scale scale;
    bool from_zero;           /* zero is an end of the axis when all values are on one side of it */
    bool whole;               /* only integers are ticks */
    bool down;                /* y: values grow downwards */
    double low, high;         /* what is shown, exactly; low >= high: what the marks need */
    const char *const *names; /* [n_names] instead of ticks, every so many where they would touch */
    const double *at;         /* [n_names] where each stands; NULL = 0, 1, … */
    int n_names;
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
    const char *note; /* one line under all, NULL = none */
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

/* Angles, in units of which `period` make a turn: actual against predicted, drawn where they are
 * nearest to each other: 359 for 1 is beside the identity line, which has lines ±20 degrees
 * beside it. */
typedef struct plot_angles {
    const char *title, *subtitle;
    const char *target;
    const double *actual, *predicted; /* [n] in 0 … period */
    int64_t n;
    double period;
} plot_angles;
stint_status plot_predicted_angles(ctx *c, const plot_angles *p, str *out);

/* The distribution of predicted - actual, wrapped, in degrees of 360, and the shares within 5,
 * 10 and 20. */
stint_status plot_angle_errors(ctx *c, const plot_angles *p, str *out);

/* Actual against predicted classes as counts: the shade is the share of the actual class.  Up to
 * 30 classes show every name and the counts that fit; more than 250 are drawn as groups of
 * neighbours. */
typedef struct plot_classes {
    const char *title, *subtitle, *note;
    const char *target;
    const char *const *names; /* [n] */
    const int64_t *counts;    /* [n][n] actual, predicted */
    int n;
} plot_classes;
stint_status plot_confusion(ctx *c, const plot_classes *p, str *out);

/* Curves of classes, each against the rest: up to PLOT_CURVES of them; of more, their mean over
 * the band from the lowest to the highest. */
#define PLOT_CURVES 6
typedef struct plot_curve {
    const char *name;    /* of the class */
    const double *x, *y; /* [n] in 0 … 1, x ascending; roc: false and true positive rate;
                            precision: recall and precision */
    int n;               /* 0 = undefined */
    double area;         /* NaN = not known */
} plot_curve;

typedef struct plot_curves {
    const char *title, *subtitle, *note;
    const plot_curve *curves; /* [n] */
    int n;
} plot_curves;
stint_status plot_roc(ctx *c, const plot_curves *p, str *out);
stint_status plot_precision(ctx *c, const plot_curves *p, str *out);

/* How well labels are told, each from the rest: precision and recall of the PLOT_LABELS most
 * frequent, of equals the first; and F1 over the rows that have each. */
#define PLOT_LABELS 30
typedef struct plot_label_scores {
    const char *title, *subtitle;
    const char *const *names;              /* [n] */
    const int64_t *came, *predicted, *hit; /* [n] rows that have it, that were given it, both */
    int64_t n;
} plot_label_scores;
stint_status plot_labels(ctx *c, const plot_label_scores *p, str *out);
/* Holds 16 bytes a label more. */
stint_status plot_label_support(ctx *c, const plot_label_scores *p, str *out);

/* Importances of features with their intervals, the largest PLOT_IMPORTANCES. */
#define PLOT_IMPORTANCES 30
typedef struct plot_importances {
    const char *title, *subtitle;
    const char *measure;              /* "increase of RMSE when shuffled" */
    const char *const *names;         /* [n] */
    const double *value, *low, *high; /* [n]; low and high NULL = not shown */
    int64_t n;
} plot_importances;
stint_status plot_importance(ctx *c, const plot_importances *p, str *out);

/* Groups of rows: PLOT_GROUPS have a colour each; of more, the largest, and the rest is muted. */
#define PLOT_GROUPS 10
plot_colour plot_group_colour(const int64_t *sizes, int64_t n, int64_t group);

/* Points of a plane by the group they belong to, at most PLOT_DENSE of them.  Holds 16 bytes a
 * point more. */
typedef struct plot_groups {
    const char *title, *subtitle, *note;
    const char *x_label, *y_label;
    const double *x, *y;  /* [n] */
    const int32_t *group; /* [n] 0 … n_groups-1 */
    int64_t n;
    const int64_t *sizes; /* [n_groups] rows of each, not only those drawn */
    int64_t n_groups;
} plot_groups;
stint_status plot_clusters(ctx *c, const plot_groups *p, str *out);

/* A tree as brackets over leaves that stand side by side.  Holds 64 bytes a bracket more. */
typedef struct plot_bracket {
    double left, right; /* x of what it joins: 0 is the first leaf */
    double left_height, right_height, height;
    int64_t group; /* -1 = of several */
} plot_bracket;

typedef struct plot_tree {
    const char *title, *subtitle, *note;
    const char *height;        /* what heights are */
    const char *const *leaves; /* [n_leaves] names */
    int n_leaves;
    const plot_bracket *brackets; /* [n] */
    int64_t n;
    double cut;           /* a level line; NaN = none */
    const int64_t *sizes; /* [n_groups] */
    int64_t n_groups;
} plot_tree;
stint_status plot_dendrogram(ctx *c, const plot_tree *p, str *out);

/* A number for each of some whole numbers: inertia by clusters, eigenvalues by rank. */
typedef struct plot_steps {
    const char *title, *subtitle, *note;
    const char *x_label, *y_label;
    const double *x, *y; /* [n] */
    int64_t n;
    int64_t best; /* made prominent; -1 = none */
    const char *best_label;
    double divide; /* an upright line; NaN = none */
    const char *divide_label;
} plot_steps;
stint_status plot_by_step(ctx *c, const plot_steps *p, str *out);

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
