#include "base/json.h"
#include "kernel/kernel.h"
#include "model/rows.h"
#include "model/saved.h"
#include "model/softmax_fit.h"
#include "model/tensors.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* Logistic regression with an L2 penalty: of two classes one column of coefficients, of more the
 * symmetric softmax, a column each.  softmax_fit.h has the fits; here rows are handed to them. */

typedef struct logistic {
    double alpha, intercept, tol, max_iter;
} logistic;

static const param logistic_params[] = {
    PARAM_F64(logistic, alpha, 1.0, 0, 1e300,
              "L2 penalty on the coefficients; scikit-learn's C is 1/alpha"),
    PARAM_BOOL(logistic, intercept, true, "fit an intercept, which is not penalised"),
    PARAM_F64(logistic, tol, 1e-4, 1e-14, 1,
              "stop where no derivative of the mean loss, features scaled to one, is larger"),
    PARAM_INT(logistic, max_iter, 1000, 1, 1000000, "steps at most"),
    PARAM_END,
};

/* --- rows for the fits ------------------------------------------------------------------- */

static_assert(SOFTMAX_BLOCK == ROWS_BLOCK, "blocks are handed on as they come");

typedef struct reader {
    const model_task *t;
    rows_pass pass;
    softmax_visit *visit;
    void *visitor;
} reader;

static stint_status read_block(void *self, const rows_block *b)
{
    const reader *r = self;
    return r->visit(r->visitor, b->x, b->y, b->n);
}

static stint_status read_each(ctx *c, void *self, softmax_visit *visit, void *visitor)
{
    reader *r = self;
    r->visit = visit;
    r->visitor = visitor;
    return rows_each(c, r->t, &r->pass, read_block, r);
}

static softmax_rows rows_of(reader *r)
{
    return (softmax_rows){read_each, r, r->t->table->n_features, r->t->table->n_classes};
}

/* --- fits -------------------------------------------------------------------------------- */

typedef struct logistic_fit {
    softmax_fit fit;
    int d, classes;
    double *block; /* the fit's arrays: coefficients, intercepts */
} logistic_fit;

static int columns_of(int classes)
{
    return classes == 2 ? 1 : classes;
}

static int64_t fit_doubles(int d, int classes)
{
    return (int64_t)columns_of(classes) * (d + 1);
}

static stint_status fit_init(ctx *c, int d, int classes, logistic_fit *f)
{
    *f = (logistic_fit){.d = d, .classes = classes};
    f->block = mem_new(c, TAG_MODEL, double, fit_doubles(d, classes));
    f->fit.coef = f->block;
    if (!f->block)
        return STINT_ENOMEM;
    f->fit.intercept = f->fit.coef + (int64_t)columns_of(classes) * d;
    f->fit.columns = columns_of(classes);
    return STINT_OK;
}

static softmax_settings settings_of(const logistic *p)
{
    return (softmax_settings){p->alpha, p->tol, (int)p->max_iter};
}

/* Of n configurations those with, or without, an intercept. */
static stint_status fit_some(ctx *c, const model_task *t, const logistic *params, int64_t n,
                             int set, bool intercept, logistic_fit *fits)
{
    reader r = {.t = t, .pass = rows_training(&model_logistic, set)};
    softmax_rows rows = rows_of(&r);
    softmax_set ready;
    int64_t some = 0;
    for (int64_t i = 0; i < n; i++)
        some += (params[i].intercept != 0) == intercept;
    if (some == 0)
        return STINT_OK;
    TRY(softmax_set_init(c, &rows, intercept, &ready));
    stint_status s = STINT_OK;
    for (int64_t i = 0; s == STINT_OK && i < n; i++) {
        softmax_settings settings = settings_of(&params[i]);
        if ((params[i].intercept != 0) == intercept)
            s = softmax_fit_run(c, &ready, &settings, &fits[i].fit);
    }
    softmax_set_deinit(&ready);
    return s;
}

