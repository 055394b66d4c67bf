#include "optim/schedule.h"

#include "base/mem.h"
#include "base/str.h"

#include <math.h>
#include <string.h>

const schedule_class *const schedule_table[] = {
    &schedule_constant,
    &schedule_step,
    &schedule_exponential,
    &schedule_cosine,
    &schedule_cosine_restarts,
    &schedule_cyclic,
    &schedule_one_cycle,
    &schedule_plateau,
    NULL,
};

struct stint_schedule {
    const schedule_class *class;
    void *self; /* the class's struct */
};

static const schedule_class *find(ctx *c, const char *name)
{
    nearest_name near = nearest_begin(name);
    for (int i = 0; schedule_table[i]; i++) {
        if (strcmp(schedule_table[i]->name, name) == 0)
            return schedule_table[i];
        nearest_try(&near, schedule_table[i]->name);
    }
    if (near.name)
        fail(c, STINT_EUSAGE, "there is no schedule \"%s\"; did you mean \"%s\"?", name, near.name);
    else
        fail(c, STINT_EUSAGE, "there is no schedule \"%s\"", name);
    return NULL;
}

stint_schedule *stint_schedule_new(stint_context *ctx, const char *name, int n,
                                   const stint_setting *settings)
{
    const schedule_class *class = find(ctx, name);
    stint_schedule *s = class ? mem_new(ctx, TAG_MODEL, stint_schedule, 1) : NULL;
    if (!s)
        return NULL;
    s->class = class;
    s->self = mem_alloc(ctx, TAG_MODEL, class->size);
    if (s->self && params_read(ctx, name, class->params, settings, n, s->self) == STINT_OK)
        return s;
    stint_schedule_free(s);
    return NULL;
}

void stint_schedule_free(stint_schedule *s)
{
    if (!s)
        return;
    mem_free(s->self);
    mem_free(s);
}

double stint_schedule_factor(const stint_schedule *s, int64_t step)
{
    return s ? s->class->factor(s->self, step < 0 ? 0 : step) : (double)NAN;
}

void stint_schedule_observe(stint_schedule *s, double measure)
{
    if (s && s->class->observe)
        s->class->observe(s->self, measure);
}
