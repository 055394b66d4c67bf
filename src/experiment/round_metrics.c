#include "experiment/round_clusters.h"
#include "experiment/round_files.h"

#include "base/json.h"
#include "experiment/evaluate.h"

#include <math.h>
#include <stdio.h>

/* metrics.json: the numbers that the verdict and the report are made of, none of them a time. */

typedef struct metrics_out {
    json_out *j;
    const round_input *in;
    const round_best *best;
} metrics_out;

static void emit_verdict(metrics_out *m)
{
    const configuration *best = &m->best->top[0];
    int64_t own;
    str label;
    str_init(&label, m->j->to->ctx, TAG_REPORT);
    grid_label(m->in->grid, best->number, &label);
    emit_object(m->j, "best");
    emit_int(m->j, "configuration", best->number);
    emit_string(m->j, "model",
                m->in->config->models[grid_model(m->in->grid, best->number, &own)].class->name);
    emit_str(m->j, "label", &label);
    emit_double(m->j, "mean", best->mean);
    emit_double(m->j, "deviation", best->deviation);
    emit_object_end(m->j);
    str_deinit(&label);
}

static void emit_score(json_out *j, const metric_class *k, const metric_score *s)
{
    double high = k->most > 0 ? fmin(s->value + s->half_width, k->most) : s->value + s->half_width;
    double low = k->negative ? s->value - s->half_width : fmax(s->value - s->half_width, 0);
    bool known = s->half_width > 0;
    emit_object(j, NULL);
    emit_string(j, "metric", k->name);
    emit_string(j, "title", k->title);
    emit_double(j, "value", s->value);
    emit_double(j, "low", known ? low : NAN);
    emit_double(j, "high", known ? high : NAN);
    emit_double(j, "baseline", s->baseline);
    emit_object_end(j);
}

static void emit_test(metrics_out *m)
{
    unsigned kind = TARGET_BIT(m->in->table->kind);
    emit_array(m->j, "test");
    for (int i = 0; metric_table[i]; i++)
        if (metric_table[i]->kinds & kind)
            emit_score(m->j, metric_table[i], &m->best->scores[i]);
    emit_array_end(m->j);
}

static void emit_names(json_out *j, const char *key, const char *const *names, int n)
{
    emit_array(j, key);
    for (int i = 0; i < n; i++)
        emit_string(j, NULL, names[i]);
    emit_array_end(j);
}

static void emit_fact(json_out *j, const char *name, const char *value, const char *note)
{
    emit_object(j, NULL);
    emit_string(j, "name", name);
    emit_string(j, "value", value);
    emit_string(j, "note", note);
    emit_object_end(j);
}

/* What was made of the columns, for people. */
static void emit_feature_facts(metrics_out *m)
{
    static const char *const scales[] = {[SCALE_NONE] = "as they are",
                                         [SCALE_STANDARD] = "mean 0 and deviation 1",
                                         [SCALE_MINMAX] = "into 0 to 1",
                                         [SCALE_ROBUST] = "by median and quartiles"};
    static const char *const fills[] = {[FILL_NONE] = "none",
                                        [FILL_MEAN] = "the mean",
                                        [FILL_MEDIAN] = "the median",
                                        [FILL_CONSTANT] = "a constant"};
    char number[32];
    int columns;
    const table *t = m->in->table;
    (void)features_columns(t->features, &columns);
    emit_array(m->j, "feature_facts");
    snprintf(number, sizeof number, "%d", t->n_features);
    emit_fact(m->j, "features", number, NULL);
    snprintf(number, sizeof number, "%d", columns);
    emit_fact(m->j, "made of columns", number, NULL);
    emit_fact(m->j, "missing cells are filled with", fills[m->in->config->features.fill],
              "of the training rows");
    emit_fact(m->j, "scaled", scales[features_scale(t->features)], "fitted on training rows alone");
    emit_array_end(m->j);
}