static stint_status fit_all(ctx *c, const model_task *t, const logistic *params, int64_t n, int set,
                            logistic_fit *fits)
{
    for (int64_t i = 0; i < n; i++)
        TRY(fit_init(c, t->table->n_features, t->table->n_classes, &fits[i]));
    TRY(fit_some(c, t, params, n, set, true, fits));
    return fit_some(c, t, params, n, set, false, fits);
}

static stint_status logistic_score(ctx *c, void *shared, const model_task *t, const void *params,
                                   int64_t n, int fold, const metric_class *metric, double *scores)
{
    rows_pass pass = rows_held_out(t, &model_logistic, fold);
    logistic_fit *fits = mem_new(c, TAG_MODEL, logistic_fit, n);
    void **models = mem_new(c, TAG_MODEL, void *, n);
    stint_status s = fits && models ? STINT_OK : STINT_ENOMEM;
    (void)shared;
    for (int64_t i = 0; s == STINT_OK && i < n; i++)
        models[i] = &fits[i];
    if (s == STINT_OK)
        s = fit_all(c, t, params, n, fold, fits);
    if (s == STINT_OK)
        s = rows_score(c, t, &pass, &model_logistic, models, n, metric, scores);
    for (int64_t i = 0; fits && i < n; i++)
        mem_free(fits[i].block);
    mem_free(fits);
    mem_free(models);
    return s;
}

/* --- predicting -------------------------------------------------------------------------- */

static void logistic_predict(void *model, const rows_block *b, double *out)
{
    const logistic_fit *f = model;
    double top[ROWS_BLOCK], sum[ROWS_BLOCK];
    int first = f->classes - f->fit.columns;
    memset(out, 0, (size_t)first * ROWS_BLOCK * sizeof *out);
    for (int k = 0; k < f->fit.columns; k++) {
        double *z = out + (int64_t)(first + k) * ROWS_BLOCK;
        for (int64_t i = 0; i < b->n; i++)
            z[i] = f->fit.intercept[k];
        for (int j = 0; j < f->d; j++)
            kernel()->axpy(f->fit.coef[(int64_t)k * f->d + j], b->x + (int64_t)j * ROWS_BLOCK, b->n,
                           z);
    }
    kernel()->softmax(out, f->classes, ROWS_BLOCK, b->n, top, sum);
}

/* --- saving and using -------------------------------------------------------------------- */

static void emit_outcome(json_out *json, const softmax_fit *f)
{
    emit_string(json, "prediction",
                f->columns == 1 ? "1 / (1 + exp(-(intercept + coef x))) of the second class"
                                : "softmax of intercept + coef x");
    emit_bool(json, "converged", f->converged);
    emit_int(json, "iterations", f->iterations);
    emit_double(json, "objective", f->value);
}

static stint_status logistic_save(ctx *c, void *shared, const model_task *t, const void *params,
                                  const char *dir, json_out *json)
{
    char path[4096];
    logistic_fit f = {.block = NULL};
    int64_t d = t->table->n_features;
    (void)shared;
    snprintf(path, sizeof path, "%s/model.safetensors", dir);
    stint_status s = fit_all(c, t, params, 1, t->table->split->folds, &f);
    if (s == STINT_OK)
        s = tensors_write(c, path,
                          (tensor_f64[]){
                              {"coef", {f.fit.columns, d}, 2, f.fit.coef},
                              {"intercept", {f.fit.columns}, 1, f.fit.intercept},
                          },
                          2);
    if (s == STINT_OK)
        emit_outcome(json, &f.fit);
    mem_free(f.block);
    return s;
}

static stint_status fit_of_tensors(ctx *c, const tensor_f64 *coef, const tensor_f64 *intercept,
                                   int classes, void **model)
{
    int d = (int)coef->shape[1], columns = columns_of(classes);
    logistic_fit *f = mem_new(c, TAG_MODEL, logistic_fit, 1);
    if (!f || fit_init(c, d, classes, f) != STINT_OK) {
        mem_free(f);
        return STINT_ENOMEM;
    }
    memcpy(f->fit.coef, coef->at, (size_t)columns * (size_t)d * sizeof(double));
    memcpy(f->fit.intercept, intercept->at, (size_t)columns * sizeof(double));
    *model = f;
    return STINT_OK;
}

