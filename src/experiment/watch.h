/* Private memory over all of a run's processes, as the kernel counts it, sampled every 10 ms
 * by a thread of its own; the most per stage, and over all. */
#ifndef EXPERIMENT_WATCH_H
#define EXPERIMENT_WATCH_H

#include "base/os/os.h"

typedef struct watch watch;

stint_status watch_start(ctx *c, watch **out);
void watch_stop(watch *w);

void watch_add(watch *w, pid_t pid); /* w NULL: nothing */
void watch_remove(watch *w, pid_t pid);

/* The peak since the last call of this, and begin the next stage; the peak over all. */
int64_t watch_stage(watch *w);
int64_t watch_peak(const watch *w);

#endif
