/* All configurations of an experiment: the grids of its models, one after another. */
#ifndef EXPERIMENT_GRID_H
#define EXPERIMENT_GRID_H

#include "experiment/config.h"

typedef struct grid {
    const config *config;
    int64_t configurations;
} grid;

grid grid_of(const config *cfg);

/* Which model a configuration belongs to, and its number in that model's own grid. */
int grid_model(const grid *g, int64_t configuration, int64_t *own);

/* The configuration's parameters: values in table order; a class's struct; text as
 * {"alpha": 0.1, "intercept": true}. */
void grid_values_of(const grid *g, int64_t configuration, double values[PARAM_MOST]);
stint_status grid_params(ctx *c, const grid *g, int64_t configuration, void *params);
void grid_text(const grid *g, int64_t configuration, str *out);

/* For people: what is searched or set, to six digits: "alpha 35.5648". */
void grid_label(const grid *g, int64_t configuration, str *out);

#endif