static stint_status logistic_load(ctx *c, const char *dir, const json_t *json, void **model)
{
    char path[4096];
    tensor_f64 found[2] = {{.name = "coef"}, {.name = "intercept"}};
    double *block;
    int64_t classes = (int64_t)json_array_size(json_object_get(json, "classes"));
    snprintf(path, sizeof path, "%s/model.safetensors", dir);
    TRY(tensors_read(c, path, found, 2, &block));
    int64_t columns = found[0].shape[0];
    bool agree = found[0].axes == 2 && found[1].axes == 1 && columns == found[1].shape[0] &&
                 classes >= 2 && classes <= CLASSES_MOST && columns == columns_of((int)classes) &&
                 found[0].shape[1] == saved_features(json);
    stint_status s = agree ? fit_of_tensors(c, &found[0], &found[1], (int)classes, model)
                           : fail(c, STINT_EDATA,
                                  "%s: coef and intercept do not fit each other and the %lld "
                                  "classes of model.json",
                                  path, (long long)classes);
    mem_free(block);
    return s;
}

static void logistic_unload(void *model)
{
    logistic_fit *f = model;
    if (f)
        mem_free(f->block);
    mem_free(f);
}

/* --- cost -------------------------------------------------------------------------------- */

/* Seconds of a pass over so many rows: reading, scores and gradient, exponentials; of Newton the
 * Hessian too. */
static double pass_seconds(double rows, double d, int classes, bool kept)
{
    double k = columns_of(classes), pairs = k * (k + 1) / 2;
    double hessian =
        softmax_set_newton((int)d, classes) ? pairs * (d * 0.5e-9 + d * d * 0.1e-9) : 0;
    return rows * (d * k * 0.3e-9 + classes * 8e-9 + hessian + (kept ? 0 : d * 3e-9));
}

static void logistic_estimate(const model_shape *s, model_cost *out)
{
    int d = s->features, classes = s->predictions;
    double all = (double)columns_of(classes) * (d + 1);
    bool newton = softmax_set_newton(d, classes);
    bool kept = (double)s->rows * (d + 3) * 8 <= SOFTMAX_KEPT_BYTES;
    double step = newton ? all * all * all * 0.2e-9 : all * (d + 60) * 1e-9;
    int64_t own = fit_doubles(d, classes) * 8 + (int64_t)sizeof(logistic_fit) + 256;
    int64_t fitting = rows_bytes(d, s->outputs) + softmax_set_bytes(s->rows, d, classes) +
                      softmax_fit_bytes(d, classes);
    int64_t scoring = rows_score_bytes(s) + s->predictions * (int64_t)ROWS_BLOCK * 8;
    *out = (model_cost){
        .task_bytes = fitting > scoring ? fitting : scoring,
        .fit_bytes = own + (int64_t)sizeof(outcomes) + (int64_t)classes * (classes + 2) * 8 + 1024,
        .save_bytes = fitting + 4 * own,
        .model_bytes = (int64_t)all * 8 + 4096,
        .predict_bytes = 3 * own,
        .fit_seconds =
            (newton ? 10 : 30) * (pass_seconds((double)s->rows, d, classes, kept) + step) + 50e-6,
    };
}

const model_class model_logistic = {
    .name = "logistic",
    .title = "logistic regression",
    .size = sizeof(logistic),
    .params = logistic_params,
    .kinds = TARGET_BIT(TARGET_CLASS),
    .help = "probabilities of classes from a linear score each, with an L2 penalty",
    .estimate = logistic_estimate,
    .score = logistic_score,
    .save = logistic_save,
    .load = logistic_load,
    .predict = logistic_predict,
    .unload = logistic_unload,
};
