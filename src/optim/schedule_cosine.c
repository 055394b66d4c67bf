#include "optim/schedule.h"

#include <math.h>

/* Cosine annealing (Loshchilov & Hutter 2017), once and with warm restarts. */

double schedule_anneal(double done, double low)
{
    static const double pi = 3.14159265358979323846;
    return low + (1 - low) * (1 + cos(pi * done)) / 2;
}

/* Down over `steps` steps; beyond them the cosine goes on, up again and down. */
typedef struct cosine {
    double steps, min_factor;
} cosine;

static const param cosine_params[] = {
    PARAM_INT(cosine, steps, 100, 1, 9e15, "steps from the highest to the lowest"),
    PARAM_F64(cosine, min_factor, 0, 0, 1e300, "the lowest"),
    PARAM_END,
};

static double cosine_factor(const void *self, int64_t step)
{
    const cosine *s = self;
    return schedule_anneal((double)step / s->steps, s->min_factor);
}

const schedule_class schedule_cosine = {
    .name = "cosine",
    .size = sizeof(cosine),
    .params = cosine_params,
    .factor = cosine_factor,
};

/* Down again and again: cycle i = 0, 1, … takes steps · multiple^i steps. */
typedef struct restarts {
    double steps, multiple, min_factor;
} restarts;

static const param restarts_params[] = {
    PARAM_INT(restarts, steps, 10, 1, 9e15, "steps of the first cycle"),
    PARAM_INT(restarts, multiple, 1, 1, 1e6, "how many times longer each cycle is than the last"),
    PARAM_F64(restarts, min_factor, 0, 0, 1e300, "the lowest"),
    PARAM_END,
};

static double restarts_factor(const void *self, int64_t step)
{
    const restarts *s = self;
    double left = (double)step, length = s->steps;
    if (s->multiple == 1)
        left = fmod(left, length);
    while (left >= length) {
        left -= length;
        length *= s->multiple;
    }
    return schedule_anneal(left / length, s->min_factor);
}

const schedule_class schedule_cosine_restarts = {
    .name = "cosine_restarts",
    .size = sizeof(restarts),
    .params = restarts_params,
    .factor = restarts_factor,
};
