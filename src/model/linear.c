#include "model/ridge.h"

/* Linear regression: ridge regression without a penalty.  Directions that the data do not
 * determine get no coefficient: the minimum-norm solution (ridge_system.c). */

typedef struct linear {
    double intercept;
} linear;

static const param linear_params[] = {
    PARAM_BOOL(linear, intercept, true, "fit an intercept"),
    PARAM_END,
};

static ridge without_penalty(const linear *p)
{
    return (ridge){.alpha = 0, .intercept = p->intercept};
}

static stint_status linear_score(ctx *c, void *shared, const model_task *t, const void *params,
                                 int64_t n, int fold, const metric_class *metric, double *scores)
{
    ridge *all = mem_new(c, TAG_MODEL, ridge, n);
    for (int64_t i = 0; all && i < n; i++)
        all[i] = without_penalty((const linear *)params + i);
    stint_status s = all ? ridge_score(c, shared, t, all, n, fold, metric, scores) : STINT_ENOMEM;
    mem_free(all);
    return s;
}

static stint_status linear_save(ctx *c, void *shared, const model_task *t, const void *params,
                                const char *dir, json_out *json)
{
    ridge p = without_penalty(params);
    return ridge_save(c, shared, t, &p, dir, json);
}

const model_class model_linear = {
    .name = "linear",
    .title = "linear regression",
    .size = sizeof(linear),
    .params = linear_params,
    .kinds = TARGET_BIT(TARGET_NUMBER) | TARGET_BIT(TARGET_ANGLE),
    .standardises = true,
    .help = "ordinary least squares; the minimum-norm solution where the data leave a choice",
    .estimate = ridge_estimate,
    .statistics = &ridge_statistics,
    .open = ridge_open,
    .close = ridge_close,
    .score = linear_score,
    .save = linear_save,
    .load = ridge_load,
    .predict = ridge_predict,
    .unload = ridge_unload,
};
