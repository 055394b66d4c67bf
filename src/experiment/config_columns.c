#include "experiment/config_impl.h"

#include "base/pattern.h"

#include <string.h>

/* Which columns a config reads of its source, and which it uses. */

int config_count_names(const char *const *names)
{
    int n = 0;
    while (names[n])
        n++;
    return n;
}

static const char **append(const char **to, const char *const *names)
{
    while (*names)
        *to++ = *names++;
    return to;
}

/* The columns named one by one: targets, and what the checks and the split go by. */
static const char **append_named(const char **at, const config *cfg)
{
    const split_settings *s = &cfg->split;
    at = append(at, cfg->targets);
    at = append(at, cfg->rivals);
    at = append(at, s->stratify);
    at = append(at, cfg->checks.key);
    if (*s->group)
        *at++ = s->group;
    if (*s->column)
        *at++ = s->column;
    return at;
}

/* Formats that keep columns apart read these alone.  Columns that are dropped by name are read
 * where no list says what to keep, so that a misspelt name is found out. */
stint_status config_want_columns(config *cfg, const char *const *derived_from)
{
    const split_settings *s = &cfg->split;
    int named = cfg->n_targets + config_count_names(cfg->rivals) + config_count_names(s->stratify) +
                config_count_names(cfg->checks.key) + 2 + config_count_names(derived_from);
    int kept = config_count_names(cfg->features.keep), ranges = cfg->checks.n_ranges;
    const char **always =
        arena_new(&cfg->arena, const char *, named + config_count_names(cfg->drop) + 1);
    const char **keep = arena_new(&cfg->arena, const char *, kept + ranges + 1);
    if (!always || !keep)
        return STINT_ENOMEM;
    *append(append(append_named(always, cfg), derived_from), cfg->drop) = NULL;
    const char **end = append(keep, cfg->features.keep);
    for (int i = 0; kept > 0 && i < ranges; i++)
        *end++ = cfg->checks.ranges[i].column;
    *end = NULL;
    cfg->source.want = (source_want){.keep = keep, .always = always};
    return STINT_OK;
}

static bool any_matches(const char *const *patterns, const char *name)
{
    for (; *patterns; patterns++)
        if (pattern_match(*patterns, name))
            return true;
    return false;
}

bool config_is_among(const char *const *names, const char *name)
{
    for (; *names; names++)
        if (strcmp(*names, name) == 0)
            return true;
    return false;
}

bool config_uses(const config *cfg, const char *column)
{
    const split_settings *s = &cfg->split;
    if (config_is_among(cfg->targets, column) || config_is_among(cfg->rivals, column) ||
        config_is_among(s->stratify, column) || config_is_among(cfg->checks.key, column) ||
        strcmp(s->group, column) == 0 || strcmp(s->column, column) == 0 ||
        strcmp(cfg->derive.group, column) == 0 || strcmp(cfg->derive.time, column) == 0)
        return true;
    for (int i = 0; i < cfg->checks.n_ranges; i++)
        if (pattern_match(cfg->checks.ranges[i].column, column))
            return true;
    bool kept = !cfg->features.keep[0] || any_matches(cfg->features.keep, column);
    return kept && !config_is_among(cfg->drop, column) && !any_matches(cfg->features.drop, column);
}
