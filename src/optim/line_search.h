/* Line searches: a step along a direction that meets the strong Wolfe conditions
 *
 *     f(x + a d) ≤ f(x) + c1 a f'(x)d        |f'(x + a d)d| ≤ c2 |f'(x)d|
 *
 * with c1 = 1e-4, c2 = 0.9, by cubic interpolation (Nocedal & Wright 2006, algorithms 3.5 and 3.6,
 * equation 3.59). */
#ifndef OPTIM_LINE_SEARCH_H
#define OPTIM_LINE_SEARCH_H

#include "base/ctx.h"

/* A function of n variables.  `value` may round x to what can be represented. */
typedef struct objective {
    int64_t n;
    void *self;
    stint_status (*value)(void *self, double *x, double *f, double *gradient);
} objective;

/* A point on the line x = origin + step direction, the function and its slope there. */
typedef struct line_point {
    double step, f, slope;
} line_point;

typedef struct line_search {
    const objective *objective;
    const double *origin, *direction; /* [n] */
    line_point start;                 /* step 0, slope < 0 */
    double shortest;                  /* an interval of steps shorter than this is not searched */
    double *x, *gradient;             /* [n] where it ends */
} line_search;

/* From a first step > 0.  *out: a point that meets the conditions, or else the lowest found, which
 * may be the start; x and gradient are those of *out. */
stint_status line_search_run(const line_search *s, double first, line_point *out);

#endif
