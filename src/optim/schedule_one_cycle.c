#include "optim/schedule.h"

/* One cycle (Smith & Topin 2019), with PyTorch's two phases by half cosines: over pct_start of the
 * steps up from 1/div_factor to 1, then down to 1/(div_factor final_div_factor), where it stays. */

typedef struct one_cycle {
    double total_steps, pct_start, div_factor, final_div_factor;
} one_cycle;

static const param one_cycle_params[] = {
    PARAM_INT(one_cycle, total_steps, 1000, 2, 9e15, "steps of the whole cycle"),
    PARAM_F64(one_cycle, pct_start, 0.3, 0, 1, "part of the steps in which the rate rises"),
    PARAM_F64(one_cycle, div_factor, 25, 1e-300, 1e300, "the highest rate over the first"),
    PARAM_F64(one_cycle, final_div_factor, 1e4, 1e-300, 1e300, "the first rate over the last"),
    PARAM_END,
};

/* From a to b. */
static double between(double a, double b, double done)
{
    return b + (a - b) * schedule_anneal(done, 0);
}

static double one_cycle_factor(const void *self, int64_t step)
{
    const one_cycle *s = self;
    double at = (double)step, first = 1 / s->div_factor, last = first / s->final_div_factor;
    double top = s->pct_start * s->total_steps - 1, end = s->total_steps - 1;
    if (at >= end)
        return last;
    if (top > 0 && at <= top)
        return between(first, 1, at / top);
    top = top > 0 ? top : 0;
    return between(1, last, (at - top) / (end - top));
}

const schedule_class schedule_one_cycle = {
    .name = "one_cycle",
    .size = sizeof(one_cycle),
    .params = one_cycle_params,
    .factor = one_cycle_factor,
};
