/* What one model of a search costs at most. */
#ifndef EXPERIMENT_PLAN_MODEL_H
#define EXPERIMENT_PLAN_MODEL_H

#include "experiment/config.h"

/* The dearest of the model's configurations: where costs depend on parameters, of all that differ
 * in parameters that count, or, of more than a few hundred, of those at the ends of their ranges. */
void plan_model_cost(const config_model *m, const model_shape *shape, model_cost *out);

/* Fails with the first configuration, of the same ones, whose parameters do not fit the table. */
stint_status plan_check_models(ctx *c, const config *cfg, const model_shape *shape);

#endif
