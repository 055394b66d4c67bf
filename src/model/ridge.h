/* Ridge regression, as its class and the classes that are special cases of it use it. */
#ifndef MODEL_RIDGE_H
#define MODEL_RIDGE_H

#include "model/ridge_system.h"

typedef struct ridge {
    double alpha, intercept;
} ridge;

extern const model_statistics ridge_statistics;

/* The functions of the class; `params` are ridges. */
void ridge_estimate(const model_shape *s, model_cost *out);
stint_status ridge_open(ctx *c, const model_task *t, void **shared);
void ridge_close(void *shared);
stint_status ridge_score(ctx *c, void *shared, const model_task *t, const void *params, int64_t n,
                         int fold, const metric_class *metric, double *scores);
stint_status ridge_save(ctx *c, void *shared, const model_task *t, const void *params,
                        const char *dir, json_out *json);
stint_status ridge_load(ctx *c, const char *dir, const json_t *json, void **model);
void ridge_predict(void *model, const rows_block *b, double *out);
void ridge_unload(void *model);

#endif
