#include "base/fault.h"
#include "base/json.h"
#include "kernel/kernel.h"
#include "linalg/eigen.h"
#include "model/ridge.h"
#include "model/rows.h"
#include "model/saved.h"
#include "model/tensors.h"

#include <stdio.h>
#include <string.h>

/* Ridge regression: least squares with an L2 penalty on the coefficients, not on the
 * intercept; several targets at once; f64 throughout.  ridge_system.c has the algebra. */

static const param ridge_params[] = {
    PARAM_F64(ridge, alpha, 1.0, 0, 1e300, "L2 penalty on the coefficients"),
    PARAM_BOOL(ridge, intercept, true, "fit an intercept, which is not penalised"),
    PARAM_END,
};

void ridge_estimate(const model_shape *s, model_cost *out)
{
    int columns = s->features + s->outputs, sets = s->folds + 1;
    double rows = (double)s->rows, p = columns, d = s->features, t = s->outputs;
    double passes = s->fitted ? sets : 1;
    int64_t system = ridge_system_doubles(s->features, s->outputs, s->standard) * 8;
    int64_t end =
        system + 2 * moments_doubles(columns) * 8 + (int64_t)(d * t) * 8 + eigen_bytes(s->features);
    int64_t gather = moments_gather_bytes(columns, s->parts, 1);
    int64_t fit = (int64_t)((2 * d + 2) * (t + 1) + 64) * 8;
    *out = (model_cost){
        .prepare_bytes = gather > end ? gather : end,
        .prepare_thread_bytes = moments_gather_bytes(columns, s->parts, 2) - gather,
        .fit_bytes = fit + (int64_t)sizeof(outcomes) + 1024,
        .task_bytes = rows_score_bytes(s),
        .save_bytes = 4 * fit,
        .predict_bytes = 2 * fit,
        .disk_bytes = moments_disk_bytes(s) + sets * system,
        .model_bytes = (int64_t)(d * t + d + t) * 8 + 4096,
        .prepare_seconds = passes * rows * p * (8e-9 + p * 0.1e-9) + sets * d * d * d * 1.5e-9,
        .fit_seconds =
            2e-6 + d * d * t * 0.5e-9 + (s->needs_rows ? rows / s->folds * d * t * 1e-9 : 0),
    };
}

/* --- scoring ---------------------------------------------------------------------------- */

typedef struct ridge_shared {
    ctx *ctx;
    int folds;
    ridge_system *systems; /* [folds + 1] */
} ridge_shared;

void ridge_close(void *shared)
{
    ridge_shared *s = shared;
    for (int i = 0; s && s->systems && i <= s->folds; i++)
        ridge_system_close(&s->systems[i]);
    if (s)
        mem_free(s->systems);
    mem_free(s);
}

stint_status ridge_open(ctx *c, const model_task *t, void **shared)
{
    ridge_shared *s = mem_new(c, TAG_MODEL, ridge_shared, 1);
    if (!s)
        return STINT_ENOMEM;
    s->folds = t->table->split->folds;
    s->systems = mem_new(c, TAG_MODEL, ridge_system, s->folds + 1);
    stint_status status = s->systems ? STINT_OK : STINT_ENOMEM;
    for (int i = 0; status == STINT_OK && i <= s->folds; i++)
        status = ridge_system_open(c, t, i, &s->systems[i]);
    if (status == STINT_OK)
        *shared = s;
    else
        ridge_close(s);
    return status;
}

/* A fit's arrays in one block: mean, offset, coefficients. */
static int64_t fit_doubles(int d, int t)
{
    return d + t + (int64_t)d * t;
}

static ridge_fit fit_at(double *at, int d, int t)
{
    return (ridge_fit){d, t, at, at + d, at + d + t};
}

void ridge_predict(void *model, const rows_block *b, double *out)
{
    const ridge_fit *f = model;
    for (int k = 0; k < f->t; k++) {
        const double *w = f->coef + (int64_t)k * f->d;
        double *y = out + (int64_t)k * ROWS_BLOCK, offset = f->offset[k];
        for (int j = 0; j < f->d; j++)
            offset -= w[j] * f->mean[j];
        for (int64_t i = 0; i < b->n; i++)
            y[i] = offset;
        for (int j = 0; j < f->d; j++)
            kernel()->axpy(w[j], b->x + (int64_t)j * ROWS_BLOCK, b->n, y);
    }
}

typedef struct score_memory {
    double *doubles;    /* [n] fits' arrays */
    ridge_fit *fits;    /* [n] */
    void **models;      /* [n] pointers to the fits whose scores want a pass over rows */
    int64_t *which;     /* [n] their numbers */
    double *late;       /* [n] their scores */
    residuals *results; /* [t] */
} score_memory;

static stint_status score_all(ctx *c, const ridge_system *s, const model_task *t,
                              const ridge *params, int64_t n, int fold, const metric_class *metric,
                              score_memory *m, double *scores)
{
    rows_pass pass = rows_held_out(t, &model_ridge, fold);
    int64_t late = 0;
    for (int64_t i = 0; i < n; i++) {
        m->fits[i] = fit_at(m->doubles + i * fit_doubles(s->d, s->t), s->d, s->t);
        ridge_solve(s, params[i].alpha, params[i].intercept != 0, &m->fits[i]);
        bool precise = !metric->needs_rows && ridge_residuals(s, &m->fits[i], m->results);
        if (precise) {
            scores[i] = metric_of_residuals(metric, m->results, s->t);
            continue;
        }
        m->models[late] = &m->fits[i];
        m->which[late++] = i;
    }
    if (late == 0)
        return STINT_OK;
    TRY(rows_score(c, t, &pass, &model_ridge, m->models, late, metric, m->late));
    for (int64_t i = 0; i < late; i++)
        scores[m->which[i]] = m->late[i];
    return STINT_OK;
}

