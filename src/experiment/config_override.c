/* --set KEY=VALUE: the value is YAML and goes into the tree where the file would have it, so
 * that it is checked as the file is. */
#include "experiment/config_impl.h"

#include <string.h>

static stint_status new_map(config_loader *l, config_place place, const char *key,
                            config_node **out)
{
    config_node *n = arena_new(&l->tree, config_node, 1);
    if (!n)
        return STINT_ENOMEM;
    *n = (config_node){.kind = NODE_MAP, .place = place, .key_place = place, .key = key};
    *out = n;
    return STINT_OK;
}

/* A child of `map` by the first part of `path`, made when absent. */
static stint_status section_of(config_loader *l, config_node *map, config_place place,
                               const char *path, size_t len, config_node **out)
{
    char is[CONFIG_QUOTE_SIZE], name[CONFIG_QUOTE_SIZE];
    const char *key = arena_printf(&l->tree, "%.*s", (int)len, path);
    if (!key)
        return STINT_ENOMEM;
    config_node *n = config_child(map, key);
    if (!n) {
        TRY(new_map(l, place, key, &n));
        config_append(map, n);
    }
    if (n->kind == NODE_NULL)
        n->kind = NODE_MAP;
    if (n->kind != NODE_MAP)
        return config_fail(l->ctx, place, "%s has no keys in it: it is %s", config_quote(name, key),
                           config_describe(is, n));
    *out = n;
    return STINT_OK;
}

stint_status config_set(config_loader *l, config_node *root, const config_override *o)
{
    config_node *value, *map = root;
    const char *origin = arena_printf(&l->tree, "--set %s", o->key), *part = o->key;
    if (!origin)
        return STINT_ENOMEM;
    config_place place = {origin, 0, 0};
    size_t depth = 0;
    TRY(config_yaml_parse(l->ctx, &l->tree, origin, o->value, strlen(o->value), false, &value));
    for (const char *dot; (dot = strchr(part, '.')); part = dot + 1, depth++) {
        if (dot == part || depth == CONFIG_DEPTH_MOST)
            return config_fail(l->ctx, place, "a key is written like split.folds");
        TRY(section_of(l, map, place, part, (size_t)(dot - part), &map));
    }
    if (*part == '\0')
        return config_fail(l->ctx, place, "a key is written like split.folds");
    config_node *old = config_child(map, part);
    value->key = part;
    value->key_place = place;
    if (!old) {
        config_append(map, value);
        return STINT_OK;
    }
    value->next = old->next;
    *old = *value;
    return STINT_OK;
}
