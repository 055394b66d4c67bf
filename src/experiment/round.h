/* A round: what the search found, refitted, evaluated and drawn, in a directory that appears
 * whole or not at all.
 *
 *     rounds/001/search.parquet       every configuration: parameters, mean, deviation, folds
 *                model/               the best one, refitted on every training row
 *                predictions.parquet  the test rows: actual and predicted
 *                metrics.json         the verdict's numbers, data facts, checks, best trials
 *                clusters.parquet     where the config asks for it: training rows and labels
 *                plots/NAME.png
 *                MANIFEST.json
 *
 * Its bytes depend on config, data and finished trials alone. */
#ifndef EXPERIMENT_ROUND_H
#define EXPERIMENT_ROUND_H

#include "base/json.h"
#include "data/checks.h"
#include "experiment/fleet.h"
#include "experiment/grid.h"
#include "experiment/plan.h"
#include "experiment/rundir.h"
#include "experiment/trials.h"

/* Put a fitted model into `dir` and its scores [metrics_count()] on the test part into `scores`,
 * with the predictions in the scratch directory (evaluate.h). */
typedef stint_status round_model(void *self, ctx *c, const char *dir, metric_score *scores);

typedef struct round_input {
    const config *config;
    const grid *grid;
    const table *table;
    const features_states *states; /* NULL = none are needed */
    const trials *trials;
    const checks *checks;
    const plan *plan;
    const rundir *dir;
    fleet *fleet;
    watch *watch;
    const char *fingerprint;
    const char *irreproducible; /* why the outcome is not reproducible; NULL = it is */
    round_model *model;         /* NULL = the fleet refits the best configuration */
    void *model_self;
    void (*tell)(void *self, json_out *j); /* members of metrics.json besides; NULL = none */
} round_input;

/* Is there a whole round 1 in the directory?  A damaged one is said and removed. */
stint_status round_find(ctx *c, const rundir *d, bool *found);

/* Make round 1 and rename it into place. */
stint_status round_make(ctx *c, const round_input *in);

/* Remove round 1: of a run that was cut short and now goes on. */
stint_status round_remove(ctx *c, const rundir *d);

#endif
