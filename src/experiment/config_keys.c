/* The keys of a config, one row each: what checks a file, fills in defaults, writes the
 * identity and prints docs/config.md. */
#include "experiment/config_impl.h"

#include <stdio.h>
#include <string.h>

#define WHOLE_MOST 9007199254740991.0 /* 2^53 - 1: every whole number up to it is a double */

#define INTO(type_, field) .type = type_, .offset = offsetof(config, field)

static const key_choice duplicates_choices[] = {
    {"warn", 0},
    {"error", offsetof(config, duplicates_error)},
    {"ignore", offsetof(config, duplicates_ignore)},
    {NULL, 0},
};

static const key_choice scale_choices[] = {
    {"none", 0},
    {"standard", offsetof(config, scale_standard)},
    {NULL, 0},
};

const config_section config_sections[] = {
    {"", "The experiment as a whole."},
    {"data", "The table, and what its columns are.  Every column of numbers or of true and false "
             "that is neither a target nor dropped is a feature."},
    {"split", "Which rows test the result and which make the folds of the cross-validation."},
    {"features", "What is done to the features.  It is fitted on the training rows of each fit "
                 "alone."},
    {"search", "Which models are tried, and what decides between them."},
    {"budget",
     "What the run may use.  Results do not depend on it, unless time or disk run out; with "
     "another budget the same directory carries on."},
    {NULL, NULL},
};

const config_key config_keys[] = {
    {.path = "name",
     INTO(KEY_NAME, name),
     .help = "name of the experiment, and of its directory under runs/: letters, digits, - _ and "
             "a dot; default the file's name without its suffix"},

    {.path = "data.source",
     INTO(KEY_PATH, source_given),
     .required = true,
     .decides = true,
     .example = "data: {source: table.csv}",
     .help = "CSV, TSV or Parquet, a file or a pattern (data/day-*.csv); relative to the config "
             "file"},
    {.path = "data.target",
     INTO(KEY_COLUMNS, targets),
     .required = true,
     .decides = true,
     .example = "data: {target: COLUMN}",
     .help = "what to predict: a column, or a list of columns; strata are those of the first"},
    {.path = "data.drop",
     INTO(KEY_COLUMN_SET, drop),
     .fallback = "[]",
     .decides = true,
     .help = "columns that are not features"},
    {.path = "data.text",
     INTO(KEY_COLUMN_SET, source.text),
     .fallback = "[]",
     .decides = true,
     .help = "columns read as text, whatever they look like: codes with leading zeros"},
    {.path = "data.duplicates",
     .type = KEY_CHOICE,
     .choices = duplicates_choices,
     .fallback = "warn",
     .decides = true,
     .help = "what rows that stand twice do: a warning, an error (exit code 3), or nothing"},

    {.path = "split.test",
     INTO(KEY_REAL, split.test),
     .fallback = "0.2",
     .low = 0,
     .high = 1,
     .open = true,
     .decides = true,
     .help = "share of the rows held back to test the result"},
    {.path = "split.folds",
     INTO(KEY_INT, split.folds),
     .fallback = "5",
     .low = 2,
     .high = SPLIT_FOLDS_MOST,
     .decides = true,
     .help = "folds of the cross-validation, over the other rows"},
    {.path = "split.stratify.bins",
     INTO(KEY_INT, split.bins),
     .fallback = "0",
     .low = 2,
     .high = 1000,
     .word = "0",
     .decides = true,
     .help = "quantile bins of the first target that every part gets its share of; 0 = none"},
    {.path = "split.seed",
     INTO(KEY_INT64, split.seed),
     .fallback = "0",
     .low = 0,
     .high = WHOLE_MOST,
     .decides = true,
     .help = "another seed deals the rows out differently"},

    {.path = "features.scale",
     .type = KEY_CHOICE,
     .choices = scale_choices,
     .fallback = "none",
     .decides = true,
     .help = "standard: each feature to mean 0 and deviation 1"},

    {.path = "search.metric",
     INTO(KEY_METRIC, metric),
     .fallback = "rmse",
     .decides = true,
     .help = "what the best configuration is best in, averaged over the folds"},
    {.path = "search.models",
     INTO(KEY_MODELS, models),
     .required = true,
     .decides = true,
     .example = "search: {models: [ridge]}",
     .help = "a list of models and their search spaces, see below"},
    {.path = "search.max_configs",
     INTO(KEY_INT64, max_configs),
     .fallback = "5000",
     .low = 1,
     .high = WHOLE_MOST,
     .help = "more configurations than this are refused (exit code 4)"},

    {.path = "budget.memory",
     INTO(KEY_BYTES, memory_bytes),
     .fallback = "none",
     .word = "none",
     .help = "private memory of all of the run's processes together"},
    {.path = "budget.time",
     INTO(KEY_SECONDS, time_seconds),
     .fallback = "none",
     .word = "none",
     .help = "when it has passed, what there is is saved and the run ends (exit code 5)"},
    {.path = "budget.disk",
     INTO(KEY_BYTES, disk_bytes),
     .fallback = "none",
     .word = "none",
     .help = "bytes the run may write; beyond it the run ends (exit code 5)"},
    {.path = "budget.workers",
     INTO(KEY_INT, workers),
     .fallback = "auto",
     .low = 1,
     .high = 256,
     .word = "auto",
     .help = "worker processes"},
    {.path = "budget.threads",
     INTO(KEY_INT, threads),
     .fallback = "auto",
     .low = 1,
     .high = 256,
     .word = "auto",
     .help = "threads in each worker"},
    {.path = NULL},
};

_Static_assert(sizeof config_keys / sizeof *config_keys <= CONFIG_TABLE_MOST + 1,
               "arrays over the keys are too short");

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
    int n = 0, listed = 0;
    for (int i = 0; metric_table[i]; i++)
        n += metric_table[i]->target_value != NULL;
    for (int i = 0; metric_table[i]; i++)
        if (metric_table[i]->target_value) {
            listed++;
            str_addf(out, "%s%s",
                     listed == 1  ? ""
                     : listed < n ? ", "
                                  : " or ",
                     metric_table[i]->name);
        }
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
    case KEY_CHOICE: list_choices(k->choices, out); return;
    case KEY_METRIC: list_metrics(out); return;
    case KEY_MODELS: str_add(out, "a list of models, for example [ridge]"); return;
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
