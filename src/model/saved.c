#include "model/saved.h"

#include <stdio.h>
#include <string.h>

/* --- writing ----------------------------------------------------------------------------- */

static void emit_param(json_out *j, const param *p, double value)
{
    switch (p->type) {
    case PARAM_TYPE_F64: emit_double(j, p->name, value); break;
    case PARAM_TYPE_INT: emit_int(j, p->name, (int64_t)value); break;
    case PARAM_TYPE_BOOL: emit_bool(j, p->name, value != 0); break;
    case PARAM_TYPE_CHOICE: emit_string(j, p->name, p->choices[(int)value]); break;
    }
}

static void emit_names(json_out *j, const char *key, const char *const *names, int n)
{
    emit_array(j, key);
    for (int i = 0; i < n; i++)
        emit_string(j, NULL, names[i]);
    emit_array_end(j);
}

static void emit_labels(json_out *j, const table *t)
{
    emit_names(j, "labels", t->labels, t->n_labels);
    emit_object(j, "decode");
    emit_double(j, "threshold", t->decode.threshold);
    emit_int(j, "top_k", t->decode.top_k);
    emit_object_end(j);
    const colfile_column *first = &t->file->columns[t->targets[0]];
    if (first->kind == COLUMN_BITS) {
        bits_encoder e = *first->encoder;
        e.column = NULL;
        bits_emit(j, "label_encoder", &e);
    }
}

static void emit_target(json_out *j, const table *t)
{
    emit_string(j, "task", target_kind_name(t->kind));
    emit_double(j, "period", t->period);
    emit_array(j, "targets");
    for (int i = 0; i < t->n_targets; i++)
        emit_string(j, NULL, table_target_name(t, i));
    emit_array_end(j);
    emit_names(j, "classes", t->classes, t->n_classes);
    if (t->kind == TARGET_LABELS)
        emit_labels(j, t);
}

static const double *last_state(const model_task *t)
{
    return t->states ? t->states->at + t->table->split->folds * t->states->stride : NULL;
}

stint_status model_write(ctx *c, const char *class, const param *params, const void *values,
                         const model_task *t, const char *dir, model_members *members, void *self)
{
    str text;
    str_init(&text, c, TAG_MODEL);
    json_out j = emit_begin(&text, true);
    emit_object(&j, NULL);
    emit_string(&j, "class", class);
    emit_int(&j, "format", SAVED_FORMAT);
    emit_object(&j, "params");
    for (const param *p = params; p && p->name; p++)
        emit_param(&j, p, *(const double *)((const char *)values + p->offset));
    emit_object_end(&j);
    emit_int(&j, "n_features", t->table->n_features);
    emit_target(&j, t->table);
    stint_status s = members(c, self, t, dir, &j);
    features_emit(&j, t->table->features, last_state(t));
    if (t->derive)
        derive_emit(&j, t->derive);
    emit_object_end(&j);
    str_add(&text, "\n");
    if (s == STINT_OK)
        s = file_write_str(c, dir, "model.json", &text);
    str_deinit(&text);
    return s;
}

typedef struct class_fit {
    const model_class *class;
    void *shared;
    const void *params;
} class_fit;

static stint_status fit_and_keep(ctx *c, void *self, const model_task *t, const char *dir,
                                 json_out *json)
{
    const class_fit *f = self;
    return f->class->save(c, f->shared, t, f->params, dir, json);
}

stint_status model_save(ctx *c, const model_class *class, void *shared, const model_task *t,
                        const void *params, const char *dir)
{
    class_fit f = {class, shared, params};
    return model_write(c, class->name, class->params, params, t, dir, fit_and_keep, &f);
}

/* --- reading ----------------------------------------------------------------------------- */

int64_t saved_features(const json_t *json)
{
    return json_integer_value(json_object_get(json, "n_features"));
}

static target_kind saved_kind(const json_t *json)
{
    const char *task = json_string_value(json_object_get(json, "task"));
    int k = 0;
    while (k < TARGET_KINDS && !(task && strcmp(task, target_kind_name((target_kind)k)) == 0))
        k++;
    return (target_kind)k;
}

int saved_outputs(const json_t *json)
{
    switch (saved_kind(json)) {
    case TARGET_CLASS: return 1;
    case TARGET_ANGLE: return 2;
    case TARGET_LABELS: return (int)json_array_size(json_object_get(json, "labels"));
    default: return (int)json_array_size(json_object_get(json, "targets"));
    }
}

