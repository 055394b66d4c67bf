/* search.models: a list of model classes, each with what its parameters range over.
 *
 *     - ridge                                      all defaults
 *     - ridge: {alpha: 0.5}                        fixed
 *     - ridge: {alpha: [0.1, 1, 10]}               listed
 *     - ridge: {alpha: {log: [1e-4, 1e4], n: 50}}  spread; or linear
 *
 * Spaces are kept in one form however they are written: one or two values are a list, and so
 * is a spread over whole numbers, rounded and without repeats. */
#include "experiment/config_impl.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SPREAD_MOST       1000000000 /* values of a spread, which takes no memory */
#define SPREAD_WHOLE_MOST 100000     /* of one over whole numbers, which is a list */

/* What the checks of one parameter need. */
typedef struct reader {
    ctx *ctx;
    arena *arena;
    const char *model;
    const param *param;
} reader;

static STINT_PRINTF(3, 4) stint_status
    param_fail(const reader *r, const config_node *n, const char *fmt, ...)
{
    char text[512];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    return config_fail(r->ctx, n->place, "%s.%s: %s", r->model, r->param->name, text);
}

/* --- values ---------------------------------------------------------------------------------- */

static stint_status number_value(const reader *r, const config_node *n, double *out)
{
    const param *p = r->param;
    char is[CONFIG_QUOTE_SIZE], range[CONFIG_RANGE_SIZE];
    bool whole = p->type == PARAM_TYPE_INT;
    config_range(range, p->low, p->high);
    if (!config_number(n, out) || (whole && *out != floor(*out)))
        return param_fail(r, n, "%s is not a %snumber; write %s", config_describe(is, n),
                          whole ? "whole " : "", range);
    if (*out < p->low || *out > p->high)
        return param_fail(r, n, "%s is out of range; write %s", config_describe(is, n), range);
    return STINT_OK;
}

static stint_status bool_value(const reader *r, const config_node *n, double *out)
{
    char is[CONFIG_QUOTE_SIZE];
    *out = config_is_word(n, "true");
    if (*out != 0 || config_is_word(n, "false"))
        return STINT_OK;
    return param_fail(r, n, "%s is neither true nor false", config_describe(is, n));
}

static stint_status choice_value(const reader *r, const config_node *n, double *out)
{
    const char *const *choices = r->param->choices;
    char is[CONFIG_QUOTE_SIZE];
    for (int i = 0; choices[i]; i++) {
        *out = i;
        if (config_is_word(n, choices[i]))
            return STINT_OK;
    }
    str known;
    str_init(&known, r->ctx, TAG_CONFIG);
    for (int i = 0; choices[i]; i++)
        str_addf(&known, "%s%s", i == 0 ? "" : choices[i + 1] ? ", " : " or ", choices[i]);
    stint_status s = str_status(&known);
    if (s == STINT_OK)
        s = param_fail(r, n, "%s is not known here; write %s", config_describe(is, n), known.at);
    str_deinit(&known);
    return s;
}

static stint_status param_value(const reader *r, const config_node *n, double *out)
{
    switch (r->param->type) {
    case PARAM_TYPE_F64:
    case PARAM_TYPE_INT: return number_value(r, n, out);
    case PARAM_TYPE_BOOL: return bool_value(r, n, out);
    case PARAM_TYPE_CHOICE: break;
    }
    return choice_value(r, n, out);
}

/* --- dimensions -------------------------------------------------------------------------------- */

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Fails at the second of two equal values. */
static stint_status refuse_twice(const reader *r, const config_node *list, const double *values)
{
    char text[PARAM_TEXT_SIZE];
    double *sorted = arena_new(r->arena, double, list->n);
    if (!sorted)
        return STINT_ENOMEM;
    memcpy(sorted, values, (size_t)list->n * sizeof *values);
    qsort(sorted, (size_t)list->n, sizeof *sorted, compare_doubles);
    int64_t k = 1;
    while (k < list->n && sorted[k - 1] != sorted[k])
        k++;
    if (k >= list->n)
        return STINT_OK;
    bool seen = false;
    for (const config_node *n = list->first; n; n = n->next, values++) {
        if (*values != sorted[k])
            continue;
        if (seen) {
            param_text(r->param, *values, text);
            return param_fail(r, n, "%s stands twice", text);
        }
        seen = true;
    }
    return STINT_OK;
}

