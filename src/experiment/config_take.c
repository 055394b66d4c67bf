/* Values into struct config: one function per type of key, each checking what it takes. */
#include "experiment/config_impl.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Does an override's place name this very key?  (It may also name a section.) */
static bool is_named(config_place place, const char *key)
{
    size_t n = strlen(place.origin), len = strlen(key);
    return place.line == 0 && n >= len && strcmp(place.origin + n - len, key) == 0;
}

stint_status config_key_fail(config_loader *l, const config_key *k, const config_node *n,
                             const char *fmt, ...)
{
    char text[512];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (is_named(n->place, k->path))
        return config_fail(l->ctx, n->place, "%s", text);
    return config_fail(l->ctx, n->place, "%s: %s", k->path, text);
}

/* "… is not a whole number; write 2…100" */
static stint_status wrong_value(config_loader *l, const config_key *k, const config_node *n,
                                const char *what)
{
    char is[CONFIG_QUOTE_SIZE];
    str expects;
    str_init(&expects, l->ctx, TAG_CONFIG);
    config_key_expects(k, &expects);
    stint_status s = str_status(&expects);
    if (s == STINT_OK)
        s = config_key_fail(l, k, n, "%s is %s; write %s", config_describe(is, n), what,
                            expects.at);
    str_deinit(&expects);
    return s;
}

static void *field(const config_loader *l, const config_key *k)
{
    return (char *)l->config + k->offset;
}

static stint_status copy_text(config_loader *l, const char *text, const char **out)
{
    *out = arena_strdup(&l->config->arena, text);
    return *out ? STINT_OK : STINT_ENOMEM;
}

bool config_is_name(const char *s)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    size_t n = strlen(s);
    if (n == 0 || n > CONFIG_NAME_MOST || !strchr(letters, s[0]))
        return false;
    for (; *s; s++)
        if (!strchr(letters, *s) && !strchr("-_.", *s))
            return false;
    return true;
}

static stint_status take_name(config_loader *l, const config_key *k, const config_node *n)
{
    if (n->kind != NODE_SCALAR || !config_is_name(n->text))
        return wrong_value(l, k, n, "not a name");
    return copy_text(l, n->text, field(l, k));
}

static stint_status take_path(config_loader *l, const config_key *k, const config_node *n)
{
    bool may_lack = k->fallback != NULL;
    if (n->kind != NODE_SCALAR || (n->text[0] == '\0' && !may_lack))
        return wrong_value(l, k, n, "not a path");
    return copy_text(l, n->text, field(l, k));
}

static stint_status take_text(config_loader *l, const config_key *k, const config_node *n)
{
    if (n->kind != NODE_SCALAR)
        return wrong_value(l, k, n, "not a text");
    return copy_text(l, n->text, field(l, k));
}

static stint_status take_column(config_loader *l, const config_key *k, const config_node *n)
{
    if (n->kind != NODE_SCALAR)
        return wrong_value(l, k, n, "not a column's name");
    return copy_text(l, n->text, field(l, k));
}

int config_compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Fails at the second of two equal names; `sorted` [n] is in order. */
static stint_status refuse_twice(config_loader *l, const config_key *k, const config_node *list,
                                 const char *const *sorted, int64_t n)
{
    char name[CONFIG_QUOTE_SIZE];
    bool seen = false;
    for (int64_t i = 1; i < n; i++) {
        if (strcmp(sorted[i - 1], sorted[i]) != 0)
            continue;
        for (const config_node *item = list->first; item; item = item->next) {
            if (strcmp(item->text, sorted[i]) != 0)
                continue;
            if (seen)
                return config_key_fail(l, k, item, "the column %s stands twice",
                                       config_quote(name, item->text));
            seen = true;
        }
    }
    return STINT_OK;
}

