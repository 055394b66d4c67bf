/* The test part: predicted once by the refitted model, scored by every metric of the task beside
 * the plainest baseline: the training rows' mean of each target, or each class's or label's share. */
#ifndef EXPERIMENT_EVALUATE_H
#define EXPERIMENT_EVALUATE_H

#include "experiment/messages.h"
#include "model/predictions.h"
#include "model/rows.h"

/* Name of the scratch column file of predictions, see predictions.h. */
#define EVALUATE_FILE "predictions.safetensors"

/* Scores [metrics_count()], of metrics that are not for the task all NaN; predictions into t->dir. */
stint_status evaluate_test(ctx *c, const model_task *t, const char *model_dir,
                           metric_score *scores);

int metrics_count(void);

/* What the baseline predicts: "the training mean". */
const char *baseline_name(target_kind k);

/* How the predictions of a table look. */
prediction_shape predictions_of(arena *a, const table *t);

/* Upper bound of the private memory that takes, the model's own apart. */
int64_t evaluate_bytes(const model_shape *s, int64_t test_rows, const prediction_shape *of);

#endif
