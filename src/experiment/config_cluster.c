/* The clustering of a config: "none", a method, or a method with its parameters. */
#include "experiment/config_impl.h"

static stint_status unknown_method(config_loader *l, const config_key *k, const config_node *n,
                                   const char *name)
{
    char quoted[CONFIG_QUOTE_SIZE];
    nearest_name near = nearest_begin(name);
    for (int i = 0; cluster_table[i]; i++)
        nearest_try(&near, cluster_table[i]->name);
    config_quote(quoted, name);
    if (near.name)
        return config_key_fail(l, k, n, "unknown method %s; did you mean \"%s\"?", quoted,
                               near.name);
    return config_key_fail(l, k, n, "unknown method %s; docs/config.md lists them", quoted);
}

static stint_status check_names(config_loader *l, const config_key *k, const cluster_class *class,
                                const config_node *params)
{
    char quoted[CONFIG_QUOTE_SIZE];
    for (const config_node *n = params ? params->first : NULL; n; n = n->next) {
        nearest_name near = nearest_begin(n->key);
        if (param_find(class->params, n->key))
            continue;
        for (const param *p = class->params; p->name; p++)
            nearest_try(&near, p->name);
        config_quote(quoted, n->key);
        if (near.name)
            return config_key_fail(l, k, n, "%s has no parameter %s; did you mean \"%s\"?",
                                   class->name, quoted, near.name);
        return config_key_fail(l, k, n, "%s has no parameter %s", class->name, quoted);
    }
    return STINT_OK;
}

static stint_status take_params(config_loader *l, const config_key *k, const cluster_class *class,
                                const config_node *params)
{
    config *cfg = l->config;
    dimension *all = arena_new(&cfg->arena, dimension, param_count(class->params));
    if (!all)
        return STINT_ENOMEM;
    TRY(check_names(l, k, class, params));
    for (int i = 0; class->params[i].name; i++) {
        const config_node *n = params ? config_child(params, class->params[i].name) : NULL;
        TRY(config_dimension(l->ctx, &cfg->arena, class->name, &class->params[i], n, &all[i]));
        if (all[i].n != 1)
            return config_key_fail(l, k, n, "%s takes one value: a clustering is not searched",
                                   class->params[i].name);
    }
    cfg->cluster = class;
    cfg->cluster_space = (space){.params = class->params, .dimensions = all};
    return STINT_OK;
}

stint_status config_cluster_take(config_loader *l, const config_key *k, const config_node *n)
{
    const config_node *params = n->kind == NODE_MAP ? n->first : NULL;
    if (config_is_word(n, k->word))
        return STINT_OK;
    if (n->kind != NODE_SCALAR && (!params || n->n != 1))
        return config_key_fail(l, k, n,
                               "a clustering is one method, with its parameters in braces: "
                               "{kmeans: {n_clusters: 3}}");
    const char *name = params ? params->key : n->text;
    const cluster_class *class = cluster_find(name);
    if (!class)
        return unknown_method(l, k, params ? params : n, name);
    if (params && params->kind != NODE_MAP && params->kind != NODE_NULL)
        return config_key_fail(l, k, params, "%s takes parameters: {name: value}", name);
    return take_params(l, k, class, params && params->kind == NODE_MAP ? params : NULL);
}