static void emit_data(metrics_out *m)
{
    const table *t = m->in->table;
    emit_object(m->j, "data");
    emit_string(m->j, "source", m->in->config->source_given);
    emit_string(m->j, "fingerprint", m->in->fingerprint);
    emit_int(m->j, "rows", t->file->rows);
    emit_int(m->j, "columns", t->file->n_columns);
    emit_int(m->j, "features", t->n_features);
    emit_array(m->j, "targets");
    for (int i = 0; i < t->n_targets; i++)
        emit_string(m->j, NULL, t->file->columns[t->targets[i]].name);
    emit_array_end(m->j);
    emit_string(m->j, "task", target_kind_name(t->kind));
    emit_feature_facts(m);
    emit_names(m->j, "columns_left_out", m->in->checks->dropped, m->in->checks->n_dropped);
    emit_int(m->j, "rows_left_out", m->in->checks->rows_dropped);
    emit_array(m->j, "checks");
    for (int i = 0; i < m->in->checks->n; i++) {
        static const char *const results[] = {
            [CHECK_PASSED] = "passed", [CHECK_WARNED] = "warned", [CHECK_MENDED] = "mended"};
        const check *k = &m->in->checks->at[i];
        emit_object(m->j, NULL);
        emit_string(m->j, "name", k->name);
        emit_string(m->j, "result", results[k->result]);
        emit_string(m->j, "details", k->details);
        emit_object_end(m->j);
    }
    emit_array_end(m->j);
    emit_object_end(m->j);
}

static void emit_split(metrics_out *m)
{
    const split *s = m->in->table->split;
    const split_settings *settings = &m->in->config->split;
    emit_object(m->j, "split");
    emit_int(m->j, "test_rows", s->part_rows[s->parts]);
    emit_array(m->j, "fold_rows");
    for (int i = 0; i < s->folds; i++)
        emit_int(m->j, NULL, s->part_rows[split_held_out(s, i)]);
    emit_array_end(m->j);
    static const char *const kinds[] = {
        [SPLIT_RANDOM] = "random", [SPLIT_TIME] = "time", [SPLIT_COLUMN] = "column"};
    emit_string(m->j, "by", kinds[settings->kind]);
    emit_string(m->j, "column", settings->column);
    emit_string(m->j, "group", settings->group);
    emit_int(m->j, "bins", settings->bins);
    emit_string(m->j, "notes", s->notes);
    emit_int(m->j, "seed", (int64_t)settings->seed);
    emit_object_end(m->j);
}

static void emit_search(metrics_out *m)
{
    const trials *t = m->in->trials;
    int64_t own;
    emit_object(m->j, "search");
    emit_string(m->j, "metric", m->in->config->metric->name);
    emit_int(m->j, "configurations", t->configurations);
    emit_int(m->j, "fits", t->n);
    emit_int(m->j, "finished", t->finished);
    emit_int(m->j, "failed", t->failed);
    emit_array(m->j, "top");
    for (int i = 0; i < m->best->n; i++) {
        const configuration *k = &m->best->top[i];
        str label;
        str_init(&label, m->j->to->ctx, TAG_REPORT);
        grid_label(m->in->grid, k->number, &label);
        emit_object(m->j, NULL);
        emit_int(m->j, "configuration", k->number);
        emit_string(m->j, "model",
                    m->in->config->models[grid_model(m->in->grid, k->number, &own)].class->name);
        emit_str(m->j, "label", &label);
        emit_double(m->j, "mean", k->mean);
        emit_double(m->j, "deviation", k->deviation);
        emit_object_end(m->j);
        str_deinit(&label);
    }
    emit_array_end(m->j);
    emit_object_end(m->j);
}

stint_status round_write_metrics(ctx *c, const round_input *in, const char *dir,
                                 const round_best *best)
{
    str text;
    str_init(&text, c, TAG_REPORT);
    json_out j = emit_begin(&text, true);
    metrics_out m = {&j, in, best};
    emit_object(&j, NULL);
    emit_verdict(&m);
    emit_string(&j, "baseline", baseline_name(in->table->kind));
    emit_test(&m);
    emit_data(&m);
    stint_status s = round_emit_classes(c, in, &j);
    if (s == STINT_OK)
        s = round_emit_rivals(c, in, &j);
    emit_split(&m);
    emit_search(&m);
    if (best->clusters)
        round_emit_clusters(best->clusters, &j);
    if (in->tell)
        in->tell(in->model_self, &j);
    emit_bool(&j, "reproducible", in->irreproducible == NULL);
    emit_string(&j, "reason", in->irreproducible);
    emit_object_end(&j);
    str_add(&text, "\n");
    if (s == STINT_OK)
        s = file_write_str(c, dir, "metrics.json", &text);
    str_deinit(&text);
    return s;
}
