/* What a run will cost, stage by stage, before it starts.
 *
 * Peaks are upper bounds on private memory over all processes once the table is known
 * (`exact`), estimates before.  Concurrency is chosen here: as many workers and threads as
 * cores, work and budget allow; a plan that does not fit with one of each is refused. */
#ifndef EXPERIMENT_PLAN_H
#define EXPERIMENT_PLAN_H

#include "experiment/config.h"

#define STAGE_LIST(X)                                                                              \
    X(INGEST, "ingest")                                                                            \
    X(CHECK, "check")                                                                              \
    X(SPLIT, "split")                                                                              \
    X(FEATURES, "features")                                                                        \
    X(PREPARE, "prepare")                                                                          \
    X(SEARCH, "search")                                                                            \
    X(ROUND, "round")                                                                              \
    X(REPORT, "report")

typedef enum stage {
#define X(name, text) STAGE_##name,
    STAGE_LIST(X)
#undef X
        STAGES
} stage;

const char *stage_name(stage s);

typedef struct stage_plan {
    int64_t fits;
    int64_t peak_bytes;  /* over all processes */
    int64_t least_bytes; /* the same with one worker and one thread */
    int64_t disk_bytes;  /* what the stage adds, at its most */
    double seconds_low, seconds_high;
} stage_plan;

typedef struct plan {
    bool exact;
    source_facts facts;
    model_shape shape; /* of what is learned, and from what; a guess until the table is known */
    int64_t configurations, fits;
    bool fits_features;    /* something is fitted to them */
    int workers, threads;  /* threads in each worker, and of checks in the coordinator */
    int64_t base_bytes;    /* what the coordinator may hold besides its stages' work */
    int64_t search_bytes;  /* and for the search, besides the workers */
    int64_t cluster_bytes; /* what a clustering of the training rows may hold, to fit */
    int64_t batch;         /* trials in one task */
    int64_t ingest_bytes;  /* what the ingest child may hold */
    int export_columns;    /* of the widest table that the round writes */
    int64_t worker_bytes;  /* what one worker may hold */
    int64_t
        task_bytes[4]; /* by task kind, beyond the worker's own: prepare, trials, save, evaluate */
    stage_plan stages[STAGES];
    int64_t peak_bytes, least_bytes, disk_bytes;
    double seconds_low, seconds_high;
} plan;

enum { PLAN_PREPARE, PLAN_TRIALS, PLAN_SAVE, PLAN_EVALUATE };

/* Fill `out`, which is zeroed or an earlier plan of the same run, from facts, and from the table
 * where it is known (NULL = not yet): the base stays as first measured.  Always succeeds;
 * plan_check judges. */
void plan_make(const config *cfg, const source_facts *facts, const table *t, plan *out);

/* STINT_EPLAN, with the smallest budget that would fit and what each knob buys, when the
 * plan exceeds budget.memory, budget.disk or the limit on configurations. */
stint_status plan_check(ctx *c, const config *cfg, const plan *p);

/* Say what is allowed but near a limit. */
void plan_warn(ctx *c, const config *cfg, const plan *p);

/* Of a training: what its model costs (train_spec.c). */
void train_cost(const config *cfg, const model_shape *shape, model_cost *out);

void plan_text(const config *cfg, const plan *p, str *out);
void plan_json(const config *cfg, const plan *p, str *out);

#endif
