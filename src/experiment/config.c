/* A config from its text: parse, put the overrides in, give every key of the table its node
 * (the file's, or its default's), take each value into struct config, check what concerns
 * several keys.  A failure anywhere frees all of it. */
#include "experiment/config_impl.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- keys to nodes ------------------------------------------------------------------------------- */

static stint_status find_nodes(config_loader *l, const config_node *map, const char *prefix)
{
    for (const config_node *n = map->first; n; n = n->next) {
        char is[CONFIG_QUOTE_SIZE];
        const char *path = arena_printf(&l->tree, "%s%s%s", prefix, *prefix ? "." : "", n->key);
        if (!path)
            return STINT_ENOMEM;
        const config_key *k = config_key_find(path);
        if (strchr(n->key, '.'))
            return config_fail(l->ctx, n->key_place,
                               "the key %s has a dot in it; nest it: split: {folds: 5}",
                               config_quote(is, n->key));
        if (k)
            l->nodes[k - config_keys] = n;
        else if (!config_is_section(path))
            TRY(config_unknown_key(l->ctx, n->key_place, path));
        else if (n->kind == NODE_MAP)
            TRY(find_nodes(l, n, path));
        else if (n->kind != NODE_NULL)
            return config_fail(l->ctx, n->place,
                               "\"%s\" holds keys of its own, not %s; see docs/config.md", path,
                               config_describe(is, n));
    }
    return STINT_OK;
}

/* The name that a file gives its experiment, as YAML in quotes: my run.yaml gives "my-run". */
static stint_status name_from_file(config_loader *l, const char **out)
{
    const char *file = path_name(l->origin), *dot = strrchr(file, '.');
    int len = dot && dot > file ? (int)(dot - file) : (int)strlen(file);
    char *name =
        arena_printf(&l->tree, "%.*s", len < CONFIG_NAME_MOST ? len : CONFIG_NAME_MOST, file);
    if (!name)
        return STINT_ENOMEM;
    for (char *s = name; *s; s++)
        if (!config_is_name((char[]){*s, '\0'}) && (s == name || !strchr("-_.", *s)))
            *s = s == name ? 'x' : '-';
    *out = arena_printf(&l->tree, "\"%s\"", *name ? name : "experiment");
    return *out ? STINT_OK : STINT_ENOMEM;
}

static stint_status fill_in(config_loader *l, const config_key *k, const config_node **out)
{
    config_node *n;
    if (k->required)
        return config_fail(l->ctx, (config_place){l->origin, 0, 0},
                           "%s is missing; write for example %s", k->path, k->example);
    const char *text = k->fallback;
    if (!text)
        TRY(name_from_file(l, &text));
    TRY(config_yaml_parse(l->ctx, &l->tree, k->path, text, strlen(text), false, &n));
    *out = n;
    return STINT_OK;
}

/* A training searches nothing: it has one model. */
static bool is_taken(const config_loader *l, const config_key *k)
{
    return k->type != KEY_MODELS || !l->config->training;
}

static stint_status take_all(config_loader *l)
{
    for (int i = 0; config_keys[i].path; i++)
        if (!l->nodes[i] && is_taken(l, &config_keys[i]))
            TRY(fill_in(l, &config_keys[i], &l->nodes[i]));
    for (int i = 0; config_keys[i].path; i++)
        if (is_taken(l, &config_keys[i]))
            TRY(config_take(l, &config_keys[i], l->nodes[i]));
    return STINT_OK;
}

/* The one model of a training stands where those of a search do. */
static stint_status take_trained(config_loader *l)
{
    config *cfg = l->config;
    if (!cfg->training)
        return STINT_OK;
    if (!cfg->model)
        return config_fail(l->ctx, (config_place){l->origin, 0, 0},
                           "model is missing; write for example model: {lstm: {hidden: 64}}");
    cfg->models = arena_new(&cfg->arena, config_model, 1);
    if (!cfg->models)
        return STINT_ENOMEM;
    cfg->models[cfg->n_models++] = (config_model){cfg->model, cfg->model_space};
    return STINT_OK;
}

/* --- what concerns several keys --------------------------------------------------------------- */

static const config_node *item_of(const config_node *list, const char *text)
{
    if (list->kind != NODE_LIST)
        return list;
    const config_node *n = list->first;
    while (strcmp(n->text, text) != 0)
        n = n->next;
    return n;
}

static stint_status refuse_dropped_targets(config_loader *l)
{
    char name[CONFIG_QUOTE_SIZE];
    const config *cfg = l->config;
    const config_key *drop = config_key_find("data.drop");
    size_t n_drop = (size_t)config_count_names(cfg->drop);
    for (int i = 0; i < cfg->n_targets; i++)
        if (bsearch(&cfg->targets[i], cfg->drop, n_drop, sizeof *cfg->drop, config_compare_names))
            return config_key_fail(
                l, drop, item_of(l->nodes[drop - config_keys], cfg->targets[i]),
                "the column %s is a target, so it is no feature anyway; leave it out here",
                config_quote(name, cfg->targets[i]));
    return STINT_OK;
}