stint_status ridge_score(ctx *c, void *shared, const model_task *t, const void *params, int64_t n,
                         int fold, const metric_class *metric, double *scores)
{
    ridge_system *s = &((ridge_shared *)shared)->systems[fold];
    void *excess = fault_now(FAULT_OVERALLOC) ? mem_alloc(c, TAG_MODEL, (size_t)256 << 20) : NULL;
    if (excess)
        memset(excess, 1, (size_t)256 << 20);
    score_memory m = {
        .doubles = mem_new(c, TAG_MODEL, double, n *fit_doubles(s->d, s->t)),
        .fits = mem_new(c, TAG_MODEL, ridge_fit, n),
        .models = mem_new(c, TAG_MODEL, void *, n),
        .which = mem_new(c, TAG_MODEL, int64_t, n),
        .late = mem_new(c, TAG_MODEL, double, n),
        .results = mem_new(c, TAG_MODEL, residuals, s->t),
    };
    stint_status status = STINT_ENOMEM;
    if (m.doubles && m.fits && m.models && m.which && m.late && m.results)
        status = score_all(c, s, t, params, n, fold, metric, &m, scores);
    mem_free(m.doubles);
    mem_free(m.fits);
    mem_free(m.models);
    mem_free(m.which);
    mem_free(m.late);
    if (!fault_now(FAULT_LEAK))
        mem_free(m.results);
    mem_free(excess);
    return status;
}

/* --- saving and using ------------------------------------------------------------------- */

stint_status ridge_save(ctx *c, void *shared, const model_task *t, const void *params,
                        const char *dir, json_out *json)
{
    const ridge *p = params;
    const ridge_shared *all = shared;
    const ridge_system *s = &all->systems[t->table->split->folds];
    char path[4096];
    double *doubles = mem_new(c, TAG_MODEL, double, fit_doubles(s->d, s->t));
    if (!doubles)
        return STINT_ENOMEM;
    ridge_fit fit = fit_at(doubles, s->d, s->t);
    ridge_solve(s, p->alpha, p->intercept != 0, &fit);
    snprintf(path, sizeof path, "%s/model.safetensors", dir);
    stint_status status = tensors_write(c, path,
                                        (tensor_f64[]){
                                            {"coef", {s->t, s->d}, 2, fit.coef},
                                            {"mean", {s->d}, 1, fit.mean},
                                            {"offset", {s->t}, 1, fit.offset},
                                        },
                                        3);
    emit_string(json, "prediction", "offset + sum of coef (x - mean)");
    mem_free(doubles);
    return status;
}

typedef struct ridge_loaded {
    ridge_fit fit; /* first, so that a loaded model is a fit to predict with */
    double *doubles;
} ridge_loaded;

stint_status ridge_load(ctx *c, const char *dir, const json_t *json, void **model)
{
    char path[4096];
    tensor_f64 found[3] = {{.name = "coef"}, {.name = "mean"}, {.name = "offset"}};
    double *doubles;
    snprintf(path, sizeof path, "%s/model.safetensors", dir);
    TRY(tensors_read(c, path, found, 3, &doubles));
    int64_t t = found[0].shape[0], d = found[0].shape[1];
    bool agrees = d == saved_features(json) && t == saved_outputs(json);
    ridge_loaded *loaded = NULL;
    stint_status s = STINT_OK;
    if (!agrees || found[0].axes != 2 || found[1].shape[0] != d || found[2].shape[0] != t)
        s = fail(c, STINT_EDATA, "%s: the shapes of coef, mean and offset do not agree", path);
    else if (!(loaded = mem_new(c, TAG_MODEL, ridge_loaded, 1)))
        s = STINT_ENOMEM;
    if (s != STINT_OK) {
        mem_free(doubles);
        return s;
    }
    loaded->fit = (ridge_fit){(int)d, (int)t, found[1].at, found[2].at, found[0].at};
    loaded->doubles = doubles;
    *model = loaded;
    return STINT_OK;
}

void ridge_unload(void *model)
{
    ridge_loaded *loaded = model;
    if (loaded)
        mem_free(loaded->doubles);
    mem_free(loaded);
}

const model_statistics ridge_statistics = {"moments", moments_tasks, moments_gather,
                                           ridge_system_prepare};

const model_class model_ridge = {
    .name = "ridge",
    .title = "ridge regression",
    .size = sizeof(ridge),
    .params = ridge_params,
    .kinds = TARGET_BIT(TARGET_NUMBER) | TARGET_BIT(TARGET_ANGLE),
    .standardises = true,
    .help =
        "least squares with an L2 penalty; one decomposition per training set serves every alpha",
    .estimate = ridge_estimate,
    .statistics = &ridge_statistics,
    .open = ridge_open,
    .close = ridge_close,
    .score = ridge_score,
    .save = ridge_save,
    .load = ridge_load,
    .predict = ridge_predict,
    .unload = ridge_unload,
};
