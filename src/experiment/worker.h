/* The worker's side of a run: tasks in, records out.  It opens what the coordinator's hello
 * names (config, column file, split), keeps prepared statistics mapped, and holds each task
 * to the memory that its class estimated. */
#ifndef EXPERIMENT_WORKER_H
#define EXPERIMENT_WORKER_H

#include "experiment/messages.h"

/* Private memory of a worker that does nothing yet, libraries included: upper bound. */
#define WORKER_BASE_BYTES ((int64_t)5 << 20)

/* Mappings that RLIMIT_DATA counts and nobody touches: stacks, arenas, OpenBLAS's buffer. */
#define WORKER_VIRTUAL_BYTES ((int64_t)192 << 20)

/* Serve until the stream closes. */
stint_status worker_serve(ctx *c, int fd);

#endif
