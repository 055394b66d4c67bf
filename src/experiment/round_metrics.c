#include "experiment/round_files.h"

#include "base/json.h"

#include <math.h>
#include <stdio.h>

/* metrics.json: the numbers that the verdict and the report are made of, none of them a time. */

typedef struct metrics_out {
    json_out *j;
    const round_input *in;
    const round_best *best;
    int targets;
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

static void emit_test(metrics_out *m)
{
    emit_array(m->j, "test");
    for (int i = 0; metric_table[i]; i++) {
        const metric_class *k = metric_table[i];
        if (!k->target_value)
            continue;
        double value = metric_of_residuals(k, m->best->model, m->targets);
        double half = metric_half_width_of_residuals(k, m->best->model, m->targets);
        emit_object(m->j, NULL);
        emit_string(m->j, "metric", k->name);
        emit_string(m->j, "title", k->title);
        emit_double(m->j, "value", value);
        double high = k->most > 0 ? fmin(value + half, k->most) : value + half;
        emit_double(m->j, "low", half > 0 ? value - half : NAN);
        emit_double(m->j, "high", half > 0 ? high : NAN);
        emit_double(m->j, "baseline", metric_of_residuals(k, m->best->baseline, m->targets));
        emit_object_end(m->j);
    }
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
    emit_array(m->j, "checks");
    for (int i = 0; i < CHECKS; i++) {
        const check *k = &m->in->checks->at[i];
        emit_object(m->j, NULL);
        emit_string(m->j, "name", k->name);
        emit_string(m->j, "result", k->result == CHECK_PASSED ? "passed" : "warned");
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
    emit_int(m->j, "test_rows", s->part_rows[s->folds]);
    emit_array(m->j, "fold_rows");
    for (int i = 0; i < s->folds; i++)
        emit_int(m->j, NULL, s->part_rows[i]);
    emit_array_end(m->j);
    emit_int(m->j, "bins", settings->bins);
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
    metrics_out m = {&j, in, best, in->table->n_targets};
    emit_object(&j, NULL);
    emit_verdict(&m);
    emit_test(&m);
    emit_data(&m);
    emit_split(&m);
    emit_search(&m);
    emit_bool(&j, "reproducible", in->irreproducible == NULL);
    emit_string(&j, "reason", in->irreproducible);
    emit_object_end(&j);
    str_add(&text, "\n");
    stint_status s = file_write_str(c, dir, "metrics.json", &text);
    str_deinit(&text);
    return s;
}
