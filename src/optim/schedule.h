/* Schedule classes: what the learning rate is multiplied by at a step. */
#ifndef OPTIM_SCHEDULE_H
#define OPTIM_SCHEDULE_H

#include "base/params.h"
#include "stint/optim.h"

typedef struct schedule_class {
    const char *name;
    size_t size; /* of the struct of its parameters, and of what it has observed, zeroed */
    const param *params;
    double (*factor)(const void *self, int64_t step); /* step ≥ 0 */
    void (*observe)(void *self, double measure);      /* NULL = it does not */
} schedule_class;

extern const schedule_class schedule_constant, schedule_step, schedule_exponential, schedule_cosine,
    schedule_cosine_restarts, schedule_cyclic, schedule_one_cycle, schedule_plateau;
extern const schedule_class *const schedule_table[]; /* ends in NULL */

/* From 1 to `low` by half a cosine, `done` in 0 … 1 (Loshchilov & Hutter 2017, equation 5). */
double schedule_anneal(double done, double low);

#endif