static stint_status take_list(const reader *r, const config_node *list, dimension *out)
{
    if (list->n == 0)
        return param_fail(r, list, "the list is empty; write at least one value");
    double *values = arena_new(r->arena, double, list->n);
    if (!values)
        return STINT_ENOMEM;
    int64_t i = 0;
    for (const config_node *n = list->first; n; n = n->next)
        TRY(param_value(r, n, &values[i++]));
    *out = (dimension){.spread = SPREAD_LIST, .list = values, .n = list->n};
    return refuse_twice(r, list, values);
}

static stint_status take_fixed(const reader *r, const config_node *n, dimension *out)
{
    double *value = arena_new(r->arena, double, 1);
    if (!value)
        return STINT_ENOMEM;
    *out = (dimension){.spread = SPREAD_LIST, .list = value, .n = 1};
    if (!n) {
        *value = r->param->fallback;
        return STINT_OK;
    }
    return param_value(r, n, value);
}

/* [low, high] of a spread */
static stint_status take_ends(const reader *r, const config_node *n, dimension *out)
{
    char low[STR_DOUBLE_SIZE], high[STR_DOUBLE_SIZE];
    if (n->kind != NODE_LIST || n->n != 2)
        return param_fail(r, n, "%s takes two ends: %s: [low, high]", n->key, n->key);
    TRY(number_value(r, n->first, &out->low));
    TRY(number_value(r, n->first->next, &out->high));
    str_format_double(low, out->low);
    str_format_double(high, out->high);
    if (out->low > out->high)
        return param_fail(r, n, "the ends are the wrong way round: write [%s, %s]", high, low);
    if (out->spread == SPREAD_LOG && out->low <= 0)
        return param_fail(r, n->first, "a log scale has to begin above 0, not at %s", low);
    return STINT_OK;
}

static stint_status take_n(const reader *r, const config_node *n, dimension *out)
{
    char is[CONFIG_QUOTE_SIZE];
    double x, most = r->param->type == PARAM_TYPE_INT ? SPREAD_WHOLE_MOST : SPREAD_MOST;
    if (!config_number(n, &x) || x != floor(x) || x < 1 || x > most)
        return param_fail(r, n, "n: %s is not a whole number of values; write 1…%.0f",
                          config_describe(is, n), most);
    if (x > 1 && out->low == out->high)
        return param_fail(r, n, "n: both ends are the same, so there is one value, not %.0f", x);
    out->n = (int64_t)x;
    return STINT_OK;
}

static stint_status spread_hint(const reader *r, const config_node *n, const char *problem)
{
    return param_fail(r, n,
                      "%s; write {log: [low, high], n: count} or {linear: [low, high], "
                      "n: count}",
                      problem);
}

/* The values of a short or a whole-number spread, as a list. */
static stint_status list_spread(const reader *r, dimension *d)
{
    double *values = arena_new(r->arena, double, d->n);
    if (!values)
        return STINT_ENOMEM;
    int64_t n = 0;
    for (int64_t i = 0; i < d->n; i++) {
        double x = dimension_value(d, i);
        x = r->param->type == PARAM_TYPE_INT ? round(x) : x;
        if (n == 0 || x != values[n - 1])
            values[n++] = x;
    }
    *d = (dimension){.spread = SPREAD_LIST, .list = values, .n = n};
    return STINT_OK;
}

static stint_status take_spread(const reader *r, const config_node *map, dimension *out)
{
    const config_node *log = config_child(map, "log"), *linear = config_child(map, "linear"),
                      *n = config_child(map, "n"), *ends = log ? log : linear;
    if (r->param->type != PARAM_TYPE_F64 && r->param->type != PARAM_TYPE_INT)
        return param_fail(r, map, "not a number, so its values have to be listed: [a, b]");
    for (const config_node *k = map->first; k; k = k->next)
        if (k != log && k != linear && k != n)
            return spread_hint(r, k, "unknown key in a spread");
    if (!ends || (log && linear))
        return spread_hint(r, map, "a spread is either log or linear");
    if (!n)
        return spread_hint(r, map, "a spread needs n, the number of values");
    *out = (dimension){.spread = log ? SPREAD_LOG : SPREAD_LINEAR};
    TRY(take_ends(r, ends, out));
    TRY(take_n(r, n, out));
    return out->n <= 2 || r->param->type == PARAM_TYPE_INT ? list_spread(r, out) : STINT_OK;
}