/* A name or a list of names; sets are kept sorted, so that their order is no difference. */
static stint_status take_columns(config_loader *l, const config_key *k, const config_node *n)
{
    arena *a = &l->config->arena;
    bool is_list = n->kind == NODE_LIST;
    int64_t count = is_list ? n->n : 1;
    const config_node *item = is_list ? n->first : n;
    const char **names = arena_new(a, const char *, count + 1);
    const char **sorted = arena_new(a, const char *, count + 1);
    if (!names || !sorted)
        return STINT_ENOMEM;
    for (int64_t i = 0; i < count; i++, item = item->next) {
        if (item->kind != NODE_SCALAR || item->text[0] == '\0')
            return wrong_value(l, k, item, "not a column's name");
        TRY(copy_text(l, item->text, &names[i]));
    }
    if (count == 0 && k->type == KEY_COLUMNS)
        return config_key_fail(l, k, n, "the list is empty; name at least one column");
    memcpy(sorted, names, (size_t)count * sizeof *names);
    qsort(sorted, (size_t)count, sizeof *sorted, config_compare_names);
    TRY(refuse_twice(l, k, n, sorted, count));
    *(const char *const **)field(l, k) = k->type == KEY_COLUMN_SET ? sorted : names;
    return STINT_OK;
}

static stint_status take_choice(config_loader *l, const config_key *k, const config_node *n)
{
    for (const key_choice *w = k->choices; w->word; w++)
        if (config_is_word(n, w->word)) {
            *(int *)field(l, k) = w->value;
            return STINT_OK;
        }
    return wrong_value(l, k, n, "not known here");
}

/* --- lists of lists ------------------------------------------------------------------------------ */

static bool is_list_of(const config_node *n, int64_t count)
{
    if (n->kind != NODE_LIST || n->n != count)
        return false;
    for (const config_node *item = n->first; item; item = item->next)
        if (item->kind != NODE_SCALAR || item->text[0] == '\0')
            return false;
    return true;
}

static stint_status take_pairs(config_loader *l, const config_key *k, const config_node *n)
{
    feature_pair *pairs =
        n->kind == NODE_LIST ? arena_new(&l->config->arena, feature_pair, n->n + 1) : NULL;
    int i = 0;
    if (n->kind != NODE_LIST)
        return wrong_value(l, k, n, "not a list of pairs");
    if (!pairs)
        return STINT_ENOMEM;
    for (const config_node *item = n->first; item; item = item->next, i++) {
        if (!is_list_of(item, 2))
            return wrong_value(l, k, item, "not a pair of patterns");
        TRY(copy_text(l, item->first->text, &pairs[i].a));
        TRY(copy_text(l, item->first->next->text, &pairs[i].b));
    }
    *(const feature_pair **)field(l, k) = pairs;
    *(int *)((char *)l->config + k->count) = i;
    return STINT_OK;
}

static bool bound_of(const config_node *n, double none, double *out)
{
    *out = none;
    return config_is_word(n, "none") || config_number(n, out);
}

static stint_status take_ranges(config_loader *l, const config_key *k, const config_node *n)
{
    check_range *ranges =
        n->kind == NODE_LIST ? arena_new(&l->config->arena, check_range, n->n + 1) : NULL;
    int i = 0;
    if (n->kind != NODE_LIST)
        return wrong_value(l, k, n, "not a list of ranges");
    if (!ranges)
        return STINT_ENOMEM;
    for (const config_node *item = n->first; item; item = item->next, i++) {
        if (!is_list_of(item, 3) || !bound_of(item->first->next, -INFINITY, &ranges[i].low) ||
            !bound_of(item->first->next->next, INFINITY, &ranges[i].high))
            return wrong_value(l, k, item, "not [pattern, low, high]");
        if (ranges[i].low > ranges[i].high)
            return wrong_value(l, k, item, "a range that ends before it begins");
        TRY(copy_text(l, item->first->text, &ranges[i].column));
    }
    *(const check_range **)field(l, k) = ranges;
    *(int *)((char *)l->config + k->count) = i;
    return STINT_OK;
}

static stint_status take_metric(config_loader *l, const config_key *k, const config_node *n)
{
    char name[CONFIG_QUOTE_SIZE];
    if (config_is_word(n, k->word)) {
        *(const metric_class **)field(l, k) = metric_default(l->config->task);
        return STINT_OK;
    }
    const metric_class *m = n->kind == NODE_SCALAR ? metric_find(n->text) : NULL;
    *(const metric_class **)field(l, k) = m;
    if (m)
        return STINT_OK;
    if (n->kind != NODE_SCALAR)
        return wrong_value(l, k, n, "not a metric");
    nearest_name near = nearest_begin(n->text);
    for (int i = 0; metric_table[i]; i++)
        nearest_try(&near, metric_table[i]->name);
    if (near.name)
        return config_key_fail(l, k, n, "unknown metric %s; did you mean \"%s\"?",
                               config_quote(name, n->text), near.name);
    return wrong_value(l, k, n, "not a metric");
}

