#include "plot/theme.h"

#include <math.h>

/* Colours of Okabe & Ito (2008), which stay apart under the common colour blindnesses;
 * ink on paper is 12:1, quiet text 5.6:1 (WCAG asks 4.5). */

const plot_theme plot_theme_light = {
    .name = "light",
    .paper = {0xff, 0xff, 0xff},
    .ink = {0x1c, 0x27, 0x33},
    .quiet = {0x5a, 0x67, 0x76},
    .grid = {0xe8, 0xeb, 0xef},
    .axis = {0xb4, 0xbd, 0xc7},
    .part =
        {
            [PLOT_FIRST] = {0x00, 0x72, 0xb2},
            [PLOT_SECOND] = {0xe6, 0x9f, 0x00},
            [PLOT_THIRD] = {0x00, 0x9e, 0x73},
            [PLOT_FOURTH] = {0xcc, 0x79, 0xa7},
            [PLOT_ACCENT] = {0xd5, 0x5e, 0x00},
            [PLOT_MUTED] = {0x7d, 0x89, 0x96},
            [PLOT_INK] = {0x1c, 0x27, 0x33},
            [PLOT_FIFTH] = {0x56, 0xb4, 0xe9},
            [PLOT_SIXTH] = {0x6f, 0x4e, 0xa1},
            [PLOT_SEVENTH] = {0x8a, 0x5a, 0x2b},
            [PLOT_EIGHTH] = {0x9a, 0xa1, 0x1a},
            [PLOT_NINTH] = {0x1b, 0x4f, 0x58},
        },
    .few = {0xd3, 0xe6, 0xf3},
    .many = {0x04, 0x2f, 0x5b},
    .title_size = 15,
    .text_size = 12,
    .tick_size = 11,
};

static uint8_t mix(uint8_t a, uint8_t b, double t)
{
    return (uint8_t)lround(a + (b - a) * t);
}

rgb theme_ramp(const plot_theme *t, double at)
{
    return (rgb){mix(t->few.r, t->many.r, at), mix(t->few.g, t->many.g, at),
                 mix(t->few.b, t->many.b, at)};
}
