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

static void emit_target(json_out *j, const table *t)
{
    emit_string(j, "task", target_kind_name(t->kind));
    emit_double(j, "period", t->period);
    emit_array(j, "targets");
    for (int i = 0; i < t->n_targets; i++)
        emit_string(j, NULL, table_target_name(t, i));
    emit_array_end(j);
    emit_array(j, "classes");
    for (int i = 0; i < t->n_classes; i++)
        emit_string(j, NULL, t->classes[i]);
    emit_array_end(j);
}

static const double *last_state(const model_task *t)
{
    return t->states ? t->states->at + t->table->split->folds * t->states->stride : NULL;
}

stint_status model_save(ctx *c, const model_class *class, void *shared, const model_task *t,
                        const void *params, const char *dir)
{
    str text;
    str_init(&text, c, TAG_MODEL);
    json_out j = emit_begin(&text, true);
    emit_object(&j, NULL);
    emit_string(&j, "class", class->name);
    emit_int(&j, "format", SAVED_FORMAT);
    emit_object(&j, "params");
    for (const param *p = class->params; p->name; p++)
        emit_param(&j, p, *(const double *)((const char *)params + p->offset));
    emit_object_end(&j);
    emit_int(&j, "n_features", t->table->n_features);
    emit_target(&j, t->table);
    stint_status s = class->save(c, shared, t, params, dir, &j);
    features_emit(&j, t->table->features, last_state(t));
    emit_object_end(&j);
    str_add(&text, "\n");
    if (s == STINT_OK)
        s = file_write_str(c, dir, "model.json", &text);
    str_deinit(&text);
    return s;
}

/* --- reading ----------------------------------------------------------------------------- */

int64_t saved_features(const json_t *json)
{
    return json_integer_value(json_object_get(json, "n_features"));
}

int saved_outputs(const json_t *json)
{
    const char *task = json_string_value(json_object_get(json, "task"));
    if (task && strcmp(task, target_kind_name(TARGET_CLASS)) == 0)
        return 1;
    if (task && strcmp(task, target_kind_name(TARGET_ANGLE)) == 0)
        return 2;
    return (int)json_array_size(json_object_get(json, "targets"));
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

static bool target_read(saved_model *m)
{
    const char *task = json_string_value(json_object_get(m->json, "task"));
    m->kind = TARGET_KINDS;
    for (int k = 0; task && k < TARGET_KINDS; k++)
        if (strcmp(task, target_kind_name((target_kind)k)) == 0)
            m->kind = (target_kind)k;
    m->period = json_number_or_nan(m->json, "period");
    m->targets = texts_of(&m->arena, json_object_get(m->json, "targets"), &m->n_targets);
    m->classes = texts_of(&m->arena, json_object_get(m->json, "classes"), &m->n_classes);
    return m->kind != TARGET_KINDS && m->targets && m->classes && m->n_targets > 0 &&
           m->period > 0 && (m->kind == TARGET_CLASS ? m->n_classes > 1 : m->n_classes == 0);
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
    out->class = name ? model_find(name) : NULL;
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