stint_status config_dimension(ctx *c, arena *a, const char *model, const param *p,
                              const config_node *n, dimension *out)
{
    reader r = {c, a, model, p};
    if (n && n->kind == NODE_LIST)
        return take_list(&r, n, out);
    if (n && n->kind == NODE_MAP)
        return take_spread(&r, n, out);
    return take_fixed(&r, n, out);
}

/* --- models ------------------------------------------------------------------------------------ */

/* "; did you mean "alpha"?", or with no name near, "; known are alpha, intercept" */
static void add_advice(str *out, const nearest_name *near, const char *const *known)
{
    if (near->name) {
        str_addf(out, "; did you mean \"%s\"?", near->name);
        return;
    }
    str_add(out, "; known are ");
    for (int i = 0; known[i]; i++)
        str_addf(out, "%s%s", i ? ", " : "", known[i]);
}

/* `what` "unknown model", then the name, then advice from all the known names. */
static stint_status unknown_name(ctx *c, config_place place, const char *what, const char *name,
                                 const char *const *known)
{
    char quoted[CONFIG_QUOTE_SIZE];
    str advice;
    nearest_name near = nearest_begin(name);
    for (int i = 0; known[i]; i++)
        nearest_try(&near, known[i]);
    str_init(&advice, c, TAG_CONFIG);
    add_advice(&advice, &near, known);
    stint_status s = str_status(&advice);
    if (s == STINT_OK)
        s = config_fail(c, place, "%s %s%s", what, config_quote(quoted, name), advice.at);
    str_deinit(&advice);
    return s;
}

static stint_status unknown_model(ctx *c, arena *a, config_place place, const char *name)
{
    int n = 0;
    while (model_table[n])
        n++;
    const char **known = arena_new(a, const char *, n + 1);
    if (!known)
        return STINT_ENOMEM;
    for (int i = 0; i < n; i++)
        known[i] = model_table[i]->name;
    return unknown_name(c, place, "unknown model", name, known);
}

static stint_status unknown_param(ctx *c, const model_class *m, const config_node *n)
{
    const char *known[PARAM_MOST + 1] = {0};
    char what[64];
    for (int i = 0; m->params[i].name; i++)
        known[i] = m->params[i].name;
    snprintf(what, sizeof what, "%s has no parameter", m->name);
    return unknown_name(c, n->key_place, what, n->key, known);
}

static stint_status take_space(ctx *c, arena *a, const model_class *m, const config_node *params,
                               space *out)
{
    out->params = m->params;
    out->dimensions = arena_new(a, dimension, param_count(m->params));
    if (!out->dimensions)
        return STINT_ENOMEM;
    for (const config_node *n = params ? params->first : NULL; n; n = n->next)
        if (!param_find(m->params, n->key))
            return unknown_param(c, m, n);
    for (int i = 0; m->params[i].name; i++) {
        const config_node *n = params ? config_child(params, m->params[i].name) : NULL;
        TRY(config_dimension(c, a, m->name, &m->params[i], n, &out->dimensions[i]));
    }
    return STINT_OK;
}

static stint_status take_model(ctx *c, arena *a, const config_node *item, config_model *out)
{
    char is[CONFIG_QUOTE_SIZE];
    const config_node *params = item->kind == NODE_MAP ? item->first : NULL;
    if (item->kind != NODE_SCALAR && (!params || item->n != 1))
        return config_fail(c, item->place,
                           "a model is one name, with its parameters in braces: - ridge: {alpha: "
                           "1}");
    const char *name = params ? params->key : item->text;
    config_place place = params ? params->key_place : item->place;
    out->class = model_find(name);
    if (!out->class)
        return unknown_model(c, a, place, name);
    if (params && params->kind != NODE_MAP && params->kind != NODE_NULL)
        return config_fail(c, params->place, "%s: %s is no set of parameters; write {name: value}",
                           name, config_describe(is, params));
    return take_space(c, a, out->class, params, &out->space);
}

stint_status config_models_take(ctx *c, const config_node *list, config *out)
{
    out->models = arena_new(&out->arena, config_model, list->n);
    if (!out->models)
        return STINT_ENOMEM;
    for (const config_node *item = list->first; item; item = item->next)
        TRY(take_model(c, &out->arena, item, &out->models[out->n_models++]));
    return STINT_OK;
}
