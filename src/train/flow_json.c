#include "train/flow_impl.h"

#include <string.h>

/* The account as JSON: for programs, with its findings; and for checkpoints, to the last bit. */

static void emit_history(const flow_account *a, json_out *j)
{
    emit_int(j, "every", a->every);
    emit_array(j, "history");
    for (int64_t i = 0; i < flow_account_points(a); i++)
        emit_double(j, NULL, a->history[i]);
    emit_array_end(j);
}

static void emit_probe(const flow_probe *p, json_out *j)
{
    const flow_account *a = &p->account;
    emit_object(j, NULL);
    emit_string(j, "layer", p->layer->path);
    emit_string(j, "class", p->layer->class->name);
    emit_string(j, "measure", flow_names[p->measure].key);
    emit_int(j, "n", a->n);
    emit_int(j, "not_finite", a->not_finite);
    emit_double(j, "last", a->last);
    emit_double(j, "mean", a->mean);
    emit_double(j, "least", a->least);
    emit_double(j, "most", a->most);
    emit_double(j, "recent", a->recent);
    emit_history(a, j);
    emit_object_end(j);
}

static void emit_account(const flow *f, json_out *j)
{
    emit_int(j, "first_step", f->first_step);
    emit_int(j, "last_step", f->last_step);
    emit_array(j, "probes");
    for (int64_t i = 0; i < f->probes.n; i++)
        emit_probe(&f->probes.at[i], j);
    emit_array_end(j);
}

static void emit_finding(const flow_probe *p, json_out *j)
{
    flow_finding found = flow_find(p);
    if (!found.kind)
        return;
    emit_object(j, NULL);
    emit_string(j, "layer", p->layer->path);
    emit_string(j, "class", p->layer->class->name);
    emit_string(j, "kind", found.kind);
    emit_double(j, "severity", found.severity);
    emit_string(j, "advice", found.advice);
    emit_object_end(j);
}

void flow_write_json(const flow *f, str *out)
{
    json_out j = emit_begin(out, true);
    emit_object(&j, NULL);
    emit_double(&j, "health", flow_health(f));
    emit_string(&j, "verdict", flow_verdict(flow_health(f)));
    emit_account(f, &j);
    emit_array(&j, "findings");
    for (int64_t i = 0; i < f->probes.n; i++)
        emit_finding(&f->probes.at[i], &j);
    emit_array_end(&j);
    emit_object_end(&j);
    str_add(out, "\n");
}

/* ---- checkpoints ---- */

void flow_emit(const flow *f, json_out *j)
{
    emit_object(j, NULL);
    emit_account(f, j);
    emit_object_end(j);
}

static int64_t whole(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

static double number(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

/* false: not an account that emit wrote */
static bool restore_account(const json_t *saved, flow_account *a)
{
    *a = (flow_account){.n = whole(saved, "n"),
                        .not_finite = whole(saved, "not_finite"),
                        .last = number(saved, "last"),
                        .mean = number(saved, "mean"),
                        .least = number(saved, "least"),
                        .most = number(saved, "most"),
                        .recent = number(saved, "recent"),
                        .every = whole(saved, "every")};
    const json_t *history = json_object_get(saved, "history");
    int64_t points = (int64_t)json_array_size(history);
    if (a->n < 0 || a->every < 1 || points > FLOW_HISTORY || flow_account_points(a) != points)
        return false;
    for (int64_t i = 0; i < points; i++)
        a->history[i] = json_number_value(json_array_get(history, (size_t)i));
    return true;
}

static bool is_of(const json_t *saved, const flow_probe *p)
{
    const char *path = json_string_value(json_object_get(saved, "layer"));
    const char *class = json_string_value(json_object_get(saved, "class"));
    const char *measure = json_string_value(json_object_get(saved, "measure"));
    return path && class && measure && strcmp(path, p->layer->path) == 0 &&
           strcmp(class, p->layer->class->name) == 0 &&
           strcmp(measure, flow_names[p->measure].key) == 0;
}

stint_status flow_restore(flow *f, const json_t *saved)
{
    const json_t *probes = json_object_get(saved, "probes");
    if ((int64_t)json_array_size(probes) != f->probes.n)
        return fail(f->ctx, STINT_EDATA, "gradient flow: saved of %lld measures, the net has %lld",
                    (long long)json_array_size(probes), (long long)f->probes.n);
    for (int64_t i = 0; i < f->probes.n; i++) {
        flow_probe *p = &f->probes.at[i];
        const json_t *one = json_array_get(probes, (size_t)i);
        if (!is_of(one, p) || !restore_account(one, &p->account))
            return fail(f->ctx, STINT_EDATA,
                        "gradient flow: saved measure %lld is not that of layer %s, %s",
                        (long long)i, p->layer->path, p->layer->class->name);
    }
    f->first_step = whole(saved, "first_step");
    f->last_step = whole(saved, "last_step");
    return STINT_OK;
}
