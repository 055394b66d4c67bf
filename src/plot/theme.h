/* One theme: every colour and size of a picture. */
#ifndef PLOT_THEME_H
#define PLOT_THEME_H

#include "plot/plot.h"

typedef struct rgb {
    uint8_t r, g, b;
} rgb;

struct plot_theme {
    const char *name;
    rgb paper, ink, quiet; /* quiet: tick labels, subtitle */
    rgb grid, axis;
    rgb part[PLOT_COLOURS];
    rgb few, many;                           /* ends of the density ramp, by lightness */
    double title_size, text_size, tick_size; /* CSS pixels */
};

/* The density ramp at t in 0 … 1. */
rgb theme_ramp(const plot_theme *t, double at);

#endif