static stint_status take_models(config_loader *l, const config_key *k, const config_node *n)
{
    if (n->kind != NODE_LIST)
        return wrong_value(l, k, n, "not a list of models");
    if (n->n == 0)
        return config_key_fail(l, k, n, "the list is empty; name at least one model");
    return config_models_take(l->ctx, n, l->config);
}

static stint_status number_of(config_loader *l, const config_key *k, const config_node *n,
                              double *out)
{
    *out = 0;
    if (k->word && config_is_word(n, k->word))
        return STINT_OK;
    if (!config_number(n, out))
        return wrong_value(l, k, n, k->type == KEY_REAL ? "not a number" : "not a whole number");
    if (k->type != KEY_REAL && *out != floor(*out))
        return wrong_value(l, k, n, "not a whole number");
    bool is_inside = k->open ? *out > k->low && *out < k->high : *out >= k->low && *out <= k->high;
    return is_inside ? STINT_OK : wrong_value(l, k, n, "out of range");
}

static stint_status take_real(config_loader *l, const config_key *k, const config_node *n)
{
    return number_of(l, k, n, field(l, k));
}

static stint_status take_int(config_loader *l, const config_key *k, const config_node *n)
{
    double x;
    TRY(number_of(l, k, n, &x));
    *(int *)field(l, k) = (int)x;
    return STINT_OK;
}

static stint_status take_int64(config_loader *l, const config_key *k, const config_node *n)
{
    double x;
    TRY(number_of(l, k, n, &x));
    *(int64_t *)field(l, k) = (int64_t)x;
    return STINT_OK;
}

static stint_status take_bytes(config_loader *l, const config_key *k, const config_node *n)
{
    int64_t *out = field(l, k);
    if (config_is_word(n, k->word))
        return STINT_OK;
    if (n->kind != NODE_SCALAR || !str_parse_bytes(n->text, out))
        return wrong_value(l, k, n, "not a size");
    return *out > 0 ? STINT_OK : wrong_value(l, k, n, "no room at all");
}

static stint_status take_seconds(config_loader *l, const config_key *k, const config_node *n)
{
    double *out = field(l, k);
    if (config_is_word(n, k->word))
        return STINT_OK;
    if (n->kind != NODE_SCALAR || !str_parse_seconds(n->text, out))
        return wrong_value(l, k, n, "not a duration");
    return *out > 0 ? STINT_OK : wrong_value(l, k, n, "no time at all");
}

typedef stint_status take_value(config_loader *l, const config_key *k, const config_node *n);

static take_value *const takers[KEY_TYPES] = {
    [KEY_NAME] = take_name,
    [KEY_PATH] = take_path,
    [KEY_COLUMNS] = take_columns,
    [KEY_CHOICE] = take_choice,
    [KEY_COLUMN_SET] = take_columns,
    [KEY_COLUMN] = take_column,
    [KEY_PAIRS] = take_pairs,
    [KEY_RANGES] = take_ranges,
    [KEY_METRIC] = take_metric,
    [KEY_MODELS] = take_models,
    [KEY_TEXT] = take_text,
    [KEY_SECRET] = take_text,
    [KEY_REAL] = take_real,
    [KEY_INT] = take_int,
    [KEY_CLUSTER] = config_cluster_take,
    [KEY_MODEL] = config_model_take,
    [KEY_TRAIN] = config_train_take,
    [KEY_STREAM] = config_stream_take,
    [KEY_FORMULAS] = config_formulas_take,
    [KEY_INT64] = take_int64,
    [KEY_BYTES] = take_bytes,
    [KEY_SECONDS] = take_seconds,
};

stint_status config_take(config_loader *l, const config_key *k, const config_node *n)
{
    return takers[k->type](l, k, n);
}
