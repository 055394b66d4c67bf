#include "experiment/evaluate.h"

#include "base/arena.h"
#include "model/baseline.h"
#include "model/saved.h"

#include <math.h>
#include <stdio.h>

int metrics_count(void)
{
    int n = 0;
    while (metric_table[n])
        n++;
    return n;
}

const char *baseline_name(target_kind k)
{
    static const char *const names[TARGET_KINDS] = {
        [TARGET_NUMBER] = "the training mean",
        [TARGET_CLASS] = "each class's share",
        [TARGET_ANGLE] = "the mean direction",
        [TARGET_LABELS] = "each label's share",
    };
    return names[k];
}

prediction_shape predictions_of(arena *a, const table *t)
{
    const char **names = arena_new(a, const char *, t->n_targets);
    for (int k = 0; names && k < t->n_targets; k++)
        names[k] = table_target_name(t, k);
    return (prediction_shape){
        .kind = t->kind,
        .period = t->period,
        .n_targets = t->n_targets,
        .n_classes = t->n_classes,
        .targets = names,
        .classes = t->classes,
        .actual = true,
        .n_labels = t->n_labels,
        .labels = t->labels,
        .decode = t->decode,
    };
}

/* --- the model --------------------------------------------------------------------------- */

static stint_status predictions_seen(void *self, const rows_block *b, const double *prediction)
{
    return predictions_add(self, b->row, b->n, b->y, prediction, ROWS_BLOCK);
}

static stint_status predict_model(ctx *c, arena *a, const model_task *t, const saved_model *m,
                                  outcomes *out)
{
    char path[4096];
    predictions *p;
    rows_pass pass = rows_test(t, m->class);
    prediction_shape shape = predictions_of(a, t->table);
    TRY(ctx_status(c));
    shape.rows = rows_count(t, &pass);
    snprintf(path, sizeof path, "%s/" EVALUATE_FILE, t->dir);
    TRY(predictions_open(c, &shape, path, rows_count(t, &pass), &p));
    stint_status s = rows_evaluate(c, t, &pass, m->class, &m->model, 1, &out, predictions_seen, p);
    if (s == STINT_OK)
        return predictions_finish(p);
    predictions_abandon(p);
    return s;
}

/* --- the baseline ------------------------------------------------------------------------ */

static stint_status predict_baseline(ctx *c, const model_task *t, outcomes *out)
{
    void *model;
    rows_pass pass = rows_test(t, &model_baseline);
    TRY(baseline_fit_mean(c, t, pass.set, &model));
    stint_status s = rows_evaluate(c, t, &pass, &model_baseline, &model, 1, &out, NULL, NULL);
    model_baseline.unload(model);
    return s;
}

/* --- both -------------------------------------------------------------------------------- */

static void take_scores(const outcomes *o, target_kind kind, metric_score *scores, bool baseline)
{
    for (int i = 0; metric_table[i]; i++) {
        const metric_class *k = metric_table[i];
        bool measures = k->kinds & TARGET_BIT(kind);
        double value = measures ? k->value(o) : NAN;
        if (baseline)
            scores[i].baseline = value;
        else
            scores[i] = (metric_score){value, measures ? k->half_width(o) : 0, NAN};
    }
}

stint_status evaluate_test(ctx *c, const model_task *t, const char *model_dir, metric_score *scores)
{
    saved_model m;
    arena a;
    outcomes *o = NULL;
    rows_pass test = rows_test(t, &model_baseline);
    outcome_shape shape = rows_outcomes(t->table, rows_count(t, &test), true);
    TRY(model_open(c, model_dir, &m));
    arena_init(&a, c, TAG_MODEL);
    stint_status s = outcomes_new(c, &shape, &o);
    if (s == STINT_OK)
        s = predict_model(c, &a, t, &m, o);
    model_close(&m);
    if (s == STINT_OK) {
        take_scores(o, t->table->kind, scores, false);
        outcomes_clear(o);
        s = predict_baseline(c, t, o);
    }
    if (s == STINT_OK)
        take_scores(o, t->table->kind, scores, true);
    outcomes_free(o);
    arena_deinit(&a);
    return s;
}

int64_t evaluate_bytes(const model_shape *s, int64_t test_rows, const prediction_shape *of)
{
    model_shape test = *s;
    test.rows = test_rows;
    test.keeps = true;
    return rows_score_bytes(&test) + predictions_bytes(of) + ((int64_t)1 << 18);
}
