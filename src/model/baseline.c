#include "model/baseline.h"
#include "model/rows.h"
#include "model/saved.h"
#include "model/tensors.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What any model has to beat: one value for every row, or the value of the row before.
 *
 * Columns are those of a prediction: targets, sine and cosine, or a probability for each class.
 * So the mean of classes is their share, the prior; median and mode are taken of each column of
 * y, and of classes both are the most frequent one. */

typedef enum strategy { MEAN, MEDIAN, MODE, PERSISTENCE } strategy;

static const char *const strategies[] = {"mean", "median", "mode", "persistence", NULL};

typedef struct baseline {
    double strategy;
} baseline;

static const param baseline_params[] = {
    PARAM_CHOICE(
        baseline, strategy, MEAN, strategies,
        "what is predicted: the training rows' mean (of classes and labels, their shares), their "
        "median, their most frequent value, or the value of the row before"),
    PARAM_END,
};

typedef struct baseline_fit {
    strategy strategy;
    int outputs, classes; /* classes 0 = y is predicted as it is */
    double *values;       /* [predictions] also where the row before has none */
} baseline_fit;

/* --- fitting ----------------------------------------------------------------------------- */

typedef struct gatherer {
    baseline_fit *fit;
    int64_t n, most;
    double *y; /* [outputs][most]; NULL = sums are enough */
} gatherer;

