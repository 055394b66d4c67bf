/* Scales and ticks: from values to positions, and the round values worth a label.
 *
 * A range gathers what must be visible; a scale maps it, padded, to pixels; ticks are
 * multiples of 1, 2 or 5 × 10^e (linear) or decades (log), at most TICKS_MOST of them. */
#ifndef PLOT_SCALE_H
#define PLOT_SCALE_H

#include "plot/plot.h"

typedef struct range {
    double low, high; /* low > high: nothing yet */
} range;

#define RANGE_EMPTY ((range){1, -1})

typedef struct scale {
    plot_scale kind;
    double low, high; /* values at the ends, low < high */
    double from, to;  /* their positions in pixels */
} scale;

enum { TICKS_MOST = 32, MINOR_MOST = 128, TICK_LABEL_SIZE = 64 };

typedef struct ticks {
    int n, n_minor;
    int exponent; /* labels are the value / 10^exponent */
    double at[TICKS_MOST], minor[MINOR_MOST];
    char label[TICKS_MOST][TICK_LABEL_SIZE];
} ticks;

/* Whether a value can stand on an axis of this kind. */
bool scale_shows(plot_scale kind, double value);

/* Widen `r` to hold `value`, if the axis can show it. */
void range_add(range *r, plot_scale kind, double value);

/* Ends for a range: padded by 4 % a side, except at a zero that is an end; an empty range
 * becomes 0 … 1 (1 … 10 on a log axis), a constant gets room on both sides. */
void scale_fit(scale *s, const plot_axis *axis, range r);

/* Position of a value; within a billion pixels even for values far off the axis. */
double scale_at(const scale *s, double value);

/* About `want` ticks, 12 at most. */
void scale_ticks(const scale *s, int want, bool whole, ticks *out);

/* A bin or tick width near `span` / `want`: mantissa 1, 2 or 5, times 10^exponent. */
double nice_step(double span, double want, int *mantissa, int *exponent);

/* "×10⁶" */
const char *exponent_text(char out[TICK_LABEL_SIZE], int exponent);

#endif
