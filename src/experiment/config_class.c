/* Classes named in a config: "name", or {name: {parameter: value}}, and maps of parameters, each
 * of one value. */
#include "experiment/config_impl.h"

#include <string.h>

static stint_status unknown_class(config_loader *l, const config_key *k, const config_node *n,
                                  const config_classes *from, const char *name)
{
    char quoted[CONFIG_QUOTE_SIZE];
    config_class row;
    nearest_name near = nearest_begin(name);
    for (int i = 0; from->at(i, &row); i++)
        nearest_try(&near, row.name);
    config_quote(quoted, name);
    if (near.name)
        return config_key_fail(l, k, n, "unknown %s %s; did you mean \"%s\"?", from->noun, quoted,
                               near.name);
    return config_key_fail(l, k, n, "unknown %s %s; docs/config.md lists them", from->noun, quoted);
}

static stint_status check_names(config_loader *l, const config_key *k, const char *owner,
                                const param *params, const char *const *others,
                                const config_node *map)
{
    char quoted[CONFIG_QUOTE_SIZE];
    for (const config_node *n = map ? map->first : NULL; n; n = n->next) {
        nearest_name near = nearest_begin(n->key);
        if (param_find(params, n->key) || (others && config_is_among(others, n->key)))
            continue;
        for (const param *p = params; p->name; p++)
            nearest_try(&near, p->name);
        for (const char *const *o = others; o && *o; o++)
            nearest_try(&near, *o);
        config_quote(quoted, n->key);
        if (near.name)
            return config_key_fail(l, k, n, "%s has no parameter %s; did you mean \"%s\"?", owner,
                                   quoted, near.name);
        return config_key_fail(l, k, n, "%s has no parameter %s", owner, quoted);
    }
    return STINT_OK;
}

stint_status config_params_take(config_loader *l, const config_key *k, const char *owner,
                                const param *params, const char *const *others,
                                const config_node *map, space *out)
{
    dimension *all = arena_new(&l->config->arena, dimension, param_count(params) + 1);
    if (!all)
        return STINT_ENOMEM;
    TRY(check_names(l, k, owner, params, others, map));
    for (int i = 0; params[i].name; i++) {
        const config_node *n = map ? config_child(map, params[i].name) : NULL;
        TRY(config_dimension(l->ctx, &l->config->arena, owner, &params[i], n, &all[i]));
        if (all[i].n != 1)
            return config_key_fail(l, k, n, "%s takes one value here: nothing is searched",
                                   params[i].name);
    }
    *out = (space){.params = params, .dimensions = all};
    return STINT_OK;
}

stint_status config_class_take(config_loader *l, const config_key *k, const config_node *n,
                               const config_classes *from, config_class *out, space *values)
{
    const config_node *params = n->kind == NODE_MAP ? n->first : NULL;
    if (n->kind != NODE_SCALAR && (!params || n->n != 1))
        return config_key_fail(l, k, n, "one %s, with its parameters in braces: %s", from->noun,
                               from->example);
    const char *name = params ? params->key : n->text;
    int i = 0;
    while (from->at(i, out) && strcmp(out->name, name) != 0)
        i++;
    if (!from->at(i, out))
        return unknown_class(l, k, params ? params : n, from, name);
    if (params && params->kind != NODE_MAP && params->kind != NODE_NULL)
        return config_key_fail(l, k, params, "%s takes parameters: {name: value}", name);
    return config_params_take(l, k, name, out->params, NULL,
                              params && params->kind == NODE_MAP ? params : NULL, values);
}

void config_space_text(const space *s, bool (*without)(const char *name), str *out)
{
    char text[PARAM_TEXT_SIZE];
    const char *between = "";
    for (int i = 0; s->params[i].name; i++) {
        if (without && without(s->params[i].name))
            continue;
        param_text(&s->params[i], s->dimensions[i].list[0], text);
        str_addf(out, "%s%s: %s", between, s->params[i].name, text);
        between = ", ";
    }
}

stint_status config_space_settings(arena *a, const space *s, const stint_setting **out, int *n)
{
    char text[PARAM_TEXT_SIZE];
    int count = param_count(s->params);
    stint_setting *settings = arena_new(a, stint_setting, count + 1);
    for (int i = 0; settings && i < count; i++) {
        param_text(&s->params[i], s->dimensions[i].list[0], text);
        settings[i] = (stint_setting){s->params[i].name, arena_strdup(a, text)};
        if (!settings[i].value)
            return STINT_ENOMEM;
    }
    *out = settings;
    *n = count;
    return settings ? STINT_OK : STINT_ENOMEM;
}