static stint_status gather_block(void *self, const rows_block *b)
{
    gatherer *g = self;
    baseline_fit *f = g->fit;
    for (int k = 0; k < f->outputs; k++) {
        const double *y = b->y + (int64_t)k * ROWS_BLOCK;
        if (g->y)
            memcpy(g->y + k * g->most + g->n, y, (size_t)b->n * sizeof *y);
        for (int64_t i = 0; i < b->n; i++)
            if (f->classes)
                f->values[(int)y[i]]++;
            else
                f->values[k] += y[i];
    }
    g->n += b->n;
    return STINT_OK;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The most frequent of sorted values, the smallest of several. */
static double most_frequent(const double *y, int64_t n)
{
    double best = y[0];
    int64_t most = 0;
    for (int64_t from = 0, to; from < n; from = to) {
        for (to = from + 1; to < n && y[to] == y[from];)
            to++;
        if (to - from > most) {
            most = to - from;
            best = y[from];
        }
    }
    return best;
}

static void settle_values(gatherer *g)
{
    baseline_fit *f = g->fit;
    for (int k = 0; k < f->outputs && g->y; k++) {
        double *y = g->y + k * g->most;
        qsort(y, (size_t)g->n, sizeof *y, by_value);
        f->values[k] =
            f->strategy == MODE ? most_frequent(y, g->n) : (y[(g->n - 1) / 2] + y[g->n / 2]) / 2;
    }
    for (int k = 0; k < f->outputs && !f->classes && !g->y; k++)
        f->values[k] /= (double)g->n;
}

/* Counts become shares, or all of it goes to the most frequent class. */
static void settle_classes(baseline_fit *f, int64_t n)
{
    int most = 0;
    for (int k = 1; k < f->classes; k++)
        most = f->values[k] > f->values[most] ? k : most;
    bool shares = f->strategy == MEAN || f->strategy == PERSISTENCE;
    for (int k = 0; k < f->classes; k++)
        f->values[k] = shares ? f->values[k] / (double)n : k == most;
}

/* `fit` has its room and knows what it is to predict. */
static stint_status baseline_train(ctx *c, const model_task *t, int set, baseline_fit *fit)
{
    rows_pass pass = rows_training(&model_baseline, set);
    bool sorted = !fit->classes && (fit->strategy == MEDIAN || fit->strategy == MODE);
    gatherer g = {.fit = fit, .most = rows_count(t, &pass)};
    pass.previous = false;
    if (sorted && !(g.y = mem_new(c, TAG_MODEL, double, fit->outputs *g.most)))
        return STINT_ENOMEM;
    stint_status s = rows_each(c, t, &pass, gather_block, &g);
    settle_values(&g);
    if (fit->classes)
        settle_classes(fit, g.n);
    mem_free(g.y);
    return s;
}

static void fit_deinit(baseline_fit *f)
{
    mem_free(f->values);
}

static stint_status fit_init(ctx *c, const model_task *t, const baseline *p, baseline_fit *f)
{
    *f = (baseline_fit){.strategy = (strategy)p->strategy,
                        .outputs = table_outputs(t->table),
                        .classes = t->table->n_classes};
    f->values = mem_new(c, TAG_MODEL, double, table_predictions(t->table));
    return f->values ? STINT_OK : STINT_ENOMEM;
}

/* --- predicting -------------------------------------------------------------------------- */

static void predict_classes(const baseline_fit *f, const rows_block *b, double *out)
{
    for (int64_t i = 0; i < b->n; i++) {
        double before = f->strategy == PERSISTENCE && b->previous ? b->previous[i] : NAN;
        for (int k = 0; k < f->classes; k++)
            out[(int64_t)k * ROWS_BLOCK + i] = isnan(before) ? f->values[k] : k == (int)before;
    }
}

static void baseline_predict(void *model, const rows_block *b, double *out)
{
    const baseline_fit *f = model;
    if (f->classes) {
        predict_classes(f, b, out);
        return;
    }
    for (int k = 0; k < f->outputs; k++) {
        const double *before = b->previous ? b->previous + (int64_t)k * ROWS_BLOCK : NULL;
        for (int64_t i = 0; i < b->n; i++) {
            bool known = f->strategy == PERSISTENCE && before && !isnan(before[i]);
            out[(int64_t)k * ROWS_BLOCK + i] = known ? before[i] : f->values[k];
        }
    }
}

static stint_status baseline_score(ctx *c, void *shared, const model_task *t, const void *params,
                                   int64_t n, int fold, const metric_class *metric, double *scores)
{
    const baseline *all = params;
    rows_pass pass = rows_held_out(t, &model_baseline, fold);
    stint_status s = STINT_OK;
    (void)shared;
    for (int64_t i = 0; s == STINT_OK && i < n; i++) {
        baseline_fit fit;
        void *model = &fit;
        s = fit_init(c, t, &all[i], &fit);
        if (s == STINT_OK)
            s = baseline_train(c, t, fold, &fit);
        if (s == STINT_OK)
            s = rows_score(c, t, &pass, &model_baseline, &model, 1, metric, &scores[i]);
        fit_deinit(&fit);
    }
    return s;
}

/* --- saving and using -------------------------------------------------------------------- */

static stint_status baseline_save(ctx *c, void *shared, const model_task *t, const void *params,
                                  const char *dir, json_out *json)
{
    char path[4096];
    baseline_fit fit;
    (void)shared;
    snprintf(path, sizeof path, "%s/model.safetensors", dir);
    stint_status s = fit_init(c, t, params, &fit);
    if (s == STINT_OK)
        s = baseline_train(c, t, t->table->split->folds, &fit);
    if (s == STINT_OK)
        s = tensors_write(c, path,
                          &(tensor_f64){"values", {table_predictions(t->table)}, 1, fit.values}, 1);
    emit_int(json, "outputs", fit.outputs);
    emit_int(json, "values_of_classes", fit.classes);
    fit_deinit(&fit);
    return s;
}

static strategy strategy_named(const char *name)
{
    for (int i = 0; name && strategies[i]; i++)
        if (strcmp(name, strategies[i]) == 0)
            return (strategy)i;
    return MEAN;
}

static stint_status baseline_load(ctx *c, const char *dir, const json_t *json, void **model)
{
    char path[4096];
    tensor_f64 values = {.name = "values"};
    double *block;
    snprintf(path, sizeof path, "%s/model.safetensors", dir);
    TRY(tensors_read(c, path, &values, 1, &block));
    baseline_fit *f = mem_new(c, TAG_MODEL, baseline_fit, 1);
    if (!f) {
        mem_free(block);
        return STINT_ENOMEM;
    }
    const json_t *params = json_object_get(json, "params");
    f->strategy = strategy_named(json_string_value(json_object_get(params, "strategy")));
    f->outputs = (int)json_integer_value(json_object_get(json, "outputs"));
    f->classes = (int)json_integer_value(json_object_get(json, "values_of_classes"));
    f->values = block;
    int classes = (int)json_array_size(json_object_get(json, "classes"));
    if (values.axes == 1 && values.at == block && f->outputs == saved_outputs(json) &&
        f->classes == classes && values.shape[0] == saved_predictions(json)) {
        *model = f;
        return STINT_OK;
    }
    mem_free(block);
    mem_free(f);
    return fail(c, STINT_EDATA, "%s: the values do not fit model.json", path);
}

static void baseline_unload(void *model)
{
    if (model)
        fit_deinit(model);
    mem_free(model);
}

stint_status baseline_fit_mean(ctx *c, const model_task *t, int set, void **model)
{
    baseline_fit *f = mem_new(c, TAG_MODEL, baseline_fit, 1);
    if (!f)
        return STINT_ENOMEM;
    stint_status s = fit_init(c, t, &(baseline){.strategy = MEAN}, f);
    if (s == STINT_OK)
        s = baseline_train(c, t, set, f);
    if (s == STINT_OK)
        *model = f;
    else
        baseline_unload(f);
    return s;
}

static void baseline_estimate(const model_shape *s, model_cost *out)
{
    int64_t kept = s->kind == TARGET_CLASS ? 0 : s->rows * s->outputs * 8;
    int64_t own = (int64_t)s->predictions * 8 + 1024;
    double cells = (double)s->rows * s->outputs;
    *out = (model_cost){
        .task_bytes = rows_score_bytes(s) + kept + own,
        .fit_bytes = 64,
        .save_bytes = rows_bytes(s->features, s->outputs) + kept + 4 * own,
        .model_bytes = own + 4096,
        .predict_bytes = 2 * own,
        .fit_seconds = 20e-6 + cells * 10e-9,
    };
}

const model_class model_baseline = {
    .name = "baseline",
    .title = "baseline",
    .size = sizeof(baseline),
    .params = baseline_params,
    .kinds = TARGET_BIT(TARGET_NUMBER) | TARGET_BIT(TARGET_CLASS) | TARGET_BIT(TARGET_ANGLE) |
             TARGET_BIT(TARGET_LABELS),
    .standardises = true,
    .previous = true,
    .blind = true,
    .help = "looks at no feature: what other models have to beat",
    .estimate = baseline_estimate,
    .score = baseline_score,
    .save = baseline_save,
    .load = baseline_load,
    .predict = baseline_predict,
    .unload = baseline_unload,
};
