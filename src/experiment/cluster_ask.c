#include "experiment/cluster_work.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is asked, before anything is read: method, settings, sizes, names of files. */

static stint_status find_method(cluster_work *w)
{
    char known[256] = "";
    const char *name = w->request->method;
    nearest_name near = nearest_begin(name ? name : "");
    if (name && (w->class = cluster_find(name)))
        return STINT_OK;
    for (int i = 0; cluster_table[i]; i++) {
        size_t n = strlen(known);
        nearest_try(&near, cluster_table[i]->name);
        snprintf(known + n, sizeof known - n, "%s%s", i ? ", " : "", cluster_table[i]->name);
    }
    if (!name)
        return fail(w->ctx, STINT_EUSAGE, "which method? --method takes one of %s", known);
    if (near.name)
        return fail(w->ctx, STINT_EUSAGE, "no method \"%s\"; did you mean \"%s\"?", name,
                    near.name);
    return fail(w->ctx, STINT_EUSAGE, "no method \"%s\"; known are %s", name, known);
}

/* A misspelt flag of the command itself arrives as a setting: what is near among those too. */
static stint_status check_names(const cluster_work *w)
{
    static const char *const own[] = {"method", "k",     "drop",    "init", "out",
                                      "report", "sweep", "device",  "plan", "json",
                                      "memory", "sheet", "dataset", NULL};
    const stint_cluster_table_request *r = w->request;
    for (int i = 0; i < r->n_settings; i++) {
        const char *key = r->settings[i].key;
        nearest_name near = nearest_begin(key);
        if (param_find(w->class->params, key))
            continue;
        for (const param *p = w->class->params; p->name; p++)
            nearest_try(&near, p->name);
        for (int j = 0; own[j]; j++)
            nearest_try(&near, own[j]);
        for (int j = 0; cluster_table[j]; j++)
            if (param_find(cluster_table[j]->params, key))
                return fail(w->ctx, STINT_EUSAGE, "%s has no parameter \"%s\": it is one of %s",
                            w->class->name, key, cluster_table[j]->name);
        if (near.name)
            return fail(w->ctx, STINT_EUSAGE, "%s has no parameter \"%s\"; did you mean \"%s\"?",
                        w->class->name, key, near.name);
    }
    return STINT_OK;
}

/* --init is a start by name where the method knows that name, else a table of centres. */
static bool is_choice(const param *p, const char *text)
{
    for (int i = 0; p && p->type == PARAM_TYPE_CHOICE && p->choices[i]; i++)
        if (strcmp(p->choices[i], text) == 0)
            return true;
    return false;
}

static stint_status take_init(cluster_work *w, stint_setting *settings)
{
    const char *init = w->request->init;
    if (!init)
        return STINT_OK;
    if (is_choice(param_find(w->class->params, "init"), init)) {
        settings[w->run.n_settings++] = (stint_setting){"init", init};
        return STINT_OK;
    }
    if (!w->class->takes_centers)
        return fail(w->ctx, STINT_EUSAGE, "--init: %s takes no centres to begin from",
                    w->class->name);
    w->init = init;
    return STINT_OK;
}

/* The value of a parameter as it was asked for, or its default. */
static stint_status read_parameter(cluster_work *w, const char *name, double *out)
{
    const param *p = param_find(w->class->params, name);
    char *self = arena_alloc(&w->arena, w->class->size);
    if (!self)
        return STINT_ENOMEM;
    TRY(params_read(w->ctx, w->class->name, w->class->params, w->run.settings, w->run.n_settings,
                    self));
    *out = 0;
    if (p)
        memcpy(out, self + p->offset, sizeof *out);
    return STINT_OK;
}

static bool is_set(const cluster_work *w, const char *name)
{
    for (int i = 0; i < w->request->n_settings; i++)
        if (strcmp(w->request->settings[i].key, name) == 0)
            return true;
    return false;
}

/* The last setting of a name wins. */
static bool asks_pairs(const cluster_work *w)
{
    bool pairs = false;
    for (int i = 0; i < w->run.n_settings; i++) {
        const stint_setting *s = &w->run.settings[i];
        if (s->value && (strcmp(s->key, "metric") == 0 || strcmp(s->key, "affinity") == 0))
            pairs = strcmp(s->value, "precomputed") == 0;
    }
    return pairs && w->class->takes_pairs;
}

static stint_status read_settings(cluster_work *w)
{
    const stint_cluster_table_request *r = w->request;
    double k;
    stint_setting *settings = arena_new(&w->arena, stint_setting, r->n_settings + 2);
    if (!settings)
        return STINT_ENOMEM;
    for (int i = 0; i < r->n_settings; i++)
        settings[i] = r->settings[i];
    w->run = (cluster_run){w->class, settings, r->n_settings, r->device};
    TRY(check_names(w));
    TRY(take_init(w, settings));
    TRY(read_parameter(w, "n_clusters", &k));
    w->pairs = asks_pairs(w);
    if (w->pairs && (r->report || r->sweep))
        return fail(w->ctx, STINT_EUSAGE,
                    "%s wants points to measure, and a matrix of pairs has none: leave it out",
                    r->report ? "--report" : "--sweep");
    w->n_clusters = (int64_t)k;
    return STINT_OK;
}

static bool parse_sweep(const char *text, int64_t *from, int64_t *to)
{
    char *end;
    *from = strtoll(text, &end, 10);
    if (end == text || *end != '-')
        return false;
    text = end + 1;
    *to = strtoll(text, &end, 10);
    return end != text && !*end && *from >= 1 && *to >= *from;
}

static stint_status read_sweep(cluster_work *w)
{
    const char *text = w->request->sweep;
    if (!text)
        return STINT_OK;
    if (!parse_sweep(text, &w->from, &w->to))
        return fail(w->ctx, STINT_EUSAGE, "--sweep is \"%s\"; write for example 2-12", text);
    if (w->to - w->from >= CLUSTER_SWEEP_MOST)
        return fail(w->ctx, STINT_EUSAGE, "--sweep %s: at most %d numbers of clusters", text,
                    CLUSTER_SWEEP_MOST);
    if (is_set(w, "n_clusters"))
        return fail(w->ctx, STINT_EUSAGE, "--k and --sweep: one of the two");
    if (w->init)
        return fail(w->ctx, STINT_EUSAGE, "--init FILE and --sweep: one of the two");
    return STINT_OK;
}

static stint_status read_memory(cluster_work *w)
{
    const char *text = w->request->memory;
    w->memory = memory_total_bytes();
    if (text && (!str_parse_bytes(text, &w->memory) || w->memory < 1))
        return fail(w->ctx, STINT_EUSAGE,
                    "--memory: \"%s\" is not a size; write for example 512MiB", text);
    return STINT_OK;
}

stint_status cluster_ask(cluster_work *w)
{
    const stint_cluster_table_request *r = w->request;
    TRY(find_method(w));
    TRY(read_settings(w));
    TRY(read_sweep(w));
    TRY(read_memory(w));
    if (r->to)
        TRY(cluster_labels_check(w->ctx, r->to));
    return r->report ? cluster_report_check(w->ctx, r->report) : STINT_OK;
}
