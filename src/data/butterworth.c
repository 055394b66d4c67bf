#include "data/filter.h"

#include <math.h>

/* Butterworth 1930, "On the Theory of Filter Amplifiers".  The poles of order n lie evenly on the
 * left half circle; a pair of them makes a section with 1/Q = 2 sin((2k + 1) pi / 2n), an odd
 * order leaves one real pole.  The bilinear transform with k = tan(pi cutoff / 2) puts the cutoff
 * where it was asked for.  Sections run one behind the other in transposed direct form II: of a
 * polynomial of high order at a low cutoff rounding would leave nothing. */

static const double pi = 3.14159265358979323846;

static butterworth_section pair_of_poles(double k, double inverse_q)
{
    double scale = 1 / (1 + inverse_q * k + k * k), b = k * k * scale;
    return (butterworth_section){.b0 = b,
                                 .b1 = 2 * b,
                                 .b2 = b,
                                 .a1 = 2 * (k * k - 1) * scale,
                                 .a2 = (1 - inverse_q * k + k * k) * scale};
}

static butterworth_section real_pole(double k)
{
    double b = k / (1 + k);
    return (butterworth_section){.b0 = b, .b1 = b, .a1 = (k - 1) / (1 + k)};
}

void butterworth_design(int order, double cutoff, butterworth *out)
{
    double k = tan(pi * cutoff / 2);
    *out = (butterworth){.order = order};
    if (order % 2)
        out->sections[out->n++] = real_pole(k);
    for (int i = 0; i < order / 2; i++)
        out->sections[out->n++] = pair_of_poles(k, 2 * sin((2 * i + 1) * pi / (2 * order)));
}

/* Each section passes a level as it is: y = x gives z1 = x - b0 x, z2 = b2 x - a2 x. */
butterworth_state butterworth_begin(const butterworth *b, double level)
{
    butterworth_state s = {{{0}}};
    for (int i = 0; i < b->n; i++) {
        s.z[i][0] = (1 - b->sections[i].b0) * level;
        s.z[i][1] = (b->sections[i].b2 - b->sections[i].a2) * level;
    }
    return s;
}

static double next(const butterworth *b, butterworth_state *s, double x)
{
    for (int i = 0; i < b->n; i++) {
        const butterworth_section *f = &b->sections[i];
        double *z = s->z[i], y = f->b0 * x + z[0];
        z[0] = f->b1 * x - f->a1 * y + z[1];
        z[1] = f->b2 * x - f->a2 * y;
        x = y;
    }
    return x;
}

void butterworth_run(const butterworth *b, butterworth_state *s, double *x, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        x[i] = next(b, s, x[i]);
}

int64_t butterworth_pad(int order)
{
    return 3 * (order + 1);
}

/* Behind the last value the series goes on as 2 x[n-1] - x[n-2], 2 x[n-1] - x[n-3], …; before the
 * first likewise (Gustafsson 1996 compares such ends). */
void butterworth_zero_phase(const butterworth *b, double *x, int64_t n)
{
    double behind[3 * (BUTTERWORTH_ORDER_MOST + 1)];
    int64_t pad = butterworth_pad(b->order);
    for (int64_t i = 0; i < pad; i++)
        behind[i] = 2 * x[n - 1] - x[n - 2 - i];
    butterworth_state s = butterworth_begin(b, 2 * x[0] - x[pad]);
    for (int64_t i = pad; i > 0; i--)
        (void)next(b, &s, 2 * x[0] - x[i]);
    butterworth_run(b, &s, x, n);
    butterworth_run(b, &s, behind, pad);
    s = butterworth_begin(b, behind[pad - 1]);
    for (int64_t i = pad - 1; i >= 0; i--)
        (void)next(b, &s, behind[i]);
    for (int64_t i = n - 1; i >= 0; i--)
        x[i] = next(b, &s, x[i]);
}
