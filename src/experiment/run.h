/* One run from config to verdict: its parts and its stages. */
#ifndef EXPERIMENT_RUN_H
#define EXPERIMENT_RUN_H

#include "experiment/journal.h"
#include "experiment/round.h"
#include "stint/experiment.h"

typedef struct run run;
typedef struct train_job train_job; /* train_job.h */

/* What `stint run` and `stint train` do otherwise: a search in worker processes, a training in
 * this one. */
typedef struct run_kind {
    bool training;
    stint_status (*prepare)(run *r);
    stint_status (*search)(run *r);
    round_model *model;                          /* NULL = a worker refits the best configuration */
    void (*tell)(void *self, json_out *j);       /* what metrics.json has besides; NULL = nothing */
    void (*measured)(const run *r, json_out *j); /* the same of environment.json */
} run_kind;
extern const run_kind run_searching, run_training;

struct run {
    ctx *ctx;   /* budget node "run": what lives through several stages */
    ctx *stage; /* the running stage's own node, empty again at its end */
    const stint_request *request;
    config config;
    str identity; /* the keys that decide results, as YAML */
    char experiment[HASH_TEXT_SIZE];
    grid grid;
    rundir dir;
    plan plan;
    ingest_result ingested;
    char table_path[4096]; /* the column file that is learned from: ingested, or derived from it */
    arena arena;
    colfile file;
    char fingerprint[HASH_TEXT_SIZE]; /* of the columns that the run reads */
    split split;
    table table;
    checks checks;
    features_states states;
    pool *pool;
    watch *watch;
    fleet *fleet;
    int64_t retries; /* of the fleet, once it is closed */
    trials trials;
    journal journal;
    str timings; /* lines of stages that derived nothing new yet */
    double began, stage_began, deadline;
    int64_t disk_before; /* bytes of the run directory when the stage began */
    stint_status cut;    /* EBUDGET when the search stopped early, else OK */
    const char *cut_by;  /* the budget that stopped it */
    char reason[256];    /* why the outcome is not reproducible; "" = it is */
    bool opened_dir, opened_file, opened_checks, opened_split, opened_states, opened_trials,
        opened_journal;
    bool round_stands; /* whole, of a whole search: nothing is left to fit */
    const run_kind *kind;
    train_job *job; /* of a training; NULL before it begins */
};

/* From request to verdict. */
stint_status run_whole(ctx *c, const run_kind *kind, const stint_request *q, stint_text *out);

/* Stages in order; each leaves its part of the run filled in. */
stint_status run_ingest(run *r);
stint_status run_check(run *r);
stint_status run_split(run *r);
stint_status run_features(run *r);
stint_status run_open_store(run *r);
stint_status run_prepare(run *r);
stint_status run_search(run *r);
stint_status search_records(run *r, const record *rec, int64_t n); /* into journal and store */

/* What rows, parts and features depend on besides settings: what the run reads, and two files. */
stint_status run_rows_key(run *r, const char *first, const char *second, hash128 *out);

/* plan.json, environment.json, timings.jsonl, summary.json. */
stint_status run_write_plan(run *r);
stint_status run_write_environment(run *r);
void run_add_timing(run *r, stage s); /* to r->timings */
stint_status run_write_timings(run *r);
stint_status run_write_summary(run *r);

/* Does summary.json say, byte for byte, what the round that stands does? */
stint_status run_check_summary(run *r, bool *good);

/* metrics.json of a round that stands; the caller owns the reference. */
stint_status run_read_metrics(run *r, json_t **out);

/* Begin and end a stage: interrupts, deadline, memory and time kept. */
stint_status stage_begin(run *r, stage s);
stint_status stage_end(run *r, stage s);

#endif
