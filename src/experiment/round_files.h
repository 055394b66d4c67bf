/* The files of a round, each by its own function. */
#ifndef EXPERIMENT_ROUND_FILES_H
#define EXPERIMENT_ROUND_FILES_H

#include "base/json.h"
#include "cluster/cluster.h"
#include "experiment/manifest.h"
#include "experiment/round.h"

#define ROUND_TOP 20

typedef struct round_best {
    configuration top[ROUND_TOP]; /* [n], best first */
    int n;
    metric_score *scores;       /* [metrics_count()] on the test part */
    stint_clustering *clusters; /* NULL = none were asked for */
} round_best;

/* Name of the scratch column file of the search: a row per configuration. */
#define ROUND_SEARCH_FILE "search.safetensors"

stint_status round_write_search(ctx *c, const round_input *in, const char *path);

/* Private memory that this takes, upper bound. */
int64_t round_search_bytes(int columns, int64_t configurations);

/* plots/, by kind of target:
 *
 *     number   predicted, residuals (of the first target)
 *     class    confusion; of up to PREDICTIONS_CLASSES classes roc and precision-recall
 *     angle    angles, angle-errors
 *     labels   label-scores, label-support
 *
 * and history, and parameter-NAME of each numeric parameter searched. */
stint_status round_write_plots(ctx *c, const round_input *in, const char *dir,
                               const char *predictions, const round_best *best);

/* Private memory that drawing takes, upper bound; `classes` of a class target,
 * or labels. */
int64_t round_plots_bytes(target_kind kind, int classes, int64_t test_rows, int64_t configurations);

/* For classes and labels: a member "classes" or "labels" of the open object, how each fared on the
 * test rows. */
stint_status round_emit_classes(ctx *c, const round_input *in, json_out *j);

/* Where the config names rivals: a member "rivals" of the open object. */
stint_status round_emit_rivals(ctx *c, const round_input *in, json_out *j);

/* metrics.json */
stint_status round_write_metrics(ctx *c, const round_input *in, const char *dir,
                                 const round_best *best);

#endif