static stint_status refuse(config_loader *l, const char *path, const char *fmt, ...)
    STINT_PRINTF(3, 4);

/* Fail at the place of one key. */
static stint_status refuse(config_loader *l, const char *path, const char *fmt, ...)
{
    char text[512];
    const config_key *k = config_key_find(path);
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    return config_key_fail(l, k, l->nodes[k - config_keys], "%s", text);
}

/* A task with its targets, its metric, its models. */
static stint_status check_task(config_loader *l)
{
    const config *cfg = l->config;
    const char *task = target_kind_name(cfg->task);
    unsigned kind = TARGET_BIT(cfg->task);
    static const struct {
        int most;
        const char *what;
    } targets[TARGET_KINDS] = {
        [TARGET_NUMBER] = {INT_MAX, ""},
        [TARGET_CLASS] = {1, "a classification has one"},
        [TARGET_ANGLE] = {2, "an angle is one column, or its sine and cosine"},
        [TARGET_LABELS] = {LABELS_MOST, "4096 labels are the most"},
    };
    if (cfg->n_targets > targets[cfg->task].most)
        return refuse(l, "data.target", "%d columns, where %s", cfg->n_targets,
                      targets[cfg->task].what);
    if (cfg->rivals[0] && (cfg->task != TARGET_NUMBER || cfg->n_targets != 1))
        return refuse(l, "data.rivals", "rivals are forecasts of one target that is a number");
    if (cfg->stream.given && cfg->task != TARGET_NUMBER)
        return refuse(l, "stream", "a streaming test is of targets that are numbers, not of %s",
                      task);
    if (!(cfg->metric->kinds & kind))
        return refuse(l, "search.metric", "%s does not measure %s; leave it out for %s",
                      cfg->metric->name, task, metric_default(cfg->task)->name);
    if (cfg->task == TARGET_LABELS && cfg->metric->keeps)
        return refuse(l, "search.metric",
                      "%s of labels is measured on the test rows alone, as it holds every "
                      "probability; leave it out for %s",
                      cfg->metric->name, metric_default(cfg->task)->name);
    for (int i = 0; i < cfg->n_models; i++)
        if (!(cfg->models[i].class->kinds & kind))
            return refuse(l, cfg->training ? "model" : "search.models",
                          "%s does not do %s; docs/config.md says which do",
                          cfg->models[i].class->name, task);
    return STINT_OK;
}

static stint_status check_split(config_loader *l)
{
    const split_settings *s = &l->config->split;
    bool random = s->kind == SPLIT_RANDOM;
    if (s->kind == SPLIT_COLUMN && !*s->column)
        return refuse(l, "split.column", "split.by: column needs the column's name");
    if (random && *s->column)
        return refuse(l, "split.column",
                      "a random split goes by no column; set split.by to time "
                      "or column, or leave it out");
    if (!random && *s->group)
        return refuse(l, "split.group", "groups are for random splits; leave split.by out");
    if (l->config->task == TARGET_LABELS && s->bins > 0 && !s->stratify[0])
        return refuse(l, "split.stratify.bins",
                      "labels are no strata; list columns to stratify by in "
                      "split.stratify.columns, or leave it out");
    if (!random && (s->bins > 0 || s->stratify[0]))
        return refuse(l, s->bins > 0 ? "split.stratify.bins" : "split.stratify.columns",
                      "strata are for random splits; leave split.by out");
    return STINT_OK;
}

/* Values that one key gives to several parts. */
static void settle(config *cfg)
{
    static const feature_fill fills[] = {
        [MISSING_ERROR] = FILL_NONE,        [MISSING_DROP] = FILL_NONE,
        [MISSING_MEAN] = FILL_MEAN,         [MISSING_MEDIAN] = FILL_MEDIAN,
        [MISSING_CONSTANT] = FILL_CONSTANT,
    };
    cfg->checks.missing = cfg->missing == MISSING_ERROR  ? POLICY_ERROR
                          : cfg->missing == MISSING_DROP ? POLICY_DROP
                                                         : POLICY_IGNORE;
    cfg->features.fill = fills[cfg->missing];
    cfg->features.fill_value = cfg->fill;
    cfg->split.missing_class = cfg->missing_class != 0;
}

/* The source as this process opens it: relative to the config file. */
static stint_status resolve_source(config_loader *l)
{
    config *cfg = l->config;
    size_t len = (size_t)(path_name(l->origin) - l->origin);
    bool is_here = len == 0 || cfg->source_given[0] == '/';
    cfg->source.path =
        is_here ? cfg->source_given
                : arena_printf(&cfg->arena, "%.*s%s", (int)len, l->origin, cfg->source_given);
    return cfg->source.path ? STINT_OK : STINT_ENOMEM;
}

