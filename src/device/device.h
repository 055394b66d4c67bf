/* A device executes plans.  The CPU's runs a step's items on a pool of threads, or by itself
 * where a step is too small to share. */
#ifndef DEVICE_DEVICE_H
#define DEVICE_DEVICE_H

#include "base/pool.h"
#include "plan/plan.h"

typedef struct device device;

/* `threads` 0 = the processor's cores.  NULL when memory is short.  Scratch of
 * PLAN_SCRATCH_BYTES a thread is allocated here, so that running allocates nothing. */
device *device_new(ctx *c, int threads);
void device_free(device *d); /* takes NULL */
int device_threads(const device *d);

/* Run all steps in order.  memory[b] is the address of buffer b. */
void device_run(device *d, const plan *p, char *const *memory);

#endif
