/* A config from its text: parse, put the overrides in, give every key of the table its node
 * (the file's, or its default's), take each value into struct config, check what concerns
 * several keys.  A failure anywhere frees all of it. */
#include "experiment/config_impl.h"

#include <errno.h>
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

static stint_status take_all(config_loader *l)
{
    for (int i = 0; config_keys[i].path; i++)
        if (!l->nodes[i])
            TRY(fill_in(l, &config_keys[i], &l->nodes[i]));
    for (int i = 0; config_keys[i].path; i++)
        TRY(config_take(l, &config_keys[i], l->nodes[i]));
    return STINT_OK;
}

/* --- what concerns several keys --------------------------------------------------------------- */

static int count_names(const char *const *names)
{
    int n = 0;
    while (names[n])
        n++;
    return n;
}

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
    size_t n_drop = (size_t)count_names(cfg->drop);
    for (int i = 0; i < cfg->n_targets; i++)
        if (bsearch(&cfg->targets[i], cfg->drop, n_drop, sizeof *cfg->drop, config_compare_names))
            return config_key_fail(
                l, drop, item_of(l->nodes[drop - config_keys], cfg->targets[i]),
                "the column %s is a target, so it is no feature anyway; leave it out here",
                config_quote(name, cfg->targets[i]));
    return STINT_OK;
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
    l->config->n_targets = count_names(l->config->targets);
    TRY(refuse_dropped_targets(l));
    return resolve_source(l);
}

stint_status config_parse(ctx *c, const char *path, const char *text, size_t len,
                          const config_override *overrides, int n_overrides, config *out)
{
    config_loader l = {.ctx = c, .origin = path, .config = out};
    *out = (config){0};
    arena_init(&l.tree, c, TAG_CONFIG);
    arena_init(&out->arena, c, TAG_CONFIG);
    stint_status s = load(&l, text, len, overrides, n_overrides);
    arena_deinit(&l.tree);
    if (s != STINT_OK)
        config_free(out);
    return s;
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

stint_status config_load(ctx *c, const char *path, const config_override *overrides,
                         int n_overrides, config *out)
{
    str text;
    *out = (config){0};
    FILE *f = fopen(path, "rb");
    if (!f)
        return fail(c, STINT_EUSAGE, "cannot open %s: %s", path, strerror(errno));
    str_init(&text, c, TAG_CONFIG);
    stint_status s = read_text(c, path, f, &text);
    if (s == STINT_OK)
        s = config_parse(c, path, text.at, text.len, overrides, n_overrides, out);
    str_deinit(&text);
    fclose(f);
    return s;
}

void config_free(config *cfg)
{
    arena_deinit(&cfg->arena);
    *cfg = (config){0};
}

int64_t config_count(const config *cfg)
{
    int64_t count = 0;
    for (int i = 0; i < cfg->n_models; i++)
        if (__builtin_add_overflow(count, grid_count(&cfg->models[i].space), &count))
            return INT64_MAX;
    return count;
}
