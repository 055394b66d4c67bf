/* columns and series.*: new columns by formula, and what concerns several of these keys. */
#include "experiment/config_impl.h"

#include <string.h>

/* "co2.yaml:9:5", for messages of the formula. */
static const char *place_text(arena *a, config_place place)
{
    return place.line ? arena_printf(a, "%s:%d:%d", place.origin, place.line, place.column)
                      : arena_strdup(a, place.origin);
}

static stint_status take_formula(config_loader *l, const config_key *k, const config_node *n,
                                 derive_column *out)
{
    char is[CONFIG_QUOTE_SIZE], name[CONFIG_QUOTE_SIZE];
    arena *a = &l->config->arena;
    if (n->kind != NODE_SCALAR || n->text[0] == '\0')
        return config_key_fail(l, k, n,
                               "%s of column %s is no formula; write for example "
                               "{lag: \"shift(x, 1)\"}",
                               config_describe(is, n), config_quote(name, n->key));
    if (n->key[0] == '\0')
        return config_key_fail(l, k, n, "the column has no name");
    *out = (derive_column){.name = arena_strdup(a, n->key),
                           .formula = arena_strdup(a, n->text),
                           .place = place_text(a, n->place)};
    return out->name && out->formula && out->place ? STINT_OK : STINT_ENOMEM;
}

stint_status config_formulas_take(config_loader *l, const config_key *k, const config_node *n)
{
    derive_settings *s = &l->config->derive;
    char is[CONFIG_QUOTE_SIZE];
    if (n->kind != NODE_MAP && n->kind != NODE_NULL)
        return config_key_fail(l, k, n, "%s is not a map of columns; write {name: \"formula\"}",
                               config_describe(is, n));
    derive_column *columns = arena_new(&l->config->arena, derive_column, n->n + 1);
    if (!columns)
        return STINT_ENOMEM;
    s->columns = columns;
    for (const config_node *item = n->first; item; item = item->next)
        TRY(take_formula(l, k, item, &columns[s->n_columns++]));
    return STINT_OK;
}

bool config_has_series(const config *cfg)
{
    return *cfg->derive.group || *cfg->derive.time;
}

static stint_status refuse(config_loader *l, const char *path, const char *what)
{
    const config_key *k = config_key_find(path);
    return config_key_fail(l, k, l->nodes[k - config_keys], "%s", what);
}

static int add_once(const char **names, int n, const char *name)
{
    if (*name && !config_is_among(names, name))
        names[n++] = name;
    return n;
}

static int count(const char *const *names)
{
    int n = 0;
    while (names[n])
        n++;
    return n;
}

/* Dropped columns, rivals, and what series go by, each once. */
static stint_status take_no_features(config *cfg)
{
    int n = 0;
    const char **names =
        arena_new(&cfg->arena, const char *, count(cfg->drop) + count(cfg->rivals) + 3);
    if (!names)
        return STINT_ENOMEM;
    for (int i = 0; cfg->drop[i]; i++)
        n = add_once(names, n, cfg->drop[i]);
    for (int i = 0; cfg->rivals[i]; i++)
        n = add_once(names, n, cfg->rivals[i]);
    n = add_once(names, n, cfg->derive.group);
    (void)add_once(names, n, cfg->derive.time);
    cfg->no_features = names;
    return STINT_OK;
}

static stint_status refuse_target(config_loader *l, const char *path, const char *column)
{
    return *column && config_is_among(l->config->targets, column)
               ? refuse(l, path,
                        "the column is a target, and what is predicted tells no series "
                        "and no time")
               : STINT_OK;
}

stint_status config_series_settle(config_loader *l, const char *const **reads)
{
    config *cfg = l->config;
    const derive_settings *s = &cfg->derive;
    if (s->every > 0 && !*s->time)
        return refuse(l, "series.every", "a clock needs series.time, the column of times");
    if (cfg->series_zero[0] && !config_has_series(cfg))
        return refuse(l, "series.zero",
                      "nothing tells a series' first row: name series.group or "
                      "series.time");
    TRY(refuse_target(l, "series.group", s->group));
    TRY(refuse_target(l, "series.time", s->time));
    TRY(take_no_features(cfg));
    *reads = derive_reads(l->ctx, &cfg->arena, s);
    return *reads ? STINT_OK : ctx_status(l->ctx);
}
