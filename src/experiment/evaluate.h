/* The test part: predicted once by the refitted model, scored beside the plainest baseline,
 * the training rows' mean of each target. */
#ifndef EXPERIMENT_EVALUATE_H
#define EXPERIMENT_EVALUATE_H

#include "experiment/messages.h"
#include "model/model.h"

/* Name of the scratch column file of predictions: row, then for each target NAME and
 * "predicted NAME". */
#define EVALUATE_FILE "predictions.safetensors"

/* Scores [targets], and predictions into t->dir. */
stint_status evaluate_test(ctx *c, const model_task *t, const model_class *class,
                           const char *model_dir, target_scores *scores);

/* Upper bound of the private memory that takes, the model's own apart. */
int64_t evaluate_bytes(int features, int targets);

#endif