int saved_predictions(const json_t *json)
{
    int classes = (int)json_array_size(json_object_get(json, "classes"));
    return classes > 0 ? classes : saved_outputs(json);
}

static const char *const *texts_of(arena *a, const json_t *list, int *n)
{
    *n = (int)json_array_size(list);
    const char **texts = arena_new(a, const char *, *n + 1);
    for (int i = 0; texts && i < *n; i++) {
        texts[i] = json_string_value(json_array_get(list, (size_t)i));
        if (!texts[i])
            return NULL;
    }
    return texts;
}

/* One label a column, or as many as one column's bits. */
static bool labels_read(saved_model *m)
{
    const json_t *decode = json_object_get(m->json, "decode");
    json_int_t top_k = json_integer_value(json_object_get(decode, "top_k"));
    m->labels = texts_of(&m->arena, json_object_get(m->json, "labels"), &m->n_labels);
    m->decode = (label_decode){json_number_or_nan(decode, "threshold"), (int)top_k};
    return m->labels && m->n_labels > 0 && m->n_labels <= LABELS_MOST &&
           (m->n_targets == m->n_labels || m->n_targets == 1) && m->decode.threshold >= 0 &&
           m->decode.threshold <= 1 && top_k >= 0 && top_k <= m->n_labels;
}

/* How new data's column of the target is to be read. */
static bool label_encoder_read(saved_model *m)
{
    char why[128];
    const json_t *saved = json_object_get(m->json, "label_encoder");
    bits_encoder *e = arena_new(&m->arena, bits_encoder, 1);
    if (!saved)
        return true;
    if (!e || m->n_targets != 1 || !bits_take(&m->arena, saved, e) ||
        !bits_check(e, why, sizeof why))
        return false;
    e->column = m->targets[0];
    e->optional = true;
    m->label_encoder = e;
    return true;
}

static bool target_read(saved_model *m)
{
    m->kind = saved_kind(m->json);
    m->period = json_number_or_nan(m->json, "period");
    m->targets = texts_of(&m->arena, json_object_get(m->json, "targets"), &m->n_targets);
    m->classes = texts_of(&m->arena, json_object_get(m->json, "classes"), &m->n_classes);
    return m->kind != TARGET_KINDS && m->targets && m->classes && m->n_targets > 0 &&
           m->period > 0 && (m->kind == TARGET_CLASS ? m->n_classes > 1 : m->n_classes == 0) &&
           (m->kind != TARGET_LABELS || (labels_read(m) && label_encoder_read(m)));
}

static stint_status model_read(ctx *c, const char *dir, const char *path, saved_model *out)
{
    str text;
    str_init(&text, c, TAG_MODEL);
    stint_status s = file_read(c, path, &text);
    if (s == STINT_OK && !(out->json = json_parse(c, path, text.at, text.len)))
        s = STINT_EDATA;
    str_deinit(&text);
    TRY(s);
    const char *name = json_string_value(json_object_get(out->json, "class"));
    if (json_integer_value(json_object_get(out->json, "format")) != SAVED_FORMAT)
        return fail(c, STINT_EDATA, "%s: not a model of format %d: fit it again", path,
                    SAVED_FORMAT);
    out->class = name ? model_find_saved(name) : NULL;
    out->n_features = (int)saved_features(out->json);
    if (!out->class || out->n_features < 1 || !target_read(out) ||
        !(out->class->kinds & TARGET_BIT(out->kind)))
        return fail(c, STINT_EDATA, "%s: its class, task or targets are none that are known", path);
    return out->class->load(c, dir, out->json, &out->model);
}

stint_status model_open(ctx *c, const char *dir, saved_model *out)
{
    char path[4096];
    *out = (saved_model){0};
    arena_init(&out->arena, c, TAG_MODEL);
    snprintf(path, sizeof path, "%s/model.json", dir);
    stint_status s = model_read(c, dir, path, out);
    if (s != STINT_OK)
        model_close(out);
    return s;
}

void model_close(saved_model *m)
{
    if (m->model && m->class)
        m->class->unload(m->model);
    json_decref(m->json);
    arena_deinit(&m->arena);
    *m = (saved_model){0};
}
