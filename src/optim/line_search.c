#include "optim/line_search.h"

#include <math.h>

static const double decrease = 1e-4, curvature = 0.9;
enum { MOST_EVALUATIONS = 25 };

/* The search under way; `last` is where x and gradient were evaluated. */
typedef struct search {
    const line_search *s;
    int evaluations;
    line_point last;
} search;

static stint_status evaluate(search *r, double step, line_point *out)
{
    const line_search *s = r->s;
    int64_t n = s->objective->n;
    for (int64_t i = 0; i < n; i++)
        s->x[i] = s->origin[i] + step * s->direction[i];
    *out = (line_point){.step = step};
    TRY(s->objective->value(s->objective->self, s->x, &out->f, s->gradient));
    for (int64_t i = 0; i < n; i++)
        out->slope += s->gradient[i] * s->direction[i];
    r->evaluations++;
    r->last = *out;
    return STINT_OK;
}

/* false for NaN, too */
static bool low_enough(const search *r, line_point p)
{
    line_point start = r->s->start;
    return p.f <= start.f + decrease * p.step * start.slope;
}

static bool flat_enough(const search *r, line_point p)
{
    return fabs(p.slope) <= -curvature * r->s->start.slope;
}

/* Where the cubic through two points and their slopes is least, kept within low … high; their
 * middle where it has no minimum. */
static double cubic_minimum(line_point a, line_point b, double low, double high)
{
    double d1 = a.slope + b.slope - 3 * (a.f - b.f) / (a.step - b.step);
    double d2 = copysign(sqrt(d1 * d1 - a.slope * b.slope), b.step - a.step);
    double at = b.step - (b.step - a.step) * (b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2);
    return isfinite(at) ? fmin(fmax(at, low), high) : (low + high) / 2;
}

/* Algorithm 3.6: between `low`, the lowest so far that has decreased enough, and `high` there is
 * such a step.  A tenth of the interval is left at either end, so that it shrinks. */
static stint_status zoom(search *r, line_point low, line_point high, line_point *out)
{
    line_point p;
    for (*out = low; r->evaluations < MOST_EVALUATIONS; *out = low) {
        double width = fabs(high.step - low.step), margin = 0.1 * width;
        if (width <= r->s->shortest)
            return STINT_OK;
        TRY(evaluate(r,
                     cubic_minimum(low, high, fmin(low.step, high.step) + margin,
                                   fmax(low.step, high.step) - margin),
                     &p));
        if (!low_enough(r, p) || p.f >= low.f) {
            high = p;
            continue;
        }
        if (p.slope * (high.step - low.step) >= 0)
            high = low;
        low = p;
        if (flat_enough(r, p)) {
            *out = p;
            return STINT_OK;
        }
    }
    return STINT_OK;
}

/* Algorithm 3.5: longer steps until one is between two that enclose what is sought. */
static stint_status bracket(search *r, double step, line_point *out)
{
    line_point before = r->s->start, p;
    for (*out = before; r->evaluations < MOST_EVALUATIONS; before = *out = p) {
        TRY(evaluate(r, step, &p));
        if (!low_enough(r, p) || p.f >= before.f)
            return zoom(r, before, p, out);
        if (flat_enough(r, p)) {
            *out = p;
            return STINT_OK;
        }
        if (p.slope >= 0)
            return zoom(r, p, before, out);
        step = cubic_minimum(before, p, p.step + 0.1 * (p.step - before.step), 10 * p.step);
    }
    return STINT_OK;
}

stint_status line_search_run(const line_search *s, double first, line_point *out)
{
    search r = {.s = s};
    TRY(bracket(&r, first, out));
    return r.last.step == out->step ? STINT_OK : evaluate(&r, out->step, out);
}
