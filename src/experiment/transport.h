/* How workers are reached: a row per way.  Each gives a connected stream that carries the
 * frames of messages.h. */
#ifndef EXPERIMENT_TRANSPORT_H
#define EXPERIMENT_TRANSPORT_H

#include "base/os/os.h"

#include <pthread.h>

typedef struct worker_link {
    child child; /* process: pid and fd; thread: pid 0 and fd */
    pthread_t thread;
    stint_options options;
} worker_link;

typedef struct transport_class {
    const char *name;
    /* A worker that may hold `memory_bytes` of private memory in all. */
    stint_status (*start)(ctx *c, int64_t memory_bytes, worker_link *out);
    /* Wait for it to end, after its stream was closed from our side (`kill`: do not wait for
     * its work); how it ended, as text, "" when well. */
    void (*stop)(ctx *c, worker_link *l, bool kill, char *how, size_t size);
} transport_class;

extern const transport_class transport_process, transport_thread;
extern const transport_class *const transport_table[]; /* NULL-terminated */

/* Processes where the context names the command, else threads of this process. */
const transport_class *transport_of(ctx *c);

#endif
