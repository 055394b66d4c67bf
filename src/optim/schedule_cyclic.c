#include "optim/schedule.h"

#include <math.h>

/* Cyclical learning rates (Smith 2017): up from min_factor to max_factor and down again, linearly.
 * The height of cycle k = 1, 2, … is as it is (triangular), halved every time (triangular2), or
 * falls by gamma every step (exp_range). */

typedef struct cyclic {
    double min_factor, max_factor, step_size_up, step_size_down, mode, gamma;
} cyclic;

static const char *const modes[] = {"triangular", "triangular2", "exp_range", NULL};

static const param cyclic_params[] = {
    PARAM_F64(cyclic, min_factor, 0.1, 0, 1e300, "the factor between cycles"),
    PARAM_F64(cyclic, max_factor, 1, 0, 1e300, "the factor at the top of the first cycle"),
    PARAM_INT(cyclic, step_size_up, 2000, 1, 9e15, "steps from the lowest to the highest"),
    PARAM_INT(cyclic, step_size_down, 0, 0, 9e15, "and down again; 0 = as many"),
    PARAM_CHOICE(cyclic, mode, 0, modes,
                 "what becomes of a cycle's height: it stays, halves each time, or falls by gamma "
                 "each step"),
    PARAM_F64(cyclic, gamma, 1, 0, 1, "for exp_range"),
    PARAM_END,
};

static double height_same(const cyclic *s, double cycle, double step)
{
    (void)s, (void)cycle, (void)step;
    return 1;
}

static double height_halved(const cyclic *s, double cycle, double step)
{
    (void)s, (void)step;
    return pow(2, -cycle);
}

static double height_falling(const cyclic *s, double cycle, double step)
{
    (void)cycle;
    return pow(s->gamma, step);
}

static double (*const heights[])(const cyclic *s, double cycle, double step) = {
    height_same,
    height_halved,
    height_falling,
};

static double cyclic_factor(const void *self, int64_t step)
{
    const cyclic *s = self;
    double up = s->step_size_up, down = s->step_size_down > 0 ? s->step_size_down : up;
    double cycle = floor((double)step / (up + down)), at = (double)step - cycle * (up + down);
    double part = at <= up ? at / up : (up + down - at) / down;
    return s->min_factor +
           (s->max_factor - s->min_factor) * part * heights[(int)s->mode](s, cycle, (double)step);
}

const schedule_class schedule_cyclic = {
    .name = "cyclic",
    .size = sizeof(cyclic),
    .params = cyclic_params,
    .factor = cyclic_factor,
};
