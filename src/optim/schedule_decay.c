#include "optim/schedule.h"

#include <math.h>

/* Schedules that only fall: not at all, in steps, or at every step. */

typedef struct constant {
    double factor;
} constant;

static const param constant_params[] = {
    PARAM_F64(constant, factor, 1, 0, 1e300, "the factor"),
    PARAM_END,
};

static double constant_factor(const void *self, int64_t step)
{
    const constant *s = self;
    (void)step;
    return s->factor;
}

const schedule_class schedule_constant = {
    .name = "constant",
    .size = sizeof(constant),
    .params = constant_params,
    .factor = constant_factor,
};

/* gamma^⌊step / step_size⌋ */
typedef struct steps {
    double step_size, gamma;
} steps;

static const param step_params[] = {
    PARAM_INT(steps, step_size, 30, 1, 9e15, "steps between two falls"),
    PARAM_F64(steps, gamma, 0.1, 0, 1e300, "what each fall multiplies by"),
    PARAM_END,
};

static double step_factor(const void *self, int64_t step)
{
    const steps *s = self;
    int64_t falls = step / (int64_t)s->step_size;
    return pow(s->gamma, (double)falls);
}

const schedule_class schedule_step = {
    .name = "step",
    .size = sizeof(steps),
    .params = step_params,
    .factor = step_factor,
};

/* gamma^step */
typedef struct exponential {
    double gamma;
} exponential;

static const param exponential_params[] = {
    PARAM_F64(exponential, gamma, 0.95, 0, 1e300, "what each step multiplies by"),
    PARAM_END,
};

static double exponential_factor(const void *self, int64_t step)
{
    const exponential *s = self;
    return pow(s->gamma, (double)step);
}

const schedule_class schedule_exponential = {
    .name = "exponential",
    .size = sizeof(exponential),
    .params = exponential_params,
    .factor = exponential_factor,
};
