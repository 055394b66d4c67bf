/* A fleet of workers that takes tasks from a source, in order, until there are no more.
 *
 *     source ──next──> [ worker 1 ][ worker 2 ] … ──records──> source
 *
 * A worker that dies, or a task that fails, costs one retry, alone and with the fleet's whole
 * memory; a trial that fails again becomes a failed record, any other task fails the run.
 * Which worker runs what varies; what comes out does not. */
#ifndef EXPERIMENT_FLEET_H
#define EXPERIMENT_FLEET_H

#include "experiment/transport.h"
#include "experiment/messages.h"
#include "experiment/watch.h"

typedef struct task_source {
    void *self;
    /* The next task; false = none is left. */
    bool (*next)(void *self, task *out);
    /* For trials: finished ones, in the order they came; is one still without a record? */
    stint_status (*records)(void *self, const record *r, int64_t n);
    bool (*open)(void *self, int64_t trial);
    /* For an evaluation: metric_score [n].  NULL = not of interest. */
    stint_status (*scores)(void *self, const metric_score *s, int64_t n);
    /* Several times a second while tasks run; NULL = nothing to do. */
    stint_status (*tick)(void *self);
} task_source;

typedef struct fleet_settings {
    int workers;          /* at once */
    int64_t memory_bytes; /* private memory of one worker, upper bound; 0 = no limit */
    int64_t whole_bytes;  /* what one may have alone */
    const char *hello;    /* the HELLO payload */
    double deadline;      /* clock_seconds at which no further task starts; 0 = never */
    watch *watch;         /* told of worker processes */
} fleet_settings;

typedef struct fleet fleet;

/* Workers start when the first task comes, no more of them than tasks. */
stint_status fleet_open(ctx *c, const fleet_settings *s, fleet **out);

/* Run a source dry.  STINT_EINTERRUPT or STINT_EBUDGET (the deadline) when it stopped early,
 * with every running task finished and recorded. */
stint_status fleet_run(fleet *f, const task_source *source);
void fleet_close(fleet *f);

/* Another deadline from now on. */
void fleet_deadline(fleet *f, double deadline);

/* Tasks that failed or whose worker died, and estimates that were exceeded, so far. */
int64_t fleet_retries(const fleet *f);

#endif