static stint_status load(config_loader *l, const char *text, size_t len,
                         const config_override *overrides, int n_overrides)
{
    config_node *root;
    const char *const *derived_from;
    l->config->path = arena_strdup(&l->config->arena, l->origin);
    if (!l->config->path)
        return STINT_ENOMEM;
    TRY(config_yaml_parse(l->ctx, &l->tree, l->origin, text, len, true, &root));
    if (root->kind == NODE_NULL)
        root->kind = NODE_MAP;
    if (root->kind != NODE_MAP)
        return config_fail(l->ctx, root->place,
                           "a config is a map of keys, such as \"data: {source: table.csv}\"");
    for (int i = 0; i < n_overrides; i++)
        TRY(config_set(l, root, &overrides[i]));
    TRY(find_nodes(l, root, ""));
    TRY(take_all(l));
    TRY(take_trained(l));
    l->config->n_targets = config_count_names(l->config->targets);
    TRY(refuse_dropped_targets(l));
    TRY(check_task(l));
    TRY(check_split(l));
    settle(l->config);
    TRY(config_encoders_settle(l));
    TRY(config_series_settle(l, &derived_from));
    TRY(config_want_columns(l->config, derived_from));
    return resolve_source(l);
}

static stint_status parse(ctx *c, const char *path, const char *text, size_t len, bool training,
                          const config_override *overrides, int n_overrides, config *out)
{
    config_loader l = {.ctx = c, .origin = path, .config = out};
    *out = (config){.training = training};
    arena_init(&l.tree, c, TAG_CONFIG);
    arena_init(&out->arena, c, TAG_CONFIG);
    stint_status s = load(&l, text, len, overrides, n_overrides);
    arena_deinit(&l.tree);
    if (s != STINT_OK)
        config_free(out);
    return s;
}

stint_status config_parse(ctx *c, const char *path, const char *text, size_t len,
                          const config_override *overrides, int n_overrides, config *out)
{
    return parse(c, path, text, len, false, overrides, n_overrides, out);
}

/* Stops after one byte more than a config may have, which config_parse then refuses. */
static stint_status read_text(ctx *c, const char *path, FILE *f, str *out)
{
    char piece[4096];
    size_t n;
    while (out->len <= CONFIG_TEXT_MOST && (n = fread(piece, 1, sizeof piece, f)) > 0)
        str_add_bytes(out, piece, n);
    if (ferror(f))
        return fail(c, STINT_EUSAGE, "cannot read %s: %s", path, strerror(errno));
    return str_status(out);
}

static stint_status load_file(ctx *c, const char *path, bool training,
                              const config_override *overrides, int n_overrides, config *out)
{
    str text;
    *out = (config){0};
    FILE *f = fopen(path, "rb");
    if (!f)
        return fail(c, STINT_EUSAGE, "cannot open %s: %s", path, strerror(errno));
    str_init(&text, c, TAG_CONFIG);
    stint_status s = read_text(c, path, f, &text);
    if (s == STINT_OK)
        s = parse(c, path, text.at, text.len, training, overrides, n_overrides, out);
    str_deinit(&text);
    fclose(f);
    return s;
}

stint_status config_load(ctx *c, const char *path, const config_override *overrides,
                         int n_overrides, config *out)
{
    return load_file(c, path, false, overrides, n_overrides, out);
}

stint_status config_load_training(ctx *c, const char *path, const config_override *overrides,
                                  int n_overrides, config *out)
{
    return load_file(c, path, true, overrides, n_overrides, out);
}

void config_free(config *cfg)
{
    arena_deinit(&cfg->arena);
    *cfg = (config){0};
}

table_settings config_table(const config *cfg)
{
    return (table_settings){
        .kind = cfg->task,
        .period = cfg->period,
        .decode = cfg->decode,
        .targets = cfg->targets,
        .drop = cfg->no_features,
        .rivals = cfg->rivals,
        .group = cfg->split.group,
        .column = cfg->split.column,
        .series = cfg->derive.group,
        .zero = cfg->series_zero,
        .features = &cfg->features,
    };
}

bool config_needs_standard(const config *cfg)
{
    bool needs = false;
    for (int i = 0; i < cfg->n_models; i++)
        needs = needs || !cfg->models[i].class->standardises;
    return (needs || cfg->cluster) && cfg->features.scale == SCALE_STANDARD;
}

int64_t config_count(const config *cfg)
{
    int64_t count = 0;
    for (int i = 0; i < cfg->n_models; i++)
        if (__builtin_add_overflow(count, grid_count(&cfg->models[i].space), &count))
            return INT64_MAX;
    return count;
}
