/* The baseline that results are held against, as evaluation uses it. */
#ifndef MODEL_BASELINE_H
#define MODEL_BASELINE_H

#include "model/model.h"

/* The mean of a training set (of classes, their shares) as a model of model_baseline, whose
 * `unload` frees it. */
stint_status baseline_fit_mean(ctx *c, const model_task *t, int set, void **model);

#endif
