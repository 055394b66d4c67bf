#include "experiment/config_impl.h"

#include <stdio.h>
#include <string.h>

/* Keys by their path, what an unknown one may have meant, and what to write for one. */

const config_key *config_key_find(const char *path)
{
    for (const config_key *k = config_keys; k->path; k++)
        if (strcmp(k->path, path) == 0)
            return k;
    return NULL;
}

static bool is_within(const char *path, const char *section, size_t len)
{
    return strncmp(path, section, len) == 0 && path[len] == '.';
}

bool config_is_section(const char *path)
{
    size_t len = strlen(path);
    for (const config_key *k = config_keys; k->path; k++)
        if (is_within(k->path, path, len))
            return true;
    return false;
}

/* --- unknown keys --------------------------------------------------------------------------- */

static const char *last_part(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot ? dot + 1 : path;
}

/* The key, or the section, that `path` comes nearest to; "" when it is near none. */
static void nearest_path(const char *path, char *out, size_t size)
{
    nearest_name near = nearest_begin(path);
    char section[64];
    *out = '\0';
    for (const config_key *k = config_keys; k->path; k++) {
        const char *dot = k->path;
        while ((dot = strchr(dot, '.'))) {
            snprintf(section, sizeof section, "%.*s", (int)(dot++ - k->path), k->path);
            near.name = NULL;
            nearest_try(&near, section);
            if (near.name)
                snprintf(out, size, "%s", section);
        }
        near.name = NULL;
        nearest_try(&near, k->path);
        if (near.name)
            snprintf(out, size, "%s", k->path);
    }
}

/* A key that would be right in another section. */
static const char *same_name(const char *path)
{
    for (const config_key *k = config_keys; k->path; k++)
        if (strcmp(last_part(k->path), last_part(path)) == 0)
            return k->path;
    return NULL;
}

/* What may stand beside `path`: "test, folds, stratify, seed". */
static void list_siblings(const char *path, str *out)
{
    size_t len = (size_t)(last_part(path) - path), previous_len = 0;
    const char *previous = "";
    for (const config_key *k = config_keys; k->path; k++) {
        if (strncmp(k->path, path, len) != 0)
            continue;
        const char *part = k->path + len;
        size_t n = strcspn(part, ".");
        if (n == previous_len && strncmp(part, previous, n) == 0)
            continue;
        str_addf(out, "%s%.*s", previous_len ? ", " : "", (int)n, part);
        previous = part;
        previous_len = n;
    }
}

stint_status config_unknown_key(ctx *c, config_place place, const char *path)
{
    char near[64], name[CONFIG_QUOTE_SIZE];
    const char *same = same_name(path);
    config_quote(name, path);
    nearest_path(path, near, sizeof near);
    if (same || *near)
        return config_fail(c, place, "unknown key %s; did you mean \"%s\"?", name,
                           same ? same : near);
    str known;
    str_init(&known, c, TAG_CONFIG);
    list_siblings(path, &known);
    stint_status s = str_status(&known);
    if (s == STINT_OK)
        s = config_fail(c, place, "unknown key %s; the keys here are %s", name, known.at);
    str_deinit(&known);
    return s;
}

/* --- what a key expects ---------------------------------------------------------------------- */

static void list_choices(const key_choice *choices, str *out)
{
    for (const key_choice *w = choices; w->word; w++)
        str_addf(out, "%s%s", w == choices ? "" : w[1].word ? ", " : " or ", w->word);
}

static void list_metrics(str *out)
{
    str_add(out, "auto, ");
    for (int i = 0; metric_table[i]; i++)
        str_addf(out, "%s%s",
                 i == 0                ? ""
                 : metric_table[i + 1] ? ", "
                                       : " or ",
                 metric_table[i]->name);
}

void config_key_expects(const config_key *k, str *out)
{
    char range[CONFIG_RANGE_SIZE];
    switch (k->type) {
    case KEY_NAME:
        str_add(out, "letters, digits, - _ and dots, beginning with a letter or a digit");
        return;
    case KEY_PATH: str_add(out, "a path"); return;
    case KEY_COLUMNS: str_add(out, "a column or a list of columns"); return;
    case KEY_COLUMN_SET: str_add(out, "a list of columns"); return;
    case KEY_COLUMN: str_add(out, "a column"); return;
    case KEY_TEXT:
    case KEY_SECRET: str_add(out, "a text"); return;
    case KEY_PAIRS: str_add(out, "a list of pairs, for example [[age, bmi], [s*, s*]]"); return;
    case KEY_RANGES: str_add(out, "a list such as [[age, 0, 120], [dose*, 0, none]]"); return;
    case KEY_CHOICE: list_choices(k->choices, out); return;
    case KEY_METRIC: list_metrics(out); return;
    case KEY_MODELS: str_add(out, "a list of models, for example [ridge]"); return;
    case KEY_FORMULAS: str_add(out, "a map, for example {lag: \"shift(x, 1)\"}"); return;
    case KEY_CLUSTER: str_add(out, "none, or for example {kmeans: {n_clusters: 3}}"); return;
    case KEY_MODEL: str_add(out, "none, or for example {lstm: {hidden: 64}}"); return;
    case KEY_TRAIN: str_add(out, "for example {epochs: 20, optimiser: adamw}"); return;
    case KEY_STREAM: str_add(out, "none, or for example {warm_up: 50}"); return;
    case KEY_BYTES: str_addf(out, "for example 512MiB or 2GiB, or %s", k->word); return;
    case KEY_SECONDS: str_addf(out, "for example 90s, 30min or 2h, or %s", k->word); return;
    default: break;
    }
    if (k->word)
        str_addf(out, "%s or ", k->word);
    str_add(out, config_range(range, k->low, k->high));
    if (k->open)
        str_add(out, ", both excluded");
}
