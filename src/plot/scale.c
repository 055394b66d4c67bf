#include "plot/scale.h"

#include <math.h>

/* Scales.  Ends are chosen so that no difference of them can overflow or vanish: values
 * are within ±PLOT_MOST, and a range narrower than what doubles can divide is widened. */

bool scale_shows(plot_scale kind, double value)
{
    /* a NaN fails every comparison */
    return value <= PLOT_MOST && value >= (kind == PLOT_LINEAR ? -PLOT_MOST : 1 / PLOT_MOST);
}

void range_add(range *r, plot_scale kind, double value)
{
    if (!scale_shows(kind, value))
        return;
    if (r->low > r->high) {
        r->low = r->high = value;
        return;
    }
    if (value < r->low)
        r->low = value;
    if (value > r->high)
        r->high = value;
}

static void fit_log(scale *s, range r)
{
    double low = log10(r.low), high = log10(r.high);
    double pad = high - low < 1e-6 ? 0.5 : 0.04 * (high - low);
    s->low = pow(10, fmax(low - pad, -300));
    s->high = pow(10, fmin(high + pad, 300));
}

static void fit_linear(scale *s, const plot_axis *axis, range r)
{
    bool zero_low = axis->from_zero && r.low >= 0;
    bool zero_high = axis->from_zero && r.high <= 0 && !zero_low;
    if (zero_low)
        r.low = 0;
    if (zero_high)
        r.high = 0;
    double size = fmax(fabs(r.low), fabs(r.high));
    double span = r.high - r.low;
    /* a constant: half of it, or one, to each side */
    double pad = span <= 1e-11 * size ? (size > 0 ? 0.5 * size : 1) : 0.04 * span;
    pad = fmax(pad, 1e-300);
    s->low = zero_low ? 0 : r.low - pad;
    s->high = zero_high ? 0 : r.high + pad;
}

void scale_fit(scale *s, const plot_axis *axis, range r)
{
    s->kind = axis->scale;
    if (r.low > r.high) {
        s->low = s->kind == PLOT_LOG ? 1 : 0;
        s->high = s->kind == PLOT_LOG ? 10 : 1;
    } else if (s->kind == PLOT_LOG) {
        fit_log(s, r);
    } else {
        fit_linear(s, axis, r);
    }
}

double scale_at(const scale *s, double value)
{
    double t = s->kind == PLOT_LOG ? log(value / s->low) / log(s->high / s->low)
                                   : (value - s->low) / (s->high - s->low);
    t = t < -1e5 ? -1e5 : t > 1e5 ? 1e5 : t;
    return s->from + t * (s->to - s->from);
}
